package io.langevin.parity;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// A safetensors file of a case: eight bytes with the header's length, the header as JSON, the numbers. float32 and int64, row-major.
record Tensors(Map<String, Tensor> byName) {
    private static final long LARGEST_FILE = 1L << 30;

    /// One of `floats` and `longs` holds the numbers, the other is null.
    record Tensor(int[] shape, float[] floats, long[] longs) {
        int elements() {
            return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        }

        /// Entry i of the first axis.
        float[] slice(int i) {
            int size = elements() / shape[0];
            return Arrays.copyOfRange(floats, i * size, (i + 1) * size);
        }
    }

    Set<String> names() {
        return byName.keySet();
    }

    boolean has(String name) {
        return byName.containsKey(name);
    }

    /// A float32 tensor with `axes` axes.
    Tensor floats(String name, int axes) {
        return of(name, axes, "float32");
    }

    /// An int64 tensor with `axes` axes.
    Tensor longs(String name, int axes) {
        return of(name, axes, "int64");
    }

    private Tensor of(String name, int axes, String type) {
        Tensor tensor = byName.get(name);
        if (tensor == null) {
            throw new BrokenCase("tensors.safetensors has no tensor " + name);
        }
        if ((tensor.floats() == null) != type.equals("int64")) {
            throw new BrokenCase("tensor " + name + " is not " + type);
        }
        if (tensor.shape().length != axes) {
            throw new BrokenCase("tensor " + name + " has shape " + Arrays.toString(tensor.shape()) + ", wanted " + axes + " axes");
        }
        return tensor;
    }

    static Tensors read(Path file) {
        byte[] bytes = GoldenCase.bytes(file, LARGEST_FILE);
        ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        try {
            long length = bytes.length < 8 ? -1 : all.getLong(0);
            if (length < 0 || length > bytes.length - 8) {
                throw new BrokenCase("the header's length does not fit into the file");
            }
            if (!(Json.parse(Arrays.copyOfRange(bytes, 8, 8 + (int) length)) instanceof Json.Obj header)) {
                throw new BrokenCase("the header is not a JSON object");
            }
            ByteBuffer data = all.slice(8 + (int) length, bytes.length - 8 - (int) length).order(ByteOrder.LITTLE_ENDIAN);
            var tensors = new LinkedHashMap<String, Tensor>();
            for (String name : header.members().keySet()) {
                if (!name.equals("__metadata__")) {
                    tensors.put(name, tensor(header.object(name), data));
                }
            }
            return new Tensors(tensors);
        } catch (BrokenCase broken) {
            throw new BrokenCase(file.getFileName() + ": " + broken.getMessage());
        }
    }

    private static Tensor tensor(Json.Obj entry, ByteBuffer data) {
        String type = entry.text("dtype");
        int width = switch (type) {
            case "F32" -> Float.BYTES;
            case "I64" -> Long.BYTES;
            default -> throw new BrokenCase("dtype " + type + ", wanted F32 or I64");
        };
        long[] shape = entry.integers("shape");
        long[] range = entry.integers("data_offsets");
        long elements = 1;
        for (long size : shape) {
            if (size < 0 || size > Integer.MAX_VALUE || (elements *= size) > Integer.MAX_VALUE) {
                throw new BrokenCase("shape " + Arrays.toString(shape) + " is impossible");
            }
        }
        if (range.length != 2 || range[0] < 0 || range[1] > data.capacity() || range[1] - range[0] != elements * width) {
            throw new BrokenCase("data_offsets " + Arrays.toString(range) + " do not fit shape " + Arrays.toString(shape) + " in "
                    + data.capacity() + " bytes");
        }
        ByteBuffer numbers = data.slice((int) range[0], (int) (range[1] - range[0])).order(ByteOrder.LITTLE_ENDIAN);
        int[] sizes = Arrays.stream(shape).mapToInt(size -> (int) size).toArray();
        if (width == Float.BYTES) {
            float[] floats = new float[(int) elements];
            numbers.asFloatBuffer().get(floats);
            return new Tensor(sizes, floats, null);
        }
        long[] longs = new long[(int) elements];
        numbers.asLongBuffer().get(longs);
        return new Tensor(sizes, null, longs);
    }
}
