package io.langevin.data.pictures;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// GIF (its first frame) and BMP, through the JDK: both are lossless and their colours are sRGB already, so that any decoder gives the same bits.
final class Plain {
    private Plain() {
    }

    static Picture decode(String format, byte[] file) throws BrokenPicture {
        ImageReader reader = reader(format);
        try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.setInput(in, true, true);
            Picture.check(reader.getWidth(0), reader.getHeight(0));
            return picture(reader.read(0));
        } catch (IOException | RuntimeException e) {          // the JDK's readers meet nonsense with whatever their arithmetic throws
            throw new BrokenPicture("it cannot be read as " + format.toUpperCase(Locale.ROOT) + " (" + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()) + ")");
        } finally {
            reader.dispose();
        }
    }

    private static Picture picture(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        int samples = image.getColorModel().hasAlpha() ? 4 : 3;
        var values = new byte[width * height * samples];
        var row = new int[width];
        int at = 0;
        for (int y = 0; y < height; y++) {
            image.getRGB(0, y, width, 1, row, 0, width);
            for (int argb : row) {
                values[at] = (byte) (argb >> 16);
                values[at + 1] = (byte) (argb >> 8);
                values[at + 2] = (byte) argb;
                if (samples == 4) {
                    values[at + 3] = (byte) (argb >> 24);
                }
                at += samples;
            }
        }
        return new Picture(width, height, samples, values);
    }

    /// The JDK's own reader, also where a library on the class path offers another.
    static ImageReader reader(String format) throws BrokenPicture {
        for (Iterator<ImageReader> all = ImageIO.getImageReadersByFormatName(format); all.hasNext();) {
            ImageReader reader = all.next();
            if (reader.getClass().getModule() == ImageIO.class.getModule()) {
                return reader;
            }
        }
        throw new BrokenPicture("this JDK's java.desktop has no reader for " + format);
    }
}
