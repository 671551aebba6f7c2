package io.langevin.data.pictures;

import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// JPEG: the JDK decodes the samples, as they are stored; what colours they mean is worked out here, in integers, because the JDK reads neither CMYK nor files whose colour profile it
/// doubts. The colour space is not written in a JPEG file but follows from its markers:
///
///     1 component                                   gray
///     3 components   Adobe, transform 0             RGB
///                    Adobe 1, or JFIF, or none      YCbCr       (none: RGB where the components are called R, G, B)
///     4 components   Adobe, transform 2             YCCK
///                    else                           CMYK        (with an Adobe marker all four are stored inverted)
final class Jpeg {
    private static final int SOI_LENGTH = 2;

    private int components;
    private int width;
    private int height;
    private int adobeTransform = -1;
    private boolean jfif;
    private boolean rgbNames;
    private int orientation = 1;

    private Jpeg() {
    }

    static Picture decode(byte[] file) throws BrokenPicture {
        var jpeg = new Jpeg();
        jpeg.markers(file);
        Picture.check(jpeg.width, jpeg.height);
        return jpeg.colours(jpeg.samples(file)).turned(jpeg.orientation);
    }

    /// Reads the segments before the first scan.
    private void markers(byte[] file) throws BrokenPicture {
        int at = SOI_LENGTH;
        while (at + 4 <= file.length) {
            if (file[at] != (byte) 0xFF) {
                throw new BrokenPicture("a JPEG marker is wanted at byte " + at + ", there is " + (file[at] & 0xFF));
            }
            int marker = file[at + 1] & 0xFF;
            if (marker == 0xFF) {       // padding
                at++;
                continue;
            }
            int length = u16(file, at + 2);
            int body = at + 4;
            if (length < 2 || at + 2 + length > file.length) {
                break;
            }
            if (marker == 0xDA) {
                if (components == 0) {
                    throw new BrokenPicture("its JPEG scan comes before its size");
                }
                return;
            }
            segment(file, marker, body, length - 2);
            at += 2 + length;
        }
        throw new BrokenPicture("the JPEG ends after " + file.length + " bytes, before its picture");
    }

    private void segment(byte[] file, int marker, int body, int length) throws BrokenPicture {
        switch (marker) {
            case 0xE0 -> jfif |= text(file, body, length, "JFIF");
            case 0xE1 -> {
                if (text(file, body, length, "Exif") && length > 6) {
                    orientation = Exif.orientation(file, body + 6, length - 6);
                }
            }
            case 0xEE -> {
                if (text(file, body, length, "Adobe") && length >= 12) {
                    adobeTransform = file[body + 11] & 0xFF;
                }
            }
            case 0xC0, 0xC1, 0xC2 -> frame(file, body, length);
            case 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF ->
                throw new BrokenPicture("it is a lossless, hierarchical or arithmetic-coded JPEG (SOF" + (marker - 0xC0) + "), which is not read; convert it to PNG");
            default -> {
                // tables and comments, which the decoder reads
            }
        }
    }

    private void frame(byte[] file, int body, int length) throws BrokenPicture {
        if (length < 6 || length < 6 + 3 * file[body + 5]) {
            throw new BrokenPicture("its JPEG frame header is too short");
        }
        if (file[body] != 8) {
            throw new BrokenPicture("it is a JPEG of " + file[body] + " bits, 8 are read; convert it to PNG");
        }
        height = u16(file, body + 1);
        width = u16(file, body + 3);
        components = file[body + 5];
        if (components != 1 && components != 3 && components != 4) {
            throw new BrokenPicture("it is a JPEG of " + components + " components; 1, 3 and 4 are read");
        }
        rgbNames = components == 3 && file[body + 6] == 'R' && file[body + 9] == 'G' && file[body + 12] == 'B';
    }

    /// `[height, width, components]`, as stored.
    private byte[] samples(byte[] file) throws BrokenPicture {
        ImageReader reader = Plain.reader("jpeg");
        List<String> warnings = new ArrayList<>();
        try (var in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.setInput(in, true, true);
            reader.addIIOReadWarningListener((_, warning) -> warnings.add(warning));
            Raster raster = reader.readRaster(0, null);
            for (String warning : warnings) {
                // The decoder fills what is missing with gray and goes on. Other warnings (stray bytes between segments) lose nothing.
                String said = warning.toLowerCase(Locale.ROOT);
                if (said.contains("premature end") || said.contains("bad huffman code")) {
                    throw new BrokenPicture("the JPEG is damaged or cut short (" + warning + ")");
                }
            }
            if (raster.getWidth() != width || raster.getHeight() != height || raster.getNumBands() != components) {
                throw new BrokenPicture("its JPEG header says " + width + " x " + height + " x " + components + ", its picture is " + raster.getWidth() + " x " + raster.getHeight() + " x "
                        + raster.getNumBands());
            }
            return ((DataBufferByte) raster.getDataBuffer()).getData();
        } catch (IOException | RuntimeException e) {          // the JDK's reader meets nonsense with whatever its arithmetic throws
            throw new BrokenPicture("it cannot be read as JPEG (" + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()) + ")");
        } finally {
            reader.dispose();
        }
    }

    private Picture colours(byte[] stored) {
        if (components == 1) {
            return new Picture(width, height, 1, stored);
        }
        boolean ycc = components == 4 ? adobeTransform == 2 : adobeTransform > 0 || adobeTransform < 0 && (jfif || !rgbNames);
        if (components == 3 && !ycc) {
            return new Picture(width, height, 3, stored);
        }
        boolean inverted = adobeTransform >= 0;
        var rgb = new byte[width * height * 3];
        var c = new int[3];
        for (int from = 0, to = 0; to < rgb.length; from += components, to += 3) {
            for (int i = 0; i < 3; i++) {
                c[i] = stored[from + i] & 0xFF;
            }
            if (ycc) {
                fromYcc(c);
            }
            if (components == 4) {
                int k = stored[from + 3] & 0xFF;
                int light = inverted ? k : 255 - k;
                for (int i = 0; i < 3; i++) {
                    int stays = ycc ? 255 - c[i] : c[i];        // YCCK holds the complement of C, M, Y
                    c[i] = ((inverted ? stays : 255 - stays) * light + 127) / 255;
                }
            }
            for (int i = 0; i < 3; i++) {
                rgb[to + i] = (byte) c[i];
            }
        }
        return new Picture(width, height, 3, rgb);
    }

    /// JFIF: R = Y + 1.402 Cr', G = Y - 0.344136 Cb' - 0.714136 Cr', B = Y + 1.772 Cb', in 16 fractional bits.
    private static void fromYcc(int[] c) {
        int y = (c[0] << 16) + (1 << 15);
        int cb = c[1] - 128;
        int cr = c[2] - 128;
        c[0] = Math.clamp((y + 91881 * cr) >> 16, 0, 255);
        c[1] = Math.clamp((y - 22554 * cb - 46802 * cr) >> 16, 0, 255);
        c[2] = Math.clamp((y + 116130 * cb) >> 16, 0, 255);
    }

    private static boolean text(byte[] file, int at, int length, String text) {
        if (length < text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (file[at + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int u16(byte[] file, int at) {
        return (file[at] & 0xFF) << 8 | file[at + 1] & 0xFF;
    }
}
