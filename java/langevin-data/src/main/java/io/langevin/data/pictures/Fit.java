package io.langevin.data.pictures;

import java.util.Arrays;

/// A picture made to fit: scaled so that it covers height x width, the middle cut out, in 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGBA) channels, `[C, H, W]`.
///
///     out[i] = sum over j of weight(i, j) * in[j],     weight(i, j) ~ max(0, R - |(2j+1)m - (2i+1)n|),   R = 2 max(m, n)
///
/// for m pixels made of n: a triangle about the place of pixel i in the picture, as wide as a pixel of the smaller of the two, which averages on the way down and interpolates on
/// the way up. Everything is integers, so that the bits are the same everywhere: weights have 16 fractional bits and sum to exactly 1, what is between the two directions has 8.
/// Where m = n a pixel stays what it is. Colours are filtered as they are stored (not as light); with an alpha channel, multiplied by alpha.
public final class Fit {
    private static final int ONE = 16;
    private static final int BETWEEN = 8;

    private Fit() {
    }

    /// @param channels   1 to 4
    /// @param background 0xRRGGBB, behind what is transparent, where the result has no alpha
    public static byte[] fit(Picture picture, int channels, int height, int width, int background) {
        int w = picture.width();
        int h = picture.height();
        boolean wide = (long) w * height >= (long) h * width;
        long across = wide ? (2L * w * height + h) / (2L * h) : width;        // of the whole picture, once it is scaled
        long down = wide ? height : (2L * h * width + w) / (2L * w);
        Taps columns = Taps.of(w, across, (across - width) / 2, width);
        Taps rows = Taps.of(h, down, (down - height) / 2, height);

        var between = new int[channels][rows.used() * width];
        var line = new int[channels][w];
        for (int y = 0; y < rows.used(); y++) {
            colours(picture, y + rows.first[0], columns.first[0], columns.end(), background, line);
            for (int c = 0; c < channels; c++) {
                columns.filter(line[c], between[c], y * width);
            }
        }
        var out = new byte[channels * height * width];
        var sums = new long[width];
        var row = new int[channels][width];
        for (int y = 0; y < height; y++) {
            for (int c = 0; c < channels; c++) {
                rows.filter(y, between[c], width, sums, row[c]);
            }
            if (channels % 2 == 0) {
                divide(row);
            }
            for (int c = 0; c < channels; c++) {
                for (int x = 0; x < width; x++) {
                    out[(c * height + y) * width + x] = (byte) row[c][x];
                }
            }
        }
        return out;
    }

    /// Takes alpha out of the colours, and its own factor out of it.
    private static void divide(int[][] row) {
        int[] alpha = row[row.length - 1];
        for (int x = 0; x < alpha.length; x++) {
            for (int c = 0; c < row.length - 1; c++) {
                row[c][x] = alpha[x] == 0 ? 0 : Math.min(255, (row[c][x] * 255 + alpha[x] / 2) / alpha[x]);
            }
            alpha[x] = (alpha[x] + 127) / 255;
        }
    }

    /// Row y, columns `from` to `to` - 1, in the channels that are wanted; with an alpha channel, colours are multiplied by alpha and alpha by 255.
    private static void colours(Picture picture, int y, int from, int to, int background, int[][] line) {
        int samples = picture.samples();
        boolean colour = samples >= 3;
        boolean transparent = samples == 2 || samples == 4;
        int channels = line.length;
        byte[] values = picture.values();
        int at = (y * picture.width() + from) * samples;
        for (int x = from; x < to; x++, at += samples) {
            int r = values[at] & 0xFF;
            int g = colour ? values[at + 1] & 0xFF : r;
            int b = colour ? values[at + 2] & 0xFF : r;
            int alpha = transparent ? values[at + samples - 1] & 0xFF : 255;
            if (channels % 2 == 1) {
                if (alpha != 255) {
                    r = over(r, alpha, background >> 16 & 0xFF);
                    g = over(g, alpha, background >> 8 & 0xFF);
                    b = over(b, alpha, background & 0xFF);
                }
            } else {
                line[channels - 1][x] = alpha * 255;
            }
            int times = channels % 2 == 1 ? 1 : alpha;
            if (channels <= 2) {
                line[0][x] = gray(r, g, b) * times;
            } else {
                line[0][x] = r * times;
                line[1][x] = g * times;
                line[2][x] = b * times;
            }
        }
    }

