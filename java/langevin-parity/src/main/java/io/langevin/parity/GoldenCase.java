package io.langevin.parity;

import io.langevin.internal.Json;
import io.langevin.internal.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
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
import java.util.Map;
import java.util.Set;

/// A folder that holds a case.json. Its last name is the case's.
record GoldenCase(Path folder, Json.Obj fields) {
    static final String FILE = "case.json";

    private static final String TENSORS = "tensors.safetensors";
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
        return new GoldenCase(folder, Json.parseObject(FILE, text(folder, FILE)));
    }

    /// The keywords of a call of diffusers; none where the case has no such field.
    Json.Obj arguments(String key) {
        return fields.isNull(key) ? new Json.Obj(FILE, Map.of()) : fields.object(key);
    }

    Tensors tensors() {
        return new Tensors(Safetensors.parse(TENSORS, bytes(folder, TENSORS, Safetensors.LARGEST)));
    }

    /// A file of the case, scheduler_config.json for one.
    String text(String file) {
        return text(folder, file);
    }

    private static String text(Path folder, String file) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(folder, file, LARGEST_JSON))).toString();
        } catch (CharacterCodingException broken) {
            throw new BrokenCase(file + " is not UTF-8");
        }
    }

    private static byte[] bytes(Path folder, String name, long largest) {
        Path file = folder.resolve(name);
        try {
            if (!Files.isRegularFile(file)) {
                throw new BrokenCase("there is no file " + name);
            }
            if (Files.size(file) > largest) {
                throw new BrokenCase(name + " has " + Files.size(file) + " bytes, more than a case may have (" + largest + ")");
            }
            return Files.readAllBytes(file);
        } catch (IOException unreadable) {
            throw new BrokenCase(name + " cannot be read: " + unreadable);
        }
    }
}
