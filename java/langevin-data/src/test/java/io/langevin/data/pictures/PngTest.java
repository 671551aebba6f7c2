package io.langevin.data.pictures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PngTest {
    private static final int WIDTH = 13;           // 13 x 11: no multiple of a byte's pixels, and every pass of interlacing has some
    private static final int HEIGHT = 11;

    private static int[] samples(int channels, int depth, long seed) {
        return new Random(seed).ints(WIDTH * HEIGHT * channels, 0, 1 << depth).toArray();
    }

    private static byte[] scaled(int[] samples, int depth) {
        var values = new byte[samples.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) Math.round(samples[i] * 255.0 / ((1 << depth) - 1));
        }
        return values;
    }

    @Test
    void every_colour_type_and_depth_is_read_plain_and_interlaced() throws Exception {
        int[][] kinds = {{0, 1, 1}, {0, 2, 1}, {0, 4, 1}, {0, 8, 1}, {0, 16, 1}, {2, 8, 3}, {2, 16, 3}, {4, 8, 2}, {4, 16, 2}, {6, 8, 4}, {6, 16, 4}};
        for (int[] kind : kinds) {
            for (boolean interlaced : new boolean[] {false, true}) {
                int[] samples = samples(kind[2], kind[1], kind[0] * 100 + kind[1]);
                Picture picture = Pictures.decode(Made.png(WIDTH, HEIGHT, kind[1], kind[0], interlaced, samples, null, null));
                assertEquals(WIDTH, picture.width());
                assertEquals(HEIGHT, picture.height());
                assertArrayEquals(scaled(samples, kind[1]), picture.values(), "type " + kind[0] + ", " + kind[1] + " bits, interlaced " + interlaced);
            }
        }
    }

    @Test
    void every_value_of_16_bits_is_rounded_to_the_nearest_of_8() throws Exception {
        var samples = new int[256 * 256];
        Arrays.setAll(samples, i -> i);
        byte[] values = Pictures.decode(Made.png(256, 256, 16, 0, false, samples, null, null)).values();
        for (int i = 0; i < samples.length; i++) {
            assertEquals(Math.round(i / 257.0), values[i] & 0xFF, "of " + i);
        }
    }

    @Test
    void palettes_of_every_depth_become_colours_and_their_transparency_alpha() throws Exception {
        for (int depth : new int[] {1, 2, 4, 8}) {
            byte[] palette = Made.noise(3 << depth, depth);
            byte[] transparency = Made.noise((1 << depth) / 2, depth + 10);        // shorter than the palette: the rest is opaque
            int[] samples = samples(1, depth, depth);
            Picture opaque = Pictures.decode(Made.png(WIDTH, HEIGHT, depth, 3, depth == 4, samples, palette, null));
            Picture clear = Pictures.decode(Made.png(WIDTH, HEIGHT, depth, 3, depth == 4, samples, palette, transparency));
            assertEquals(3, opaque.samples());
            assertEquals(4, clear.samples());
            for (int i = 0; i < samples.length; i++) {
                for (int c = 0; c < 3; c++) {
                    assertEquals(palette[samples[i] * 3 + c], opaque.values()[i * 3 + c]);
                    assertEquals(palette[samples[i] * 3 + c], clear.values()[i * 4 + c]);
                }
                assertEquals(samples[i] < transparency.length ? transparency[samples[i]] : -1, clear.values()[i * 4 + 3]);
            }
        }
    }

    @Test
    void the_one_transparent_gray_or_colour_has_alpha_0() throws Exception {
        int[] gray = samples(1, 16, 1);
        Picture picture = Pictures.decode(Made.png(WIDTH, HEIGHT, 16, 0, false, gray, null, new byte[] {(byte) (gray[5] >> 8), (byte) gray[5]}));
        assertEquals(2, picture.samples());
        for (int i = 0; i < gray.length; i++) {
            assertEquals(gray[i] == gray[5] ? 0 : -1, picture.values()[2 * i + 1]);        // all 16 bits have to agree
        }
        int[] rgb = samples(3, 8, 2);
        picture = Pictures.decode(Made.png(WIDTH, HEIGHT, 8, 2, true, rgb, null, new byte[] {0, (byte) rgb[3], 0, (byte) rgb[4], 0, (byte) rgb[5]}));
        assertEquals(4, picture.samples());
        assertEquals(0, picture.values()[7]);
        assertEquals(-1, picture.values()[3]);
    }

    @Test
    void what_the_JDK_writes_is_read_as_the_JDK_reads_it() throws Exception {
        for (int type : new int[] {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB}) {
            var image = new BufferedImage(50, 40, type);
            var random = new Random(type);
            for (int i = 0; i < 2000; i++) {
                image.setRGB(i % 50, i / 50, random.nextInt());
            }
            var out = new ByteArrayOutputStream();
            ImageIO.write(image, "png", out);
            BufferedImage theirs = ImageIO.read(new ByteArrayInputStream(out.toByteArray()));
            Picture ours = Pictures.decode(out.toByteArray());
            for (int i = 0; i < 2000; i++) {
                int argb = theirs.getRGB(i % 50, i / 50);
                assertEquals(argb >> 16 & 0xFF, ours.sample(i % 50, i / 50, 0));
                assertEquals(argb & 0xFF, ours.sample(i % 50, i / 50, 2));
                assertEquals(argb >>> 24, ours.samples() == 4 ? ours.sample(i % 50, i / 50, 3) : 255);
            }
        }
    }

    @Test
    void a_png_cut_anywhere_is_broken_and_says_so() {
        byte[] png = Made.png(WIDTH, HEIGHT, 8, 6, false, samples(4, 8, 3), null, null);
        for (int length = 0; length < png.length; length++) {
            byte[] cut = Arrays.copyOf(png, length);
            assertThrows(BrokenPicture.class, () -> Pictures.decode(cut), "of " + length + " bytes");
        }
    }

    @Test
    void a_changed_byte_is_noticed_by_its_chunks_checksum() {
        byte[] png = Made.png(WIDTH, HEIGHT, 8, 2, false, samples(3, 8, 3), null, null);
        png[60] ^= 1;
        String message = assertThrows(BrokenPicture.class, () -> Pictures.decode(png)).getMessage();
        assertTrue(message.contains("checksum of its chunk IDAT"), message);
    }

    /// With the checksums put right again, so that what is behind them is reached.
    @Test
    void a_thousand_damaged_pngs_are_read_or_refused_and_nothing_else() {
        var random = new Random(4);
        int refused = 0;
        for (int trial = 0; trial < 1000; trial++) {
            byte[] png = Made.png(WIDTH, HEIGHT, 4, 3, trial % 2 == 0, samples(1, 4, 5), Made.noise(48, 6), Made.noise(16, 7));
            for (int flips = 0; flips < 3; flips++) {
                png[8 + random.nextInt(png.length - 8)] ^= (byte) (1 << random.nextInt(8));
            }
            repair(png);
            try {
                Pictures.decode(png);
            } catch (BrokenPicture e) {
                refused++;
            }
        }
        assertTrue(refused > 100, refused + " refused");
    }

    private static void repair(byte[] png) {
        ByteBuffer all = ByteBuffer.wrap(png);
        for (int at = 8; at + 12 <= png.length;) {
            int length = all.getInt(at);
            if (length < 0 || length > png.length - at - 12) {
                return;
            }
            var crc = new CRC32();
            crc.update(png, at + 4, length + 4);
            all.putInt(at + 8 + length, (int) crc.getValue());
            at += length + 12;
        }
    }

    @Test
    void impossible_headers_are_refused_by_name() {
        assertBroken("colour type 2 with 4 bits", Made.png(2, 2, 4, 2, false, new int[12], null, null));
        assertBroken("no palette", Made.png(2, 2, 8, 3, false, new int[4], null, null));
        assertBroken("points at colour 9 of a palette of 2", Made.png(2, 2, 8, 3, false, new int[] {9, 0, 0, 0}, new byte[6], null));
        byte[] huge = Made.png(2, 2, 8, 2, false, new int[12], null, null);
        ByteBuffer.wrap(huge).putInt(16, 1 << 20).putInt(20, 1 << 20);
        repair(huge);
        assertBroken("1048576 x 1048576 pixels", huge);
        byte[] tall = Made.png(2, 2, 8, 2, false, new int[12], null, null);
        ByteBuffer.wrap(tall).putInt(20, 5);
        repair(tall);
        assertBroken("its pixels end in row 2 of 5", tall);
    }

    private static void assertBroken(String part, byte[] file) {
        String message = assertThrows(BrokenPicture.class, () -> Pictures.decode(file)).getMessage();
        assertTrue(message.contains(part), message);
    }
}
