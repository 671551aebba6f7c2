package io.langevin.internal;

import io.langevin.BadModelException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Small safetensors files: 8 bytes length of the header (little endian), the header in JSON, padded with spaces to 8 bytes, the numbers. Weights are read by the
/// native library; this is for images and recorded tensors.
public final class Safetensors {
    /// Bytes of the largest file that is read.
    public static final long LARGEST = 1L << 30;

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
            if (Files.size(file) > LARGEST) {
                throw new BadModelException(file + ": it has " + Files.size(file) + " bytes, at most " + LARGEST + " are read");
            }
            return parse(file.toString(), Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new BadModelException(file + ": there is no such file");
        } catch (IOException e) {
            throw new BadModelException(file + ": " + Unreadable.why(e));
        }
    }

    /// The same for what was in a file; `source` names it in errors.
    public static Map<String, Tensor> parse(String source, byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        long length = file.length < 8 ? -1 : bytes.getLong(0);
        if (length < 0 || length > file.length - 8) {
            throw new BadModelException(source + ": the length of its header does not fit into its " + file.length + " bytes");
        }
        ByteBuffer data = bytes.slice(8 + (int) length, file.length - 8 - (int) length);
        var tensors = new LinkedHashMap<String, Tensor>();
        try {
            Json.Obj header = Json.parseObject("header", StandardCharsets.UTF_8.newDecoder().decode(bytes.slice(8, (int) length)).toString());
            for (String name : header.fields().keySet()) {
                if (!name.equals("__metadata__")) {
                    tensors.put(name, tensor(new Json.Obj("tensor " + name, header.object(name).fields()), data));
                }
            }
        } catch (CharacterCodingException e) {
            throw new BadModelException(source + ": the header is not UTF-8");
        } catch (BadModelException e) {
            throw new BadModelException(source + ": " + e.getMessage());
        }
        return tensors;
    }

    private static Tensor tensor(Json.Obj entry, ByteBuffer data) {
        String type = entry.text("dtype");
        if (!type.equals("F32") && !type.equals("I64")) {
            throw new BadModelException(entry.source() + " is " + type + ", F32 and I64 are read");
        }
        int width = type.equals("F32") ? Float.BYTES : Long.BYTES;
        int[] shape = entry.integers("shape");
        int[] range = entry.integers("data_offsets");
        long elements = 1;
        for (int size : shape) {
            elements = size < 0 || elements > Integer.MAX_VALUE ? -1 : elements * size;
            if (elements < 0) {
                throw new BadModelException(entry.source() + " has the impossible shape " + Arrays.toString(shape));
            }
        }
        if (range.length != 2 || range[0] < 0 || range[1] > data.capacity() || (long) range[1] - range[0] != elements * width) {
            throw new BadModelException(entry.source() + " has shape " + Arrays.toString(shape) + " and data_offsets " + Arrays.toString(range) + " in "
                    + data.capacity() + " bytes");
        }
        ByteBuffer numbers = data.slice(range[0], range[1] - range[0]).order(ByteOrder.LITTLE_ENDIAN);
        if (width == Float.BYTES) {
            var floats = new float[(int) elements];
            numbers.asFloatBuffer().get(floats);
            return new Tensor(shape, floats, null);
        }
        var longs = new long[(int) elements];
        numbers.asLongBuffer().get(longs);
        return new Tensor(shape, null, longs);
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
