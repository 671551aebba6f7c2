package io.langevin.data.pictures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PlainTest {
    private static byte[] written(BufferedImage image, String format) throws Exception {
        var out = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(image, format, out));
        return out.toByteArray();
    }

    @Test
    void a_gif_with_a_transparent_colour_has_alpha() throws Exception {
        byte[] r = {10, 20, 30, 40};
        byte[] g = {50, 60, 70, 80};
        byte[] b = {90, 100, 110, 120};
        var image = new BufferedImage(4, 6, BufferedImage.TYPE_BYTE_INDEXED, new IndexColorModel(8, 4, r, g, b, 2));
        for (int i = 0; i < 24; i++) {
            image.getRaster().setSample(i % 4, i / 4, 0, i % 4);
        }
        Picture picture = Pictures.decode(written(image, "gif"));
        assertEquals(4, picture.samples());
        assertEquals(255, picture.sample(1, 1, 3));
        assertEquals(20, picture.sample(1, 1, 0));
        assertEquals(60, picture.sample(1, 1, 1));
        assertEquals(100, picture.sample(1, 1, 2));
        assertEquals(0, picture.sample(2, 0, 3));
    }

    @Test
    void a_bmp_is_read_in_its_colours() throws Exception {
        var image = new BufferedImage(5, 3, BufferedImage.TYPE_3BYTE_BGR);
        image.setRGB(4, 2, 0x123456);
        Picture picture = Pictures.decode(written(image, "bmp"));
        assertEquals(5, picture.width());
        assertEquals(0x12, picture.sample(4, 2, 0));
        assertEquals(0x34, picture.sample(4, 2, 1));
        assertEquals(0x56, picture.sample(4, 2, 2));
        assertEquals(0, picture.sample(0, 0, 0));
    }

    @Test
    void broken_ones_are_refused_in_a_sentence() throws Exception {
        byte[] bmp = written(new BufferedImage(5, 3, BufferedImage.TYPE_3BYTE_BGR), "bmp");
        for (int length = 2; length < bmp.length - 1; length++) {           // the last byte only fills up its row
            byte[] cut = Arrays.copyOf(bmp, length);
            assertThrows(BrokenPicture.class, () -> Pictures.decode(cut), "of " + length + " bytes");
        }
        byte[] gif = written(new BufferedImage(5, 3, BufferedImage.TYPE_BYTE_GRAY), "gif");
        for (int length = 4; length < gif.length - 1; length++) {           // the last byte only says that no frame follows
            byte[] cut = Arrays.copyOf(gif, length);
            assertThrows(BrokenPicture.class, () -> Pictures.decode(cut), "of " + length + " bytes");
        }
        String message = assertThrows(BrokenPicture.class, () -> Pictures.decode(Arrays.copyOf(gif, 14))).getMessage();
        assertTrue(message.startsWith("it cannot be read as GIF"), message);
    }
}
