package io.langevin.data.pictures;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/// Files of pictures made by hand, for tests: PNG of every kind, and what is spliced into a JPEG.
public final class Made {
    private static final int[][] ADAM7 = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};

    private Made() {
    }

    /// A PNG of `samples` `[height, width, channels]`, each of `depth` bits. Rows are filtered by 0, 1, 2, 3, 4, 0, ...; `palette` and `transparency` are those chunks, or null.
    public static byte[] png(int width, int height, int depth, int type, boolean interlaced, int[] samples, byte[] palette, byte[] transparency) {
        int channels = samples.length / (width * height);
        var rows = new ByteArrayOutputStream();
        int filter = 0;
        for (int[] pass : interlaced ? ADAM7 : new int[][] {{0, 0, 1, 1}}) {
            int across = (width - pass[0] + pass[2] - 1) / pass[2];
            byte[] above = new byte[(Math.max(across, 0) * channels * depth + 7) / 8];
            for (int y = pass[1]; y < height && across > 0; y += pass[3]) {
                byte[] line = pack(samples, channels, depth, y * width + pass[0], pass[2], across);
                filter(rows, line, above, filter++ % 5, Math.max(1, channels * depth / 8));
                above = line;
            }
        }
        var file = new ByteArrayOutputStream();
        file.writeBytes("\u0089PNG\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1));
        chunk(file, "IHDR", ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) depth).put((byte) type).put((byte) 0).put((byte) 0).put((byte) (interlaced ? 1 : 0)).array());
        if (palette != null) {
            chunk(file, "PLTE", palette);
        }
        if (transparency != null) {
            chunk(file, "tRNS", transparency);
        }
        byte[] packed = deflate(rows.toByteArray());
        chunk(file, "IDAT", java.util.Arrays.copyOf(packed, packed.length / 2));         // in two chunks, as long PNGs are
        chunk(file, "IDAT", java.util.Arrays.copyOfRange(packed, packed.length / 2, packed.length));
        chunk(file, "IEND", new byte[0]);
        return file.toByteArray();
    }

    /// 8 bits, opaque: 1 channel is gray, 3 RGB; 2 and 4 have alpha.
    public static byte[] png(int width, int height, int channels, byte[] values) {
        var samples = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            samples[i] = values[i] & 0xFF;
        }
        return png(width, height, 8, new int[] {0, 4, 2, 6}[channels - 1], false, samples, null, null);
    }

    /// Of one colour, 0xRRGGBB.
    public static byte[] png(int width, int height, int rgb) {
        var values = new byte[width * height * 3];
        for (int i = 0; i < values.length; i += 3) {
            values[i] = (byte) (rgb >> 16);
            values[i + 1] = (byte) (rgb >> 8);
            values[i + 2] = (byte) rgb;
        }
        return png(width, height, 3, values);
    }

    private static byte[] pack(int[] samples, int channels, int depth, int pixel, int step, int across) {
        var line = new byte[(across * channels * depth + 7) / 8];
        for (int i = 0; i < across * channels; i++) {
            int value = samples[(pixel + i / channels * step) * channels + i % channels];
            for (int bit = 0; bit < depth; bit++) {
                int at = i * depth + bit;
                line[at / 8] |= (byte) ((value >> depth - 1 - bit & 1) << 7 - at % 8);
            }
        }
        return line;
    }

    private static void filter(ByteArrayOutputStream out, byte[] line, byte[] above, int filter, int pixel) {
        out.write(filter);
        for (int i = 0; i < line.length; i++) {
            int a = i < pixel ? 0 : line[i - pixel] & 0xFF;
            int b = above[i] & 0xFF;
            int c = i < pixel ? 0 : above[i - pixel] & 0xFF;
            int p = a + b - c;
            int paeth = Math.abs(p - a) <= Math.abs(p - b) && Math.abs(p - a) <= Math.abs(p - c) ? a : Math.abs(p - b) <= Math.abs(p - c) ? b : c;
            out.write(line[i] - new int[] {0, a, b, (a + b) / 2, paeth}[filter]);
        }
    }

    static byte[] deflate(byte[] all) {
        var packed = new ByteArrayOutputStream();
        try (var out = new DeflaterOutputStream(packed, new Deflater(9))) {
            out.write(all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    static void chunk(ByteArrayOutputStream out, String name, byte[] data) {
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        var crc = new CRC32();
        crc.update(bytes);
        crc.update(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        out.writeBytes(bytes);
        out.writeBytes(data);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    /// The file with a segment after its first two bytes.
    static byte[] spliced(byte[] jpeg, int marker, byte[] data) {
        return ByteBuffer.allocate(jpeg.length + 4 + data.length).put(jpeg, 0, 2).put((byte) 0xFF).put((byte) marker).putShort((short) (data.length + 2)).put(data).put(jpeg, 2, jpeg.length - 2)
                .array();
    }

    /// The segment in which Adobe's programs say what colours a JPEG has.
    static byte[] adobe(int transform) {
        return new byte[] {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform};
    }

    /// The segment in which a camera says how it was held.
    static byte[] exif(int orientation, boolean littleEndian) {
        ByteBuffer tiff = ByteBuffer.allocate(6 + 8 + 2 + 24 + 4);
        tiff.put("Exif\0\0".getBytes(StandardCharsets.US_ASCII));
        tiff.put((littleEndian ? "II" : "MM").getBytes(StandardCharsets.US_ASCII)).order(littleEndian ? java.nio.ByteOrder.LITTLE_ENDIAN : java.nio.ByteOrder.BIG_ENDIAN);
        tiff.putShort((short) 42).putInt(8).putShort((short) 2);
        tiff.putShort((short) 0x0100).putShort((short) 4).putInt(1).putInt(77);
        tiff.putShort((short) 0x0112).putShort((short) 3).putInt(1).putShort((short) orientation).putShort((short) 0);
        return tiff.array();
    }

    /// Bytes that look like nothing, always the same.
    public static byte[] noise(int count, long seed) {
        var values = new byte[count];
        new Random(seed).nextBytes(values);
        return values;
    }

    /// The first half of the SHA-256 of some bytes.
    public static String hash(byte[] values) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(values), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
