package io.langevin.data;

import io.langevin.InvalidArgumentException;
import io.langevin.internal.Unreadable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Opens data sets by what they are.
public final class Datasets {
    private static final String KINDS = "a folder of PNG, JPEG, GIF or BMP pictures (sub-folders are labels), an IDX file or a folder of them (train-images-idx3-ubyte.gz, as MNIST), "
            + "CIFAR-10's binary folder (data_batch_1.bin), or a .safetensors file with a tensor images [N, C, H, W] of uint8 or float32";

    private Datasets() {
    }

    /// The pictures at `path`, on white, the part to train on.
    public static Dataset open(Path path, int channels, int height, int width) {
        return open(path, channels, height, width, DataOptions.defaults());
    }

    /// The pictures at `path`, made to fit: scaled so that they cover height x width, the middle cut out, in gray (1 channel) or RGB (3), or with alpha (2, 4).
    ///
    /// @throws InvalidArgumentException for a path that is none of the kinds, or whose files are damaged or of no use for this shape
    public static Dataset open(Path path, int channels, int height, int width, DataOptions options) {
        if (channels < 1 || height < 1 || width < 1 || (double) channels * height * width > Integer.MAX_VALUE / 4 || height > 1 << 14 || width > 1 << 14) {
            throw new InvalidArgumentException("pictures of " + shape(channels, height, width) + " (channels, height, width); each is 1 or more, height and width at most 16384");
        }
        try {
            Dataset data = find(path, channels, height, width, options);
            // What lies in memory as the model wants it is not kept twice.
            boolean ready = data instanceof ArraySet(_, _, ArraySet.Stored stored, _, _, _, _, _, _, _) && stored.channels() == channels && stored.height() == height && stored.width() == width;
            return ready || (double) data.size() * data.bytes() > Math.min(options.cache(), Runtime.getRuntime().maxMemory() / 4) ? data : new Cached(data);
        } catch (AccessDeniedException e) {
            throw new InvalidArgumentException(e.getFile() + ": this user may not read it");
        } catch (IOException | UncheckedIOException e) {
            throw new InvalidArgumentException(path + " cannot be read: " + e.getMessage());
        }
    }

    /// Whether the data set at `path` comes in two parts, pictures to train on and pictures to judge by, as the folders of MNIST and CIFAR-10 do. Then both can be opened
    /// ([DataOptions#withPart]).
    ///
    /// @throws InvalidArgumentException for a folder that cannot be listed
    public static boolean hasParts(Path path) {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try {
            List<Path> files = files(path);
            return Idx.hasParts(files) || files.stream().noneMatch(Idx::isImages) && Cifar.hasParts(files);
        } catch (IOException e) {
            throw new InvalidArgumentException(path + ": " + Unreadable.why(e));
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static Dataset find(Path path, int channels, int height, int width, DataOptions options) throws IOException {
        if (!Files.exists(path)) {
            throw new InvalidArgumentException(path + " does not exist" + (path.isAbsolute() ? "" : " in " + Path.of("").toAbsolutePath()) + ". Data is " + KINDS);
        }
        return Files.isDirectory(path) ? folder(path, channels, height, width, options) : file(path, channels, height, width, options);
    }

    private static Dataset folder(Path folder, int channels, int height, int width, DataOptions options) throws IOException {
        List<Path> files = files(folder);
        List<Path> idx = files.stream().filter(Idx::isImages).toList();
        if (!idx.isEmpty()) {
            return Idx.open(folder, idx, channels, height, width, options);
        }
        List<Path> cifar = files.stream().filter(Cifar::isData).toList();
        if (!cifar.isEmpty()) {
            return Cifar.open(folder, cifar, channels, height, width, options);
        }
        List<Path> tensors = files.stream().filter(file -> file.toString().endsWith(".safetensors")).toList();
        if (tensors.size() == 1) {
            return SafetensorsArrays.open(tensors.getFirst(), channels, height, width, options);
        }
        PictureFolder pictures = PictureFolder.open(folder, channels, height, width, options);
        if (pictures != null) {
            return pictures;
        }
        throw new InvalidArgumentException(folder + hint(folder, files, tensors) + ". Data is " + KINDS);
    }

    private static String hint(Path folder, List<Path> files, List<Path> tensors) {
        if (tensors.size() > 1) {
            return " has " + tensors.size() + " .safetensors files; give one of them";
        }
        if (Files.exists(folder.resolve("data_batch_1"))) {
            return " is CIFAR-10 in its Python version, which is not read; fetch the binary version (cifar-10-binary.tar.gz)";
        }
        if (Files.isDirectory(folder.resolve("cifar-10-batches-bin"))) {
            return " holds CIFAR-10 in its folder cifar-10-batches-bin; give that";
        }
        for (Path file : files) {
            String name = file.getFileName().toString();
            if (archive(name)) {
                return " holds " + name + ", which has to be unpacked first";
            }
            if (name.endsWith(".parquet")) {
                return " holds parquet files (" + name + ", ...), which are not read; write their pictures into a folder";
            }
        }
        return " holds " + files.size() + " files, none of them pictures that can be read";
    }

    private static Dataset file(Path file, int channels, int height, int width, DataOptions options) throws IOException {
        String name = file.getFileName().toString();
        if (name.endsWith(".safetensors")) {
            return SafetensorsArrays.open(file, channels, height, width, options);
        }
        if (Idx.isImages(file)) {
            return Idx.open(file, channels, height, width, options);
        }
        if (Cifar.isData(file)) {
            return Cifar.read(file, List.of(file), channels, height, width, options);
        }
        throw new InvalidArgumentException(file + (archive(name) ? " is an archive, which has to be unpacked first" : " is a file of a kind that is not read, or one picture") + ". Data is " + KINDS);
    }

    private static boolean archive(String name) {
        return name.matches(".*\\.(zip|tar|tgz|7z|rar|tar\\.(gz|xz|bz2|zst))");
    }

    /// Refuses arrays that cannot become what the model asks for.
    static void check(Path file, long count, ArraySet.Stored stored, int channels, int height, int width) {
        String refusal = count > Integer.MAX_VALUE || stored.bytes() > Integer.MAX_VALUE - 8 ? "at most 2147483647 pictures of as many bytes are read" : stored.refuses(channels, height, width);
        if (refusal != null) {
            throw new InvalidArgumentException(file + " has " + count + " images of " + shape(stored.channels(), stored.height(), stored.width()) + " (channels, height, width); " + refusal);
        }
    }

    /// `3 x 32 x 32`
    static String shape(int channels, int height, int width) {
        return channels + " x " + height + " x " + width;
    }

    /// `, 9 classes (activities, animals-nature, ...)`
    static String classes(List<String> names) {
        return names.isEmpty() ? ", no labels" : ", " + names.size() + (names.size() == 1 ? " class (" : " classes (") + String.join(", ", names.subList(0, Math.min(10, names.size())))
                + (names.size() > 10 ? ", ...)" : ")");
    }
}
