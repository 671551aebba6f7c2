package io.langevin.data;

import io.langevin.Batch;
import io.langevin.InvalidArgumentException;
import io.langevin.data.DataOptions.Part;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/// IDX, the format of MNIST and its family: 0, 0, type (8 is uint8), number of dimensions, their sizes (4 bytes each, big endian), the numbers. `NAME-images-idx3-ubyte` is
/// `[N, H, W]` (idx4: `[N, C, H, W]`), `NAME-labels-idx1-ubyte` is `[N]`; either may be packed (.gz). Label names: the lines of a `labels.txt` beside them, else the numbers.
final class Idx {
    private static final Pattern IMAGES = Pattern.compile("(.*)images[-.]idx([34])-ubyte(\\.gz)?");
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private Idx() {
    }

    static boolean isImages(Path file) {
        return IMAGES.matcher(file.getFileName().toString()).matches();
    }

    private static boolean isTest(Path file) {
        return file.getFileName().toString().matches(".*(t10k|test).*");
    }

    static boolean hasParts(List<Path> files) {
        List<Path> images = files.stream().filter(Idx::isImages).toList();
        return images.stream().anyMatch(Idx::isTest) && !images.stream().allMatch(Idx::isTest);
    }

    /// Of several files the one of the part.
    static ArraySet open(Path folder, List<Path> images, int channels, int height, int width, DataOptions options) throws IOException {
        List<Path> some = images.size() == 1 ? images : images.stream().filter(file -> isTest(file) == (options.part() == Part.TEST)).toList();
        // NAME and NAME.gz are the same
        List<Path> one = some.stream().filter(file -> !file.toString().endsWith(".gz") || !some.contains(Path.of(file.toString().replaceAll("\\.gz$", "")))).toList();
        if (one.size() != 1) {
            throw new InvalidArgumentException(folder + " has " + (one.isEmpty() ? "no" : one.size()) + " IDX files for the part " + options.part() + " ("
                    + String.join(", ", (one.isEmpty() ? images : one).stream().map(file -> file.getFileName().toString()).toList()) + "); give one of them in place of the folder");
        }
        return open(one.getFirst(), channels, height, width, options);
    }

    static ArraySet open(Path file, int channels, int height, int width, DataOptions options) throws IOException {
        MemorySegment images = Content.of(file);
        int[] shape = shape(file, images);
        if (shape.length != 3 && shape.length != 4) {
            throw new InvalidArgumentException(file + " has the shape " + Arrays.toString(shape) + "; pictures are [N, H, W] or [N, C, H, W]");
        }
        var stored = new ArraySet.Stored(Batch.Pixels.UINT8, shape.length == 4 ? shape[1] : 1, shape[shape.length - 2], shape[shape.length - 1]);
        Datasets.check(file, shape[0], stored, channels, height, width);
        Path beside = labels(file);
        int[] labels = beside == null ? null : readLabels(beside, shape[0], file);
        List<String> names = labels == null ? List.of() : Content.names(file.resolveSibling("labels.txt"), labels);
        List<String> notes = labels != null ? List.of() : List.of("no labels: there is no " + file.getFileName().toString().replaceAll("images([-.])idx[34]", "labels$1idx1") + " beside " + file);
        var run = new ArraySet.Run(images, 4 + 4L * shape.length, stored.bytes(), shape[0]);
        return new ArraySet(file + " (IDX)", List.of(run), stored, channels, height, width, options.background(), labels, names, notes);
    }

    /// The file of labels; null: there is none.
    private static Path labels(Path images) {
        String name = images.getFileName().toString().replaceAll("images([-.])idx[34]", "labels$1idx1").replaceAll("\\.gz$", "");
        Path plain = images.resolveSibling(name);
        Path packed = images.resolveSibling(name + ".gz");
        return Files.isRegularFile(plain) ? plain : Files.isRegularFile(packed) ? packed : null;
    }

    private static int[] readLabels(Path file, int count, Path images) throws IOException {
        MemorySegment all = Content.of(file);
        int[] shape = shape(file, all);
        if (shape.length != 1 || shape[0] != count) {
            throw new InvalidArgumentException(file + " has the shape " + Arrays.toString(shape) + ", but " + images + " has " + count + " pictures; they do not belong together");
        }
        var labels = new int[count];
        for (int i = 0; i < count; i++) {
            labels[i] = all.get(ValueLayout.JAVA_BYTE, 8L + i) & 0xFF;
        }
        return labels;
    }

    private static int[] shape(Path file, MemorySegment all) {
        int magic = all.byteSize() < 4 ? -1 : all.get(INT, 0);
        int dimensions = magic & 0xFF;
        if (magic >>> 16 != 0 || dimensions < 1 || dimensions > 4 || all.byteSize() < 4 + 4 * dimensions) {
            throw new InvalidArgumentException(file + " is no IDX file: it begins with " + (magic == -1 ? "fewer than 4 bytes" : String.format("0x%08x", magic)) + ", pictures with 0x00000803");
        }
        if ((magic >>> 8 & 0xFF) != 8) {
            throw new InvalidArgumentException(file + " holds numbers of IDX type " + (magic >>> 8 & 0xFF) + "; 8 (uint8) is read");
        }
        var shape = new int[dimensions];
        double wanted = 4 + 4 * dimensions;
        double size = 1;
        for (int d = 0; d < dimensions; d++) {
            shape[d] = all.get(INT, 4 + 4L * d);
            size *= shape[d];
            if (shape[d] < 1) {
                throw new InvalidArgumentException(file + " has the impossible shape " + Arrays.toString(Arrays.copyOf(shape, d + 1)));
            }
        }
        wanted += size;
        if (all.byteSize() != wanted) {
            throw new InvalidArgumentException(file + " has " + all.byteSize() + " bytes, its shape " + Arrays.toString(shape) + " wants " + String.format("%.0f", wanted) + "; fetch it again");
        }
        return shape;
    }
}