    private static int over(int value, int alpha, int background) {
        return (value * alpha + background * (255 - alpha) + 127) / 255;
    }

    /// Rec. 601: 0.299 R + 0.587 G + 0.114 B, in 16 fractional bits; a gray stays what it is.
    static int gray(int r, int g, int b) {
        return (19595 * r + 38470 * g + 7471 * b + (1 << 15)) >> 16;
    }

    /// What the pixels of one direction are made of: pixel i of `weights[i].length` source pixels, `first[i]` the first of them.
    private record Taps(int[] first, int[][] weights) {
        /// @param n     source pixels
        /// @param m     pixels of the whole scaled picture
        /// @param from  the first of them that is wanted
        /// @param count how many are wanted
        static Taps of(int n, long m, long from, int count) {
            var first = new int[count];
            var weights = new int[count][];
            long reach = 2 * Math.max(n, m);
            for (int k = 0; k < count; k++) {
                long centre = (2 * (from + k) + 1) * n;
                // (2j+1) m > centre - reach, and < centre + reach
                int low = (int) Math.max(0, Math.floorDiv(centre - reach - m, 2 * m) + 1);
                int high = (int) Math.min(n - 1, Math.ceilDiv(centre + reach - m, 2 * m) - 1);
                long all = 0;
                for (int j = low; j <= high; j++) {
                    all += reach - Math.abs((2L * j + 1) * m - centre);
                }
                // Rounding the running sum, not each weight, makes them sum to exactly 1.
                weights[k] = new int[high - low + 1];
                long sum = 0;
                long before = 0;
                for (int j = low; j <= high; j++) {
                    sum += reach - Math.abs((2L * j + 1) * m - centre);
                    long upTo = ((sum << ONE) + all / 2) / all;
                    weights[k][j - low] = (int) (upTo - before);
                    before = upTo;
                }
                first[k] = low;
            }
            return new Taps(first, weights);
        }

        int end() {
            int last = first.length - 1;
            return first[last] + weights[last].length;
        }

        int used() {
            return end() - first[0];
        }

        /// One row: pixels into pixels of 8 fractional bits.
        void filter(int[] in, int[] out, int to) {
            for (int k = 0; k < first.length; k++) {
                int[] weight = weights[k];
                if (weight.length == 1) {
                    out[to + k] = in[first[k]] << BETWEEN;
                    continue;
                }
                long sum = 1 << ONE - BETWEEN - 1;
                for (int j = 0; j < weight.length; j++) {
                    sum += (long) weight[j] * in[first[k] + j];
                }
                out[to + k] = (int) (sum >> ONE - BETWEEN);
            }
        }

        /// Row y of what the columns give, without fractional bits.
        void filter(int y, int[] between, int width, long[] sums, int[] out) {
            int[] weight = weights[y];
            int from = (first[y] - first[0]) * width;
            if (weight.length == 1) {
                for (int x = 0; x < width; x++) {
                    out[x] = between[from + x] + (1 << BETWEEN - 1) >> BETWEEN;
                }
                return;
            }
            Arrays.fill(sums, 1L << ONE + BETWEEN - 1);
            for (int j = 0; j < weight.length; j++, from += width) {
                long w = weight[j];
                for (int x = 0; x < width; x++) {
                    sums[x] += w * between[from + x];
                }
            }
            for (int x = 0; x < width; x++) {
                out[x] = (int) (sums[x] >> ONE + BETWEEN);
            }
        }
    }
}
