package io.langevin.parity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// A folder that holds a case.json. Its last name is the case's.
record GoldenCase(Path folder, Json.Obj fields) {
    static final String FILE = "case.json";

    private static final long LARGEST_JSON = 64L << 20;

    /// Every case folder in and under `directory`, in the order of their names.
    static List<Path> folders(Path directory) {
        var found = new ArrayList<Path>();
        try {
            Files.walkFileTree(directory.toRealPath(), Set.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    if (Files.exists(folder.resolve(FILE), LinkOption.NOFOLLOW_LINKS)) {
                        found.add(folder);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException reason) {
                    System.err.println("skipped " + file + ": " + reason);    // a circle of links, or not ours to read
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        found.sort(Comparator.comparing(GoldenCase::name).thenComparing(Path::toString));
        return found;
    }

    static String name(Path folder) {
        Path last = folder.getFileName();
        return last == null ? "/" : last.toString();
    }

    static GoldenCase read(Path folder) {
        Json json;
        try {
            json = Json.parse(bytes(folder.resolve(FILE), LARGEST_JSON));
        } catch (BrokenCase broken) {
            throw new BrokenCase(FILE + ": " + broken.getMessage());
        }
        if (!(json instanceof Json.Obj fields)) {
            throw new BrokenCase(FILE + " is not a JSON object");
        }
        return new GoldenCase(folder, fields);
    }

    String kind() {
        if (fields.has("kind") && fields.at("kind") instanceof Json.Text(String kind)) {
            return kind;
        }
        throw new BrokenCase(FILE + " has no \"kind\"");
    }

    Tensors tensors() {
        return Tensors.read(folder.resolve("tensors.safetensors"));
    }

    String text(String file) {
        return new String(bytes(folder.resolve(file), LARGEST_JSON), StandardCharsets.UTF_8);
    }

    /// A JSON file of the case, scheduler_config.json for one.
    Json.Obj json(String file) {
        try {
            return Json.parse(bytes(folder.resolve(file), LARGEST_JSON)) instanceof Json.Obj object ? object : fail("not a JSON object");
        } catch (BrokenCase broken) {
            throw new BrokenCase(file + ": " + broken.getMessage());
        }
    }

    static byte[] bytes(Path file, long largest) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new BrokenCase("there is no file " + file.getFileName());
            }
            if (Files.size(file) > largest) {
                throw new BrokenCase(file.getFileName() + " has " + Files.size(file) + " bytes, more than a case may have (" + largest + ")");
            }
            return Files.readAllBytes(file);
        } catch (IOException unreadable) {
            throw new BrokenCase(file.getFileName() + " cannot be read: " + unreadable);
        }
    }

    private static Json.Obj fail(String message) {
        throw new BrokenCase(message);
    }
}
