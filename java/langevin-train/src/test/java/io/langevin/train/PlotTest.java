package io.langevin.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.data.Dataset;
import io.langevin.data.Datasets;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlotTest {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 420;

    @TempDir
    private Path folder;

    /// The red channel of the picture as it is read again.
    private byte[] drawn(double... losses) {
        Plot.write(folder.resolve("loss.png"), losses);
        Dataset data = Datasets.open(folder, 3, HEIGHT, WIDTH);
        var pixels = new byte[data.bytes()];
        data.load(0, MemorySegment.ofArray(pixels));
        return pixels;
    }

    /// The mean row of the dark curve's dots in a column.
    private static double rowOfCurve(byte[] pixels, int x) {
        return IntStream.range(0, HEIGHT).filter(y -> pixels[y * WIDTH + x] == 0x1c && MemorySegment.ofArray(pixels).get(ValueLayout.JAVA_BYTE, 2L * HEIGHT * WIDTH + y * WIDTH + x) == (byte) 0x9a)
                .average().orElse(-1);
    }

    @Test
    void a_loss_that_falls_is_a_line_that_falls() {
        byte[] pixels = drawn(IntStream.range(0, 5000).mapToDouble(i -> Math.exp(-i / 1000.0)).toArray());
        double left = rowOfCurve(pixels, 100);
        double middle = rowOfCurve(pixels, 380);
        double right = rowOfCurve(pixels, 690);
        assertTrue(left > 0 && left < middle && middle < right, left + ", " + middle + ", " + right);
        assertEquals(middle, (left + right) / 2, 25);         // straight on a logarithmic scale, 25 rows for the running mean that lags at first and the ends cut off
    }

    @Test
    void odd_losses_are_drawn_too() {
        for (double[] losses : new double[][] {{}, {0.5}, {Double.NaN, 0.3, Double.POSITIVE_INFINITY, 0.2}, {0, 0}, {1e-12, 1e12}}) {
            assertEquals(3 * WIDTH * HEIGHT, drawn(losses).length);
        }
    }
}
