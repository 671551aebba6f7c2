package io.langevin.train;

import io.langevin.internal.AtomicFile;
import io.langevin.internal.Png;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.DoubleStream;

/// The loss of a run as a picture: in light blue from the least to the largest loss of the updates under a column of pixels, in dark blue their running mean. The loss is
/// drawn on a logarithmic scale, since what happens late is small.
final class Plot {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 420;
    private static final int LEFT = 62;
    private static final int RIGHT = 16;
    private static final int TOP = 22;
    private static final int BOTTOM = 34;
    private static final int WHITE = 0xffffff;
    private static final int GRID = 0xdddddd;
    private static final int TEXT = 0x333333;
    private static final int RANGE = 0xb5cdea;
    private static final int MEAN = 0x1c4e9a;
    /// Of the range that is shown: a few wild updates are not to flatten all others.
    private static final double SHOWN = 0.995;

    /// 5 x 7 dots, a row a number.
    private static final Map<Character, int[]> GLYPHS = Map.ofEntries(
            Map.entry('0', new int[] {14, 17, 19, 21, 25, 17, 14}), Map.entry('1', new int[] {4, 12, 4, 4, 4, 4, 14}), Map.entry('2', new int[] {14, 17, 1, 2, 4, 8, 31}),
            Map.entry('3', new int[] {31, 2, 4, 2, 1, 17, 14}), Map.entry('4', new int[] {2, 6, 10, 18, 31, 2, 2}), Map.entry('5', new int[] {31, 16, 30, 1, 1, 17, 14}),
            Map.entry('6', new int[] {6, 8, 16, 30, 17, 17, 14}), Map.entry('7', new int[] {31, 1, 2, 4, 8, 8, 8}), Map.entry('8', new int[] {14, 17, 17, 14, 17, 17, 14}),
            Map.entry('9', new int[] {14, 17, 17, 15, 1, 2, 12}), Map.entry('.', new int[] {0, 0, 0, 0, 0, 12, 12}), Map.entry('-', new int[] {0, 0, 0, 31, 0, 0, 0}),
            Map.entry('e', new int[] {0, 0, 14, 17, 31, 16, 14}), Map.entry('l', new int[] {12, 4, 4, 4, 4, 4, 14}), Map.entry('o', new int[] {0, 0, 14, 17, 17, 17, 14}),
            Map.entry('s', new int[] {0, 0, 15, 16, 14, 1, 30}), Map.entry('t', new int[] {8, 8, 28, 8, 8, 9, 6}), Map.entry('p', new int[] {0, 0, 30, 17, 30, 16, 16}));

    private final byte[] pixels = new byte[3 * WIDTH * HEIGHT];
    private final double[] losses;
    private final double low;
    private final double high;

    private Plot(double[] losses) {
        this.losses = losses;
        double[] sorted = DoubleStream.of(losses).filter(loss -> Double.isFinite(loss) && loss > 0).sorted().toArray();
        double least = sorted.length == 0 ? 0.1 : sorted[(int) ((1 - SHOWN) * (sorted.length - 1))];
        double most = sorted.length == 0 ? 1 : sorted[(int) Math.ceil(SHOWN * (sorted.length - 1))];
        low = least / 1.1;
        high = Math.max(most, least * 1.5) * 1.1;
    }

    /// @param losses of each update, the first of update 1
    static void write(Path file, double[] losses) {
        var plot = new Plot(losses);
        Arrays.fill(plot.pixels, (byte) WHITE);
        plot.axes();
        plot.curve();
        AtomicFile.write(file, out -> Png.write(out, HEIGHT, WIDTH, 3, plot.pixels));
    }

