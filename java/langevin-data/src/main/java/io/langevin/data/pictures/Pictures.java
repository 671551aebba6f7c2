package io.langevin.data.pictures;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Decodes a file's bytes, by what they are and not by what the file is called.
public final class Pictures {
    private Pictures() {
    }

    /// @throws BrokenPicture for bytes that are no picture, or only part of one, or of a kind that is not read
    public static Picture decode(byte[] file) throws BrokenPicture {
        if (starts(file, 0, "\u0089PNG\r\n\u001a\n")) {
            return Png.decode(file);
        }
        if (starts(file, 0, "\u00ff\u00d8\u00ff")) {
            return Jpeg.decode(file);
        }
        if (starts(file, 0, "GIF8")) {
            return Plain.decode("gif", file);
        }
        if (starts(file, 0, "BM")) {
            return Plain.decode("bmp", file);
        }
        if (file.length == 0) {
            throw new BrokenPicture("the file is empty");
        }
        throw new BrokenPicture(starts(file, 8, "WEBP") ? "it is a WebP picture, which is not read; convert it to PNG"
                : starts(file, 4, "ftyp") ? "it is a HEIF or AVIF picture, which is not read; convert it to PNG"
                : starts(file, 0, "II*\0") || starts(file, 0, "MM\0*") ? "it is a TIFF picture, which is not read; convert it to PNG"
                : "it is no picture: it begins with neither PNG's, JPEG's, GIF's nor BMP's signature");
    }

    private static boolean starts(byte[] file, int at, String magic) {
        byte[] bytes = magic.getBytes(StandardCharsets.ISO_8859_1);
        return file.length >= at + bytes.length && Arrays.equals(file, at, at + bytes.length, bytes, 0, bytes.length);
    }
}
