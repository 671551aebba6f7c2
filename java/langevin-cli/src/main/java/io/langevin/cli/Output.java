package io.langevin.cli;

import io.langevin.Images;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Where pictures go, by the look of the name: `x.png` is a grid, `x.safetensors` a tensor, `folder/` numbered pictures.
sealed interface Output {
    /// Writes, and returns the line for stdout.
    String write(Images images);

    record Grid(Path file) implements Output {
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
        public String write(Images images) {
            images.writeSafetensors(file);
            return file + "  (float32 images [" + images.count() + ", " + images.channels() + ", " + images.height() + ", " + images.width() + "] in [-1, 1])";
        }
    }

    record Numbered(Path folder) implements Output {
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
        if (name.endsWith("/") || Files.isDirectory(path)) {
            return new Numbered(path);
        }
        if (name.endsWith(".png")) {
            return new Grid(path);
        }
        if (name.endsWith(".safetensors")) {
            return new Tensor(path);
        }
        throw new IllegalArgumentException("--out " + name + ": write x.png for a grid, x.safetensors for a tensor, or folder/ for numbered pictures");
    }

    static void create(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder + ": " + e.getMessage(), e);
        }
    }

    private static String count(Images images) {
        return images.count() + (images.count() == 1 ? " image" : " images");
    }
}
