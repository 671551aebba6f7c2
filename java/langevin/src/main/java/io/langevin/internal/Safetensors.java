package io.langevin.internal;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A safetensors file of one float32 tensor: 8 bytes length of the header (little endian), the header in JSON, padded with spaces to 8 bytes, the numbers.
public final class Safetensors {
    private Safetensors() {
    }

    public static void write(OutputStream out, String name, float[] values, int... shape) throws IOException {
        String header = "{\"" + name + "\":{\"dtype\":\"F32\",\"shape\":" + Arrays.toString(shape).replace(" ", "") + ",\"data_offsets\":[0," + 4L * values.length + "]}}";
        byte[] text = (header + " ".repeat((8 - header.length() % 8) % 8)).getBytes(StandardCharsets.US_ASCII);
        out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length).array());
        out.write(text);
        var some = ByteBuffer.allocate(1 << 14).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            some.putFloat(value);
            if (!some.hasRemaining()) {
                out.write(some.array());
                some.clear();
            }
        }
        out.write(some.array(), 0, some.position());
    }
}
