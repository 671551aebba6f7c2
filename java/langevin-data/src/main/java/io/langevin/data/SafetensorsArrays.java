package io.langevin.data;

import io.langevin.BadModelException;
import io.langevin.Batch;
import io.langevin.InvalidArgumentException;
import io.langevin.internal.Json;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// A safetensors file with a tensor `images`, `[N, C, H, W]`, of uint8 (0 to 255) or float32 (in [-1, 1]), and if it likes a tensor `labels`, `[N]`, of int64 or uint8, -1 for none. Label
/// names: the lines of a `labels.txt` beside it, else the numbers.
final class SafetensorsArrays {
    private static final long LARGEST_HEADER = 100_000_000;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private SafetensorsArrays() {
    }

    private record Tensor(String type, long[] shape, long from) {
    }

    static ArraySet open(Path file, int channels, int height, int width, DataOptions options) throws IOException {
        MemorySegment all = Content.of(file);
        Json.Obj header = header(file, all);
        if (header.isNull("images")) {
            throw new InvalidArgumentException(file + " has no tensor images; its tensors are " + String.join(", ", header.fields().keySet().stream().limit(8).toList())
                    + (header.fields().size() > 8 ? ", ..." : ""));
        }
        Tensor images = tensor(file, header, "images", all);
        long[] shape = images.shape;
        if (shape.length != 4 || !images.type.equals("U8") && !images.type.equals("F32") || Arrays.stream(shape).anyMatch(n -> n < 1 || n > Integer.MAX_VALUE)) {
            throw new InvalidArgumentException(file + ": images is " + images.type + " " + Arrays.toString(shape) + "; it has to be U8 or F32, [N, C, H, W]");
        }
        var stored = new ArraySet.Stored(images.type.equals("U8") ? Batch.Pixels.UINT8 : Batch.Pixels.FLOAT32, (int) shape[1], (int) shape[2], (int) shape[3]);
        Datasets.check(file, shape[0], stored, channels, height, width);
        int[] labels = header.isNull("labels") ? null : labels(file, tensor(file, header, "labels", all), all, (int) shape[0]);
        List<String> names = labels == null ? List.of() : Content.names(file.resolveSibling("labels.txt"), labels);
        var run = new ArraySet.Run(all, images.from, stored.bytes(), (int) shape[0]);
        return new ArraySet(file.toString(), List.of(run), stored, channels, height, width, options.background(), labels, names,
                stored.pixels() == Batch.Pixels.UINT8 ? List.of() : range(file, all, images, stored));
    }

    /// Floats from 0 to 1 or to 255 are a common mistake, and train silently to nonsense.
    private static List<String> range(Path file, MemorySegment all, Tensor images, ArraySet.Stored stored) {
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        long some = Math.min(images.shape[0], 16) * (stored.bytes() / Float.BYTES);
        for (long i = 0; i < some; i++) {
            float value = all.get(FLOAT, images.from + i * Float.BYTES);
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        return low >= -1 && low < 0 && high <= 1 ? List.of()
                : List.of(file + ": the first images have values from " + low + " to " + high + "; pictures of float32 are in [-1, 1], and are taken as they are");
    }

    private static int[] labels(Path file, Tensor tensor, MemorySegment all, int count) {
        boolean longs = tensor.type.equals("I64");
        if (!longs && !tensor.type.equals("U8") || tensor.shape.length != 1 || tensor.shape[0] != count) {
            throw new InvalidArgumentException(file + ": labels is " + tensor.type + " " + Arrays.toString(tensor.shape) + "; it has to be I64 or U8, [" + count + "], one for each image");
        }
        var labels = new int[count];
        for (int i = 0; i < count; i++) {
            long label = longs ? all.get(LONG, tensor.from + 8L * i) : all.get(ValueLayout.JAVA_BYTE, tensor.from + i) & 0xFF;
            if (label < -1 || label > 1_000_000) {
                throw new InvalidArgumentException(file + ": image " + i + " has the label " + label + "; labels are 0 to 1000000, and -1 for none");
            }
            labels[i] = (int) label;
        }
        return labels;
    }

    private static Json.Obj header(Path file, MemorySegment all) {
        long length = all.byteSize() < 8 ? -1 : all.get(LONG, 0);
        if (length < 0 || length > Math.min(all.byteSize() - 8, LARGEST_HEADER)) {
            throw new InvalidArgumentException(file + ": the length of its header does not fit into its " + all.byteSize() + " bytes; it is cut short or no safetensors file");
        }
        try {
            return Json.parseObject(file + ", header", StandardCharsets.UTF_8.newDecoder().decode(all.asSlice(8, length).asByteBuffer()).toString());
        } catch (CharacterCodingException e) {
            throw new InvalidArgumentException(file + ": its header is not UTF-8");
        } catch (BadModelException e) {
            throw new InvalidArgumentException(e.getMessage());
        }
    }

    private static Tensor tensor(Path file, Json.Obj header, String name, MemorySegment all) {
        try {
            Json.Obj entry = header.object(name);
            String type = entry.text("dtype");
            long[] shape = numbers(file + ": " + name, entry, "shape");
            long[] range = numbers(file + ": " + name, entry, "data_offsets");
            long data = 8 + all.get(LONG, 0);
            int width = type.equals("I64") ? 8 : type.equals("F32") ? 4 : 1;
            double wanted = width;
            for (long n : shape) {
                wanted *= n;
            }
            if (range.length != 2 || range[0] > range[1] || range[1] > all.byteSize() - data || (width > 1 || type.equals("U8")) && range[1] - range[0] != wanted) {
                throw new InvalidArgumentException(file + ": " + name + " is " + type + " " + Arrays.toString(shape) + " at " + Arrays.toString(range) + " of " + (all.byteSize() - data)
                        + " bytes, which does not fit; the file is cut short or damaged");
            }
            return new Tensor(type, shape, data + range[0]);
        } catch (BadModelException e) {
            throw new InvalidArgumentException(e.getMessage());
        }
    }

    /// Integers of 0 or more, also beyond 2^31.
    private static long[] numbers(String what, Json.Obj entry, String key) {
        if (entry.fields().get(key) instanceof Json.Arr(List<Json> items)) {
            return items.stream().mapToLong(item -> {
                if (item instanceof Json.Num(double value) && value >= 0 && value == Math.rint(value)) {
                    return (long) value;
                }
                throw new InvalidArgumentException(what + ": " + key + " has the entry " + item + ", it has to be an integer of 0 or more");
            }).toArray();
        }
        throw new InvalidArgumentException(what + " has no " + key);
    }
}
