package io.langevin.data.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import org.junit.jupiter.api.Test;

class JpegTest {
    private static final int SIDE = 16;
    private static final int LOSS = 3;            // a flat colour at the highest quality: rounding of YCbCr, twice

    /// Components as they are, all of one colour, no marker that says what they mean.
    private static byte[] raw(int... colour) throws Exception {
        WritableRaster raster = Raster.createInterleavedRaster(java.awt.image.DataBuffer.TYPE_BYTE, SIDE, SIDE, colour.length, null);
        for (int i = 0; i < SIDE * SIDE; i++) {
            raster.setPixel(i % SIDE, i / SIDE, colour);
        }
        return written(new IIOImage(raster, null, null));
    }

    private static byte[] written(IIOImage image) throws Exception {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        var out = new ByteArrayOutputStream();
        try (var stream = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(stream);
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(1);
            writer.write(null, image, param);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    private static byte[] jfif(int width, int height, int... rgb) throws Exception {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, rgb[i * rgb.length / (width * height)]);
        }
        return written(new IIOImage(image, null, null));
    }

    private static void assertColour(int r, int g, int b, Picture picture) {
        int[] wanted = {r, g, b};
        for (int c = 0; c < 3; c++) {
            assertEquals(wanted[c], picture.sample(7, 7, picture.samples() == 1 ? 0 : c), LOSS, "of " + r + ", " + g + ", " + b);
        }
    }

    /// YCbCr of a colour, by JFIF's equations.
    private static int[] ycc(int r, int g, int b) {
        return new int[] {(int) Math.round(0.299 * r + 0.587 * g + 0.114 * b), (int) Math.round(128 - 0.168736 * r - 0.331264 * g + 0.5 * b), (int) Math.round(128 + 0.5 * r - 0.418688 * g - 0.081312 * b)};
    }

    @Test
    void the_usual_jpeg_is_read_in_its_colours() throws Exception {
        assertColour(200, 30, 90, Pictures.decode(jfif(SIDE, SIDE, 0xC81E5A)));
        assertColour(0, 255, 0, Pictures.decode(jfif(SIDE, SIDE, 0x00FF00)));
    }

    @Test
    void gray_stays_one_sample() throws Exception {
        Picture picture = Pictures.decode(raw(77));
        assertEquals(1, picture.samples());
        assertColour(77, 77, 77, picture);
    }

    @Test
    void three_components_are_rgb_where_adobe_says_so_and_ycc_where_it_says_that() throws Exception {
        assertColour(200, 30, 90, Pictures.decode(Made.spliced(raw(200, 30, 90), 0xEE, Made.adobe(0))));
        assertColour(200, 30, 90, Pictures.decode(Made.spliced(raw(ycc(200, 30, 90)), 0xEE, Made.adobe(1))));
    }

    @Test
    void cmyk_is_ink_and_adobes_is_light() throws Exception {
        // 100 of 255 cyan, 200 magenta, 0 yellow, 51 black: (155, 55, 255) * 204 / 255
        assertColour(124, 44, 204, Pictures.decode(raw(100, 200, 0, 51)));
        assertColour(124, 44, 204, Pictures.decode(Made.spliced(raw(155, 55, 255, 204), 0xEE, Made.adobe(0))));
    }

    @Test
    void ycck_is_the_complement_of_cmy_as_ycc() throws Exception {
        // What is stored as C, M, Y, K is light: 155, 55, 255, 204. Its complement 100, 200, 0 is what YCC encodes.
        int[] ycc = ycc(100, 200, 0);
        assertColour(124, 44, 204, Pictures.decode(Made.spliced(raw(ycc[0], ycc[1], ycc[2], 204), 0xEE, Made.adobe(2))));
    }

