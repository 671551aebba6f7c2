package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.BadModelException;
import io.langevin.Images;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PicturesTest {
    @TempDir
    Path folder;

    private static Images read(int channels, Path from) {
        return new Pictures(channels, Size.OWN).read(from);
    }

    private static String refusal(int channels, Size size, Path from) {
        return assertThrows(BadModelException.class, () -> new Pictures(channels, size).read(from)).getMessage();
    }

    /// A picture of 2 x 3 (height x width) of one of BufferedImage's types, pixel x, y of colour `argb[3 * y + x]`.
    private Path picture(String name, int type, int... argb) throws IOException {
        var image = new BufferedImage(3, 2, type);
        for (int at = 0; at < 6; at++) {
            image.setRGB(at % 3, at / 3, argb[at % argb.length]);
        }
        Path file = folder.resolve(name);
        assertTrue(ImageIO.write(image, "png", file.toFile()));
        return file;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4})
    void what_we_write_is_read_again(int channels) {
        var values = new float[channels * 5 * 4];
        var random = new Random(channels);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(256) / 255f * 2 - 1;
        }
        var images = new Images(1, channels, 5, 4, values);
        Path file = folder.resolve("x.png");
        images.writePng(file);
        Images again = read(channels, file);
        assertEquals("Images[1, " + channels + ", 5, 4]", again.toString());
        assertArrayEquals(values, again.values(), 1e-6f, "the shades of 8 bits, with the rounding of one float32 division");
    }

    @Test
    void shades_stand_as_they_are_in_the_file() throws IOException {
        // Java's own conversion of gray pictures to colours would make 128 of gray 55.
        var gray = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_GRAY);
        gray.getRaster().setSamples(0, 0, 3, 2, 0, new int[] {0, 51, 102, 153, 204, 255});
        ImageIO.write(gray, "png", folder.resolve("gray.png").toFile());
        float[] shades = {-1, -0.6f, -0.2f, 0.2f, 0.6f, 1};
        assertArrayEquals(shades, read(1, folder.resolve("gray.png")).values(), 1e-6f);
        var deep = new BufferedImage(3, 2, BufferedImage.TYPE_USHORT_GRAY);
        deep.getRaster().setSamples(0, 0, 3, 2, 0, new int[] {0, 13107, 26214, 39321, 52428, 65535});
        ImageIO.write(deep, "png", folder.resolve("deep.png").toFile());
        assertArrayEquals(shades, read(1, folder.resolve("deep.png")).values(), 1e-6f);
    }

    @Test
    void colours_come_plane_by_plane_whatever_the_kind_of_file() throws IOException {
        int[] colours = {0xffff0000, 0xff00ff00, 0xff0000ff, 0xffffffff, 0xff000000, 0xffffff00};
        float[] wanted = {1, -1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, -1, 1, 1, -1, -1};
        assertArrayEquals(wanted, read(3, picture("rgb.png", BufferedImage.TYPE_INT_RGB, colours)).values());
        assertArrayEquals(wanted, read(3, picture("palette.png", BufferedImage.TYPE_BYTE_INDEXED, colours)).values());
        assertArrayEquals(wanted, read(3, picture("opaque.png", BufferedImage.TYPE_INT_ARGB, colours)).values());
        float[] opacity = Arrays.copyOfRange(read(4, picture("rgb.png", BufferedImage.TYPE_INT_RGB, colours)).values(), 18, 24);
        assertArrayEquals(new float[] {1, 1, 1, 1, 1, 1}, opacity);
    }

    @Test
    void gray_and_colours_are_made_each_other_where_nothing_is_lost() throws IOException {
        Path black = picture("bits.png", BufferedImage.TYPE_BYTE_BINARY, 0xff000000, 0xffffffff);
        assertArrayEquals(new float[] {-1, 1, -1, 1, -1, 1}, read(1, black).values());
        assertArrayEquals(new float[] {-1, 1, -1, 1, -1, 1}, Arrays.copyOfRange(read(3, black).values(), 12, 18));
        assertArrayEquals(new float[] {-1, 1, -1, 1, -1, 1}, read(1, picture("gray.png", BufferedImage.TYPE_INT_RGB, 0xff000000, 0xffffffff)).values());
        Path red = picture("red.png", BufferedImage.TYPE_INT_RGB, 0xffff0000);
        assertEquals(red + " is in colours, this model's images are gray: convert it first", refusal(1, Size.OWN, red));
        Path glass = picture("glass.png", BufferedImage.TYPE_INT_ARGB, 0x80ffffff);
        assertEquals(glass + " has transparent pixels, this model's images have none: flatten it first", refusal(3, Size.OWN, glass));
    }

    @Test
    void a_folder_is_read_in_the_order_of_its_names() throws IOException {
        Path pictures = Files.createDirectory(folder.resolve("pictures"));
        picture("pictures/0001.png", BufferedImage.TYPE_INT_RGB, 0xffffffff);
        picture("pictures/0000.PNG", BufferedImage.TYPE_INT_RGB, 0xff000000);
        Files.writeString(pictures.resolve("notes.txt"), "not one of them");
        assertArrayEquals(new float[] {-1, -1, -1, -1, -1, -1, 1, 1, 1, 1, 1, 1}, read(1, pictures).values());
        Path tall = pictures.resolve("0002.png");
        new Images(1, 1, 4, 3, new float[12]).writePng(tall);
        assertEquals(tall + " has 4x3 pixels (height x width), " + pictures.resolve("0000.PNG") + " 2x3: make them one size, or say another --size", refusal(1, Size.OWN, pictures));
        assertEquals(pictures.resolve("0000.PNG") + " has 2x3 pixels (height x width), this run's images 4x3: make them one size, or say another --size",
                refusal(1, new Size(4, 3), pictures));
    }

    @Test
    void what_cannot_be_read_is_named() throws IOException {
        Path missing = folder.resolve("missing.png");
        assertEquals(missing + ": there is no such file or folder", refusal(1, Size.OWN, missing));
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertEquals(empty + " holds no .png, .jpg or .jpeg", refusal(1, Size.OWN, empty));
        Path text = Files.writeString(folder.resolve("text.png"), "no picture");
        assertEquals(text + " is no PNG or JPEG; write x.png, a folder of them, or x.safetensors", refusal(1, Size.OWN, text));
        byte[] whole = Files.readAllBytes(picture("x.png", BufferedImage.TYPE_INT_RGB, 0xffff0000));
        for (int length = 9; length < whole.length - 12; length++) {        // 12 bytes of IEND, which readers do without
            Path cut = Files.write(folder.resolve("cut.png"), Arrays.copyOf(whole, length));
            String message = refusal(3, Size.OWN, cut);
            assertTrue(message.startsWith(cut + " "), message);
        }
        Path many = picture("many.png", BufferedImage.TYPE_INT_RGB, 0xffff0000);
        assertEquals(many + ": a picture has 1, 3 or 4 channels, this model's images have 2: write x.safetensors", refusal(2, Size.OWN, many));
    }

    @Test
    void a_tensor_is_read_as_it_was_written() throws IOException {
        var images = new Images(2, 2, 1, 3, new float[] {0, 1, 2, 3, 4, 5, -1, -2, -3, -4, -5, -6});
        Path file = folder.resolve("x.safetensors");
        images.writeSafetensors(file);
        assertEquals(images, read(2, file));
        assertEquals(file + " holds float32 [2, 2, 1, 3]; wanted one float32 tensor [images, 3, height, width]", refusal(3, Size.OWN, file));
        assertEquals(file + " holds float32 [2, 2, 1, 3]; wanted one float32 tensor [images, 2, 4, 3]", refusal(2, new Size(4, 3), file));
    }
}
