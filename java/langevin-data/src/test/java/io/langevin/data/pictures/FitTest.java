package io.langevin.data.pictures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FitTest {
    private static Picture noise(int width, int height, int samples, long seed) {
        return new Picture(width, height, samples, Made.noise(width * height * samples, seed));
    }

    /// Frozen: what a model has learnt from depends on these bits.
    @Test
    void the_bits_of_fitted_pictures_never_change() {
        assertEquals("1bb9be268872165a1f17de2a2636e9ea", Made.hash(Fit.fit(noise(100, 75, 3, 1), 3, 32, 32, 0)), "smaller");
        assertEquals("3c5991b505e0f421cbe42fd2d6deab79", Made.hash(Fit.fit(noise(28, 28, 1, 2), 1, 32, 32, 0)), "larger");
        assertEquals("c6f7bea961b830831d337c9d76020e2a", Made.hash(Fit.fit(noise(91, 333, 4, 3), 3, 64, 48, 0xFF8800)), "on a background");
        assertEquals("cc08615364ce78c0bbee818ef1961564", Made.hash(Fit.fit(noise(91, 333, 4, 3), 4, 40, 64, 0)), "with alpha");
        assertEquals("234d767d2ced00b15acec05f031d68df", Made.hash(Fit.fit(noise(57, 57, 3, 4), 1, 32, 32, 0)), "gray");
        assertEquals("4e94c156b677ac4c58cade24b8fc8f0e", Made.hash(Fit.fit(noise(64, 64, 2, 5), 2, 64, 64, 0)), "gray and alpha");
    }

    @Test
    void a_picture_of_the_right_size_stays_as_it_is() {
        for (int samples : new int[] {1, 3}) {
            Picture picture = noise(19, 23, samples, samples);
            byte[] fitted = Fit.fit(picture, samples, 23, 19, 0);
            for (int i = 0; i < fitted.length; i++) {
                int c = i / (19 * 23);
                int p = i % (19 * 23);
                assertEquals(picture.values()[p * samples + c], fitted[i]);
            }
        }
    }

    @Test
    void one_colour_stays_that_colour_at_every_size() {
        for (int value : new int[] {0, 1, 127, 254, 255}) {
            for (int[] size : new int[][] {{1, 1}, {1, 1000}, {1000, 1}, {7, 500}, {33, 31}, {64, 64}}) {
                var values = new byte[size[0] * size[1] * 3];
                Arrays.fill(values, (byte) value);
                byte[] fitted = Fit.fit(new Picture(size[0], size[1], 3, values), 3, 32, 24, 0);
                for (byte v : fitted) {
                    assertEquals(value, v & 0xFF, size[0] + " x " + size[1]);
                }
            }
        }
    }

    /// The same triangle in double: 1/2 by the last rounding, and less than 1/2 by those between.
    @Test
    void the_integers_are_the_triangle_filter_to_within_one() {
        int[][] cases = {{100, 75, 32, 32}, {28, 28, 32, 32}, {91, 333, 64, 48}, {640, 480, 64, 64}, {5, 9, 40, 17}};
        for (int[] size : cases) {
            Picture picture = noise(size[0], size[1], 1, 6);
            byte[] fitted = Fit.fit(picture, 1, size[2], size[3], 0);
            double[] exact = exact(picture, size[2], size[3]);
            for (int i = 0; i < fitted.length; i++) {
                assertEquals(exact[i], fitted[i] & 0xFF, 0.51, "pixel " + i + " of " + Arrays.toString(size));
            }
        }
    }

    private static double[] exact(Picture picture, int height, int width) {
        int w = picture.width();
        int h = picture.height();
        double scale = Math.max((double) height / h, (double) width / w);
        long across = (double) w * height >= (double) h * width ? Math.round(w * scale) : width;
        long down = (double) w * height >= (double) h * width ? height : Math.round(h * scale);
        var out = new double[height * width];
        for (int y = 0; y < height; y++) {
            double[] rows = weights(h, down, (down - height) / 2 + y);
            for (int x = 0; x < width; x++) {
                double[] columns = weights(w, across, (across - width) / 2 + x);
                for (int j = 0; j < h; j++) {
                    for (int i = 0; rows[j] > 0 && i < w; i++) {
                        out[y * width + x] += rows[j] * columns[i] * picture.sample(i, j, 0);
                    }
                }
            }
        }
        return out;
    }

    private static double[] weights(int n, long m, long i) {
        double step = (double) n / m;
        double radius = Math.max(1, step);
        var weights = new double[n];
        double sum = 0;
        for (int j = 0; j < n; j++) {
            weights[j] = Math.max(0, 1 - Math.abs(j + 0.5 - (i + 0.5) * step) / radius);
            sum += weights[j];
        }
        for (int j = 0; j < n; j++) {
            weights[j] /= sum;
        }
        return weights;
    }

    @Test
    void a_mirrored_picture_gives_the_mirrored_result_to_within_one() {          // sums are rounded from the left
        byte[] whole = Fit.fit(noise(75, 75, 1, 8), 1, 25, 25, 0);
        byte[] other = Fit.fit(noise(75, 75, 1, 8).turned(2), 1, 25, 25, 0);
        for (int i = 0; i < whole.length; i++) {
            assertEquals(whole[i] & 0xFF, other[i / 25 * 25 + 24 - i % 25] & 0xFF, 1);
        }
    }

    @Test
    void the_middle_is_what_is_kept() {
        // 30 x 10, its middle third white
        var values = new byte[300];
        for (int i = 0; i < 300; i++) {
            values[i] = (byte) (i % 30 >= 10 && i % 30 < 20 ? 255 : 0);
        }
        byte[] wide = Fit.fit(new Picture(30, 10, 1, values), 1, 10, 10, 0);
        byte[] tall = Fit.fit(new Picture(30, 10, 1, values).turned(6), 1, 10, 10, 0);
        var white = new byte[100];
        Arrays.fill(white, (byte) 255);
        assertArrayEquals(white, wide);
        assertArrayEquals(white, tall);
    }

    @Test
    void transparent_pixels_show_the_background_and_their_own_colour_never() {
        var picture = new Picture(1, 3, 4, new byte[] {(byte) 200, 100, 50, 0, (byte) 200, 100, 50, (byte) 255, (byte) 200, 100, 50, (byte) 128});
        byte[] fitted = Fit.fit(picture, 3, 3, 1, 0x0A1E5A);
        assertArrayEquals(new byte[] {0x0A, (byte) 200, (byte) Math.round(10 + 190 * 128 / 255.0), 0x1E, 100, (byte) Math.round(30 + 70 * 128 / 255.0), 0x5A, 50, (byte) Math.round(90 - 40 * 128 / 255.0)}, fitted);
        // an opaque red pixel beside transparent green ones, made one pixel: red, one third opaque
        var mixed = new Picture(3, 3, 4, new byte[36]);
        for (int i = 0; i < 9; i++) {
            mixed.values()[4 * i + (i % 3 == 1 ? 0 : 1)] = (byte) 255;
            mixed.values()[4 * i + 3] = (byte) (i % 3 == 1 ? 255 : 0);
        }
        byte[] one = Fit.fit(mixed, 4, 1, 1, 0);
        assertEquals(255, one[0] & 0xFF);
        assertEquals(0, one[1]);
        assertEquals(0, one[2]);
        assertEquals(255 * 3 / 7.0, one[3] & 0xFF, 1);           // a triangle of radius 3 over 3 pixels: weights 2, 3, 2 of 7
    }

    @Test
    void grays_are_601s_and_a_gray_stays_itself() {
        assertEquals(76, Fit.gray(255, 0, 0));
        assertEquals(150, Fit.gray(0, 255, 0));
        assertEquals(29, Fit.gray(0, 0, 255));
        for (int v = 0; v < 256; v++) {
            assertEquals(v, Fit.gray(v, v, v));
        }
        assertArrayEquals(new byte[] {9, 9, 9}, Fit.fit(new Picture(1, 1, 1, new byte[] {9}), 3, 1, 1, 0));
        assertArrayEquals(new byte[] {76, (byte) 128}, Fit.fit(new Picture(1, 1, 4, new byte[] {-1, 0, 0, (byte) 128}), 2, 1, 1, 0));
    }
}
