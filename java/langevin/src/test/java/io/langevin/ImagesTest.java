package io.langevin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.internal.Goldens;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImagesTest {
    @TempDir
    private Path folder;

    private static Images random(int count, int channels, int height, int width) {
        var values = new float[count * channels * height * width];
        var random = new Random(3);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat(-1.2f, 1.2f);
        }
        return new Images(count, channels, height, width, values);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "1, 28, 28", "3, 5, 7", "3, 64, 33", "4, 9, 2"})
    void a_png_read_by_somebody_else_has_our_pixels(int channels, int height, int width) throws IOException {
        Images image = random(1, channels, height, width);
        Path file = folder.resolve("image.png");
        image.writePng(file);
        BufferedImage read = ImageIO.read(file.toFile());
        assertEquals(height, read.getHeight());
        assertEquals(width, read.getWidth());
        assertEquals(channels, read.getRaster().getNumBands());
        byte[] pixels = image.pixels(0);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < channels; c++) {
                    assertEquals(pixels[(y * width + x) * channels + c] & 0xff, read.getRaster().getSample(x, y, c));
                }
            }
        }
        try (var files = Files.list(folder)) {
            assertEquals(1, files.count(), "the temporary file is gone");
        }
    }

    @Test
    void pixels_round_half_to_even_and_clamp() {
        float half = 2 * (0.5f / 255) - 1;        // 255 * (x/2 + 1/2) is 0.5, as near as float32 has it
        byte[] pixels = new Images(1, 1, 1, 6, new float[] {-1, 1, -7, 7, 0, Float.NaN}).pixels(0);
        assertArrayEquals(new byte[] {0, (byte) 255, 0, (byte) 255, (byte) 128, 0}, pixels);    // 127.5 goes to 128, the even one
        assertEquals(Math.rint(255 * (half / 2 + 0.5f)), new Images(1, 1, 1, 1, new float[] {half}).pixels(0)[0]);
    }

    @Test
    void a_grid_puts_each_image_in_its_place() {
        Images images = random(5, 3, 2, 4);
        Images grid = images.grid(3);
        assertEquals("Images[1, 3, 4, 12]", grid.toString());
        for (int i = 0; i < 6; i++) {
            for (int c = 0; c < 3; c++) {
                for (int y = 0; y < 2; y++) {
                    for (int x = 0; x < 4; x++) {
                        float there = grid.values()[(c * 4 + i / 3 * 2 + y) * 12 + i % 3 * 4 + x];
                        assertEquals(i < 5 ? images.values()[((i * 3 + c) * 2 + y) * 4 + x] : -1, there);
                    }
                }
            }
        }
        assertEquals(images.image(0), new Images(1, 3, 2, 4, images.image(0).values()).grid(7), "one image is its own grid");
    }

    @Test
    void safetensors_hold_the_values_and_their_shape() {
        Images images = random(3, 3, 5, 7);
        Path file = folder.resolve("images.safetensors");
        images.writeSafetensors(file);
        var tensor = Goldens.tensors(file).get("images");
        assertArrayEquals(new int[] {3, 3, 5, 7}, tensor.shape());
        for (int i = 0; i < images.values().length; i++) {
            assertEquals(images.values()[i], (float) tensor.values()[i]);
        }
    }

    @Test
    void what_does_not_fit_is_refused_with_the_fix() {
        assertThrows(InvalidArgumentException.class, () -> new Images(1, 1, 2, 2, new float[5]));
        assertThrows(InvalidArgumentException.class, () -> new Images(65536, 65536, 1, 1, new float[0]));
        assertTrue(assertThrows(InvalidArgumentException.class, () -> random(2, 1, 2, 2).writePng(folder.resolve("x.png"))).getMessage().contains("grid(columns)"));
        assertThrows(InvalidArgumentException.class, () -> random(1, 2, 2, 2).writePng(folder.resolve("x.png")));
        assertThrows(InvalidArgumentException.class, () -> random(1, 1, 2, 2).image(1));
        assertThrows(InvalidArgumentException.class, () -> random(1, 1, 2, 2).grid(0));
        assertThrows(UncheckedIOException.class, () -> random(1, 1, 2, 2).writePng(folder.resolve("missing/x.png")));
    }
}
