package io.langevin.cli;

import io.langevin.Images;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// Where pictures go, by the look of the name: `x.png` is a grid, `x.safetensors` a tensor, `folder/` numbered pictures.
sealed interface Output {
    /// Refuses before the work what cannot be written after it.
    void check(int channels);

    /// Writes, and returns the line for stdout.
    String write(Images images);

    record Grid(Path file) implements Output {
        @Override
        public void check(int channels) {
            checkColours(file, channels);
            checkFolderOf(file);
        }

        @Override
        public String write(Images images) {
            int columns = columns(images.count());
            images.grid(columns).writePng(file);
            int rows = (images.count() + columns - 1) / columns;
            return file + "  (" + count(images) + (images.count() > 1 ? ", " + columns + " x " + rows : "") + ")";
        }

        /// A grid about as wide as twice its height; without a ragged end where that is possible: 10 is 5 x 2, 16 is 4 x 4.
        static int columns(int count) {
            int square = (int) Math.ceil(Math.sqrt(count));
            for (int columns = square; columns <= 2.6 * square && columns <= count; columns++) {
                if (count % columns == 0) {
                    return columns;
                }
            }
            return square;
        }
    }

    record Tensor(Path file) implements Output {
        @Override
        public void check(int channels) {
            checkFolderOf(file);
        }

        @Override
        public String write(Images images) {
            images.writeSafetensors(file);
            return file + "  (float32 images [" + images.count() + ", " + images.channels() + ", " + images.height() + ", " + images.width() + "] in [-1, 1])";
        }
    }

    record Numbered(Path folder) implements Output {
        @Override
        public void check(int channels) {
            checkColours(folder, channels);
            checkFolder(folder);
        }

        @Override
        public String write(Images images) {
            create(folder);
            int digits = Math.max(4, Integer.toString(images.count() - 1).length());
            for (int i = 0; i < images.count(); i++) {
                images.image(i).writePng(folder.resolve(("%0" + digits + "d.png").formatted(i)));
            }
            return folder + "/  (" + count(images) + ")";
        }
    }

    /// @throws IllegalArgumentException for a name that says none of the three
    static Output of(String name) {
        Path path = Path.of(name);
        String small = name.toLowerCase(Locale.ROOT);
        if (!name.isEmpty() && (name.endsWith("/") || Files.isDirectory(path))) {
            return new Numbered(path);
        }
        if (small.endsWith(".png")) {
            return new Grid(path);
        }
        if (small.endsWith(".safetensors")) {
            return new Tensor(path);
        }
        throw new IllegalArgumentException("--out " + name + ": write x.png for a grid, x.safetensors for a tensor, or folder/ for numbered pictures");
    }

    /// Makes a folder, and those above it.
    static void create(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder + ": " + e, e);
        }
    }

    /// A folder that is there and can be written to, or can be made.
    static void checkFolder(Path folder) {
        Path there = folder.toAbsolutePath();
        while (!Files.exists(there)) {
            there = there.getParent();
        }
        checkWritable(folder, there);
    }

    /// A file whose folder is there and can be written to.
    static void checkFolderOf(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (!Files.exists(folder)) {
            throw refused(file, "there is no folder " + file.getParent() + ". Make it first:  mkdir -p " + file.getParent());
        }
        checkWritable(file, folder);
    }

    private static void checkWritable(Path what, Path folder) {
        if (!Files.isDirectory(folder)) {
            throw refused(what, folder + " is a file, not a folder");
        }
        if (!Files.isWritable(folder)) {
            throw refused(what, "you may not write to the folder " + folder + "; choose another, or change its permissions");
        }
    }

    private static void checkColours(Path path, int channels) {
        if (channels != 1 && channels != 3 && channels != 4) {
            throw refused(path, "a PNG has 1, 3 or 4 channels, this model's images have " + channels + ": write x.safetensors");
        }
    }

    private static UncheckedIOException refused(Path path, String why) {
        String message = "cannot write " + path + ": " + why;
        return new UncheckedIOException(message, new IOException(message));
    }

    private static String count(Images images) {
        return images.count() + (images.count() == 1 ? " image" : " images");
    }
}