    /// Four quarters of a picture 32 x 16, named by where they are when orientation is 1: red and green above, blue and white below.
    @Test
    void all_eight_orientations_of_a_camera_are_undone_in_both_byte_orders() throws Exception {
        int[] pixels = new int[32 * 16];
        Arrays.setAll(pixels, i -> i / 32 < 8 ? i % 32 < 16 ? 0xFF0000 : 0x00FF00 : i % 32 < 16 ? 0x0000FF : 0xFFFFFF);
        byte[] jpeg = jfif(32, 16, pixels);
        String[] seen = {"rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb"};       // top left, top right, bottom left, bottom right
        for (int orientation = 1; orientation <= 8; orientation++) {
            Picture picture = Pictures.decode(Made.spliced(jpeg, 0xE1, Made.exif(orientation, orientation % 2 == 0)));
            assertEquals(orientation < 5 ? 32 : 16, picture.width());
            String colours = "" + colour(picture, 4, 4) + colour(picture, picture.width() - 4, 4) + colour(picture, 4, picture.height() - 4) + colour(picture, picture.width() - 4, picture.height() - 4);
            assertEquals(seen[orientation - 1], colours, "orientation " + orientation);
        }
        assertEquals(32, Pictures.decode(Made.spliced(jpeg, 0xE1, Made.exif(99, true))).width());       // there is no 99th
    }

    private static char colour(Picture picture, int x, int y) {
        int bits = (picture.sample(x, y, 0) > 128 ? 4 : 0) + (picture.sample(x, y, 1) > 128 ? 2 : 0) + (picture.sample(x, y, 2) > 128 ? 1 : 0);
        return "kbgcrmyw".charAt(bits);
    }

    @Test
    void a_jpeg_cut_anywhere_is_broken() throws Exception {
        var random = new Random(1);
        byte[] jpeg = jfif(24, 24, random.ints(24 * 24).toArray());
        for (int length = 0; length < jpeg.length - 2; length += length < 700 ? 1 : 37) {           // the last two bytes are its end mark
            byte[] cut = Arrays.copyOf(jpeg, length);
            assertThrows(BrokenPicture.class, () -> Pictures.decode(cut), "of " + length + " bytes of " + jpeg.length);
        }
    }

    @Test
    void five_hundred_damaged_jpegs_are_read_or_refused_and_nothing_else() throws Exception {
        var random = new Random(2);
        byte[] whole = Made.spliced(jfif(24, 24, random.ints(24 * 24).toArray()), 0xE1, Made.exif(6, true));
        int refused = 0;
        for (int trial = 0; trial < 500; trial++) {
            byte[] jpeg = whole.clone();
            for (int flips = 0; flips < 4; flips++) {
                jpeg[2 + random.nextInt(700)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                Pictures.decode(jpeg);
            } catch (BrokenPicture e) {
                refused++;
            }
        }
        assertTrue(refused > 50, refused + " refused");
    }

    @Test
    void kinds_of_jpeg_that_are_not_read_say_what_to_do() throws Exception {
        byte[] jpeg = jfif(SIDE, SIDE, 0x123456);
        int frame = frame(jpeg);
        byte[] arithmetic = jpeg.clone();
        arithmetic[frame + 1] = (byte) 0xC9;
        assertBroken("arithmetic-coded JPEG (SOF9)", arithmetic);
        byte[] deep = jpeg.clone();
        deep[frame + 4] = 12;
        assertBroken("JPEG of 12 bits", deep);
    }

    private static int frame(byte[] jpeg) {
        int at = 2;
        while (jpeg[at + 1] != (byte) 0xC0) {
            at += 2 + ((jpeg[at + 2] & 0xFF) << 8 | jpeg[at + 3] & 0xFF);
        }
        return at;
    }

    @Test
    void other_bytes_are_named_by_what_they_are() {
        assertBroken("WebP", "RIFF\0\0\0\0WEBPVP8 ".getBytes());
        assertBroken("TIFF", "II*\0\0\0\0\0".getBytes());
        assertBroken("empty", new byte[0]);
        assertBroken("no picture", "hello".getBytes());
    }

    private static void assertBroken(String part, byte[] file) {
        String message = assertThrows(BrokenPicture.class, () -> Pictures.decode(file)).getMessage();
        assertTrue(message.contains(part), message);
    }
}
