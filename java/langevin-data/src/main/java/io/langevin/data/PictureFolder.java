package io.langevin.data;

import io.langevin.InvalidArgumentException;
import io.langevin.data.pictures.BrokenPicture;
import io.langevin.data.pictures.Fit;
import io.langevin.data.pictures.Picture;
import io.langevin.data.pictures.Pictures;
import io.langevin.internal.Unreadable;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A folder of pictures, at any depth. The label of a picture is the first folder on the way to it; names are sorted by their characters, so that the order is the same
/// everywhere. Pictures are decoded whenever they are loaded.
record PictureFolder(Path folder, List<String> files, List<String> labelNames, int[] labels, List<String> notes, int channels, int height, int width, int background) implements Dataset {
    private static final Set<String> READ = Set.of("png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp");
    private static final Set<String> NOT_READ = Set.of("webp", "tif", "tiff", "heic", "heif", "avif", "jxl", "jp2", "svg", "psd", "tga", "ppm", "pgm", "ico");

    /// What the parts of a data set are often called, which are no classes.
    private static final Set<String> PARTS = Set.of("train", "training", "test", "testing", "val", "valid", "validation");

    /// What a walk through a folder found.
    private static final class Found extends SimpleFileVisitor<Path> {
        final Path root;
        final List<String> pictures = new ArrayList<>();
        final List<String> convertible = new ArrayList<>();
        final List<String> others = new ArrayList<>();
        final List<String> closed = new ArrayList<>();

        Found(Path root) {
            this.root = root;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return !folder.equals(root) && hidden(folder) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (!hidden(file) && !attributes.isDirectory()) {
                String name = name(file);
                String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
                (READ.contains(ending) ? pictures : NOT_READ.contains(ending) ? convertible : others).add(name);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException why) {
            closed.add(name(file));
            return FileVisitResult.CONTINUE;
        }

        private String name(Path file) {
            return root.relativize(file).toString().replace(File.separatorChar, '/');
        }

        /// What systems leave in folders: .DS_Store, ._picture.png, .git, __MACOSX.
        private static boolean hidden(Path file) {
            String name = file.getFileName().toString();
            return name.startsWith(".") || name.equals("__MACOSX");
        }
    }

    /// @return null: there are no pictures
    static PictureFolder open(Path folder, int channels, int height, int width, DataOptions options) throws IOException {
        var found = new Found(folder);
        Files.walkFileTree(folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, found);
        if (found.pictures.isEmpty()) {
            return null;
        }
        if (channels > 4) {
            throw new InvalidArgumentException(folder + " is a folder of pictures, which have 1 to 4 channels (gray, gray and alpha, RGB, RGBA); the model asks for " + channels);
        }
        if (options.part() == DataOptions.Part.TEST) {
            throw new InvalidArgumentException(folder + " is a folder of pictures, which has no part to judge by; give the folder of those pictures itself");
        }
        Collections.sort(found.pictures);
        Map<String, Integer> numbers = new TreeMap<>();
        found.pictures.stream().filter(name -> name.indexOf('/') > 0).forEach(name -> numbers.put(name.substring(0, name.indexOf('/')), 0));
        List<String> names = List.copyOf(numbers.keySet());
        for (int i = 0; i < names.size(); i++) {
            numbers.put(names.get(i), i);
        }
        int[] labels = found.pictures.stream().mapToInt(name -> name.indexOf('/') < 0 ? -1 : numbers.get(name.substring(0, name.indexOf('/')))).toArray();
        return new PictureFolder(folder, List.copyOf(found.pictures), names, labels, notes(found, labels, names), channels, height, width, options.background());
    }

    private static List<String> notes(Found found, int[] labels, List<String> names) {
        var notes = new ArrayList<String>();
        note(notes, found.others, "no picture by its name, and is passed over", "no pictures by their names, and are passed over");
        note(notes, found.convertible, "of a kind that is not read, and is passed over; convert it to PNG", "of kinds that are not read, and are passed over; convert them to PNG");
        note(notes, found.closed, "closed to this user or a link in a circle, and is passed over", "closed to this user or links in a circle, and are passed over");
        long bare = names.isEmpty() ? 0 : Arrays.stream(labels).filter(label -> label < 0).count();
        if (bare > 0) {
            notes.add(bare == 1 ? "1 picture is in no sub-folder and has no label" : bare + " pictures are in no sub-folder and have no label");
        }
        if (!names.isEmpty() && PARTS.containsAll(names)) {
            notes.add("the sub-folders " + String.join(", ", names) + " are taken for classes; if they are parts of a data set, give one of them as the data");
        }
        return List.copyOf(notes);
    }

    private static void note(List<String> notes, List<String> files, String one, String several) {
        if (!files.isEmpty()) {
            Collections.sort(files);
            notes.add(files.size() == 1 ? "1 file (" + files.getFirst() + ") is " + one : files.size() + " files (" + files.getFirst() + ", ...) are " + several);
        }
    }

    @Override
    public int size() {
        return files.size();
    }

    @Override
    public int label(int index) {
        return labels[index];
    }

    @Override
    public String name(int index) {
        return files.get(index);
    }

    @Override
    public void load(int index, MemorySegment out) {
        Path file = folder.resolve(files.get(index));
        Picture picture;
        try {
            picture = Pictures.decode(Files.readAllBytes(file));
        } catch (BrokenPicture e) {
            throw new InvalidArgumentException(file + ": " + e.getMessage());
        } catch (NoSuchFileException e) {
            throw new InvalidArgumentException(file + ": the file is gone since the folder was listed");
        } catch (IOException e) {
            throw new InvalidArgumentException(file + ": " + Unreadable.why(e));
        }
        out.copyFrom(MemorySegment.ofArray(Fit.fit(picture, channels, height, width, background)));
    }

    @Override
    public String toString() {
        return folder + ": " + files.size() + " pictures in files" + Datasets.classes(labelNames) + ", made " + Datasets.shape(channels, height, width);
    }
}