    private void axes() {
        for (double decade = Math.pow(10, Math.floor(Math.log10(low))); decade <= high; decade *= 10) {
            for (int digit : high / low > 50 ? new int[] {1} : high / low > 5 ? new int[] {1, 2, 5} : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9}) {
                double value = digit * decade;
                if (value >= low && value <= high) {
                    horizontal(y(value));
                    String label = new BigDecimal(value).round(new MathContext(1)).stripTrailingZeros().toPlainString();
                    write(LEFT - 6 - 6 * label.length(), y(value) - 3, label.length() > 8 ? String.format("%.0e", value) : label);
                }
            }
        }
        double spacing = nice(losses.length / 6.0);
        for (double step = 0; step <= losses.length; step += spacing) {
            vertical(x(step));
            String label = Long.toString((long) step);
            write(Math.clamp(x(step) - 3 * label.length(), 0, WIDTH - 6 * label.length()), HEIGHT - BOTTOM + 8, label);
        }
        write(LEFT, 7, "loss");
        write(WIDTH - RIGHT - 24, HEIGHT - 12, "step");
    }

    /// 1, 2 or 5 times a power of ten, at least `value` and 1.
    private static double nice(double value) {
        double decade = Math.pow(10, Math.floor(Math.log10(Math.max(value, 1))));
        return value <= decade ? decade : value <= 2 * decade ? 2 * decade : value <= 5 * decade ? 5 * decade : 10 * decade;
    }

    private void curve() {
        int columns = WIDTH - LEFT - RIGHT;
        double forget = Math.max(2.0 / (losses.length + 1), Math.min(1, 40.0 / Math.max(1, losses.length)));      // a running mean over a fortieth of the run
        double mean = 0;
        double weight = 0;
        int before = -1;
        for (int column = 0, update = 0; column < columns; column++) {
            int to = (int) Math.ceil((column + 1.0) * losses.length / columns);
            double least = Double.POSITIVE_INFINITY;
            double most = 0;
            for (; update < to; update++) {
                if (Double.isFinite(losses[update]) && losses[update] > 0) {
                    least = Math.min(least, losses[update]);
                    most = Math.max(most, losses[update]);
                    mean += forget * (losses[update] - mean);
                    weight += forget * (1 - weight);
                }
            }
            if (most > 0) {
                line(LEFT + column, y(most), y(least), RANGE);
            }
            if (weight > 0) {
                int now = y(mean / weight);
                line(LEFT + column, before < 0 ? now : Math.min(before, now), before < 0 ? now + 1 : Math.max(before, now) + 1, MEAN);
                before = now;
            }
        }
    }

    private int x(double step) {
        return LEFT + (int) Math.round(step / Math.max(1, losses.length) * (WIDTH - LEFT - RIGHT - 1));
    }

    private int y(double loss) {
        double share = Math.log(Math.clamp(loss, low, high) / low) / Math.log(high / low);
        return HEIGHT - BOTTOM - 1 - (int) Math.round(share * (HEIGHT - TOP - BOTTOM - 1));
    }

    private void horizontal(int y) {
        for (int x = LEFT; x < WIDTH - RIGHT; x++) {
            dot(x, y, GRID);
        }
    }

    private void vertical(int x) {
        line(x, TOP, HEIGHT - BOTTOM - 1, GRID);
    }

    private void line(int x, int from, int to, int colour) {
        for (int y = from; y <= to; y++) {
            dot(x, y, colour);
        }
    }

    private void write(int x, int y, String text) {
        for (int i = 0; i < text.length(); i++) {
            int[] rows = GLYPHS.getOrDefault(text.charAt(i), new int[7]);
            for (int row = 0; row < 7; row++) {
                for (int column = 0; column < 5; column++) {
                    if ((rows[row] >> 4 - column & 1) != 0) {
                        dot(x + 6 * i + column, y + row, TEXT);
                    }
                }
            }
        }
    }

    private void dot(int x, int y, int colour) {
        if (x >= 0 && x < WIDTH && y >= 0 && y < HEIGHT) {
            for (int c = 0; c < 3; c++) {
                pixels[3 * (y * WIDTH + x) + c] = (byte) (colour >> 16 - 8 * c);
            }
        }
    }
}
