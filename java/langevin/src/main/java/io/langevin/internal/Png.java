package io.langevin.internal;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/// A PNG file (RFC 2083): 8 bits, gray (1 channel), RGB (3) or RGBA (4). Each row is written as its difference to the row above ("up", filter 2), which
/// packs smooth pictures several times smaller than no filter.
public final class Png {
    private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    private static final int UP = 2;

    private Png() {
    }

    /// @param pixels [height, width, channels]
    public static void write(OutputStream out, int height, int width, int channels, byte[] pixels) throws IOException {
        var data = new DataOutputStream(out);
        data.write(SIGNATURE);
        var header = new ByteArrayOutputStream();
        var fields = new DataOutputStream(header);
        fields.writeInt(width);
        fields.writeInt(height);
        fields.writeByte(8);                                               // bits
        fields.writeByte(channels == 1 ? 0 : channels == 3 ? 2 : 6);       // colour type
        fields.write(new byte[3]);                                         // deflate, the five filters, not interlaced
        chunk(data, "IHDR", header.toByteArray());
        chunk(data, "IDAT", packed(height, width * channels, pixels));
        chunk(data, "IEND", new byte[0]);
        data.flush();
    }

    private static byte[] packed(int height, int stride, byte[] pixels) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var deflater = new Deflater();
        try (var out = new DeflaterOutputStream(bytes, deflater, 1 << 14)) {
            var row = new byte[1 + stride];
            row[0] = UP;
            for (int y = 0; y < height; y++) {
                int at = y * stride;
                for (int i = 0; i < stride; i++) {
                    row[1 + i] = (byte) (pixels[at + i] - (y > 0 ? pixels[at + i - stride] : 0));
                }
                out.write(row);
            }
        } finally {
            deflater.end();
        }
        return bytes.toByteArray();
    }

    private static void chunk(DataOutputStream out, String type, byte[] content) throws IOException {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        var crc = new CRC32();
        crc.update(name);
        crc.update(content);
        out.writeInt(content.length);
        out.write(name);
        out.write(content);
        out.writeInt((int) crc.getValue());
    }
}
