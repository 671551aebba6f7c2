package io.langevin.internal;

import io.langevin.BadModelException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Small safetensors files: 8 bytes length of the header (little endian), the header in JSON, padded with spaces to 8 bytes, the numbers. Weights are read by the
/// native library; this is for images and recorded tensors.
public final class Safetensors {
    private static final long LARGEST_FILE = 1L << 30;

    private Safetensors() {
    }

    /// One of `floats` and `longs` holds the numbers, row-major; the other is null.
    public record Tensor(int[] shape, float[] floats, long[] longs) {
    }

    /// All tensors of a file of float32 and int64, in its order.
    ///
    /// @throws BadModelException naming the file and what is wrong with it
    public static Map<String, Tensor> read(Path file) {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new BadModelException("it has " + Files.size(file) + " bytes, at most " + LARGEST_FILE + " are read");
            }
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            long length = bytes.capacity() < 8 ? -1 : bytes.getLong(0);
            if (length < 0 || length > bytes.capacity() - 8) {
                throw new BadModelException("the length of its header does not fit into its " + bytes.capacity() + " bytes");
            }
            String header = StandardCharsets.UTF_8.decode(bytes.slice(8, (int) length)).toString();
            ByteBuffer data = bytes.slice(8 + (int) length, bytes.capacity() - 8 - (int) length);
            var tensors = new LinkedHashMap<String, Tensor>();
            Json.parse("header", header).object().fields().forEach((name, entry) -> {
                if (!name.equals("__metadata__")) {
                    tensors.put(name, tensor(name, entry.object(), data));
                }
            });
            return tensors;
        } catch (IOException e) {
            throw new BadModelException(file + " cannot be read: " + e);
        } catch (BadModelException e) {
            throw new BadModelException(file + ": " + e.getMessage());
        }
    }

    private static Tensor tensor(String name, Json.Obj entry, ByteBuffer data) {
        String type = entry.text("dtype", "");
        if (!type.equals("F32") && !type.equals("I64")) {
            throw new BadModelException("tensor " + name + " is " + type + ", F32 and I64 are read");
        }
        int width = type.equals("F32") ? Float.BYTES : Long.BYTES;
        long[] shape = integers(name, entry, "shape");
        long[] range = integers(name, entry, "data_offsets");
        long elements = 1;
        for (long size : shape) {
            elements = size < 0 || size > Integer.MAX_VALUE || elements > Integer.MAX_VALUE ? -1 : elements * size;
            if (elements < 0) {
                throw new BadModelException("tensor " + name + " has the impossible shape " + Arrays.toString(shape));
            }
        }
        if (range.length != 2 || range[0] < 0 || range[1] > data.capacity() || range[1] - range[0] != elements * width) {
            throw new BadModelException("tensor " + name + " has shape " + Arrays.toString(shape) + " and data_offsets " + Arrays.toString(range) + " in "
                    + data.capacity() + " bytes");
        }
        ByteBuffer numbers = data.slice((int) range[0], (int) (range[1] - range[0])).order(ByteOrder.LITTLE_ENDIAN);
        int[] sizes = Arrays.stream(shape).mapToInt(size -> (int) size).toArray();
        if (width == Float.BYTES) {
            var floats = new float[(int) elements];
            numbers.asFloatBuffer().get(floats);
            return new Tensor(sizes, floats, null);
        }
        var longs = new long[(int) elements];
        numbers.asLongBuffer().get(longs);
        return new Tensor(sizes, null, longs);
    }

    private static long[] integers(String tensor, Json.Obj entry, String key) {
        if (!(entry.fields().get(key) instanceof Json.Arr(var items))) {
            throw new BadModelException("tensor " + tensor + " has no list " + key);
        }
        return items.stream().mapToLong(item -> {
            if (item instanceof Json.Num(double value) && value == Math.rint(value) && Math.abs(value) < 0x1p53) {
                return (long) value;
            }
            throw new BadModelException("tensor " + tensor + ": " + key + " holds " + item + ", wanted whole numbers");
        }).toArray();
    }

    /// Writes a file of one float32 tensor.
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
