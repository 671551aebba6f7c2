package io.langevin.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/// Files that are there whole or not at all, also after a power cut: written under another name, flushed to the disk, renamed, and the folder flushed.
final class Durable {
    private static final String PART = ".part";

    private Durable() {
    }

    @FunctionalInterface
    interface Content {
        void write(FileChannel file) throws IOException;
    }

    /// Whether a file is what a process that was killed left behind: of this class, or hidden, of the library's writers (.part) or the engine's (.tmp).
    static boolean unfinished(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(PART) || name.startsWith(".") && name.endsWith(".tmp");
    }

    /// Deletes those of a folder.
    static void cleanUp(Path folder) {
        try (Stream<Path> files = Files.isDirectory(folder) ? Files.list(folder) : Stream.empty()) {
            for (Path file : files.filter(Durable::unfinished).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw failed("clean up", folder, e);
        }
    }

    static void write(Path file, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        write(file, -1, channel -> all(channel, ByteBuffer.wrap(bytes)));
    }

    /// @param step for [Fault]; -1: none
    static void write(Path file, long step, Content content) {
        Path part = file.resolveSibling(file.getFileName() + PART);
        try {
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                content.write(channel);
                Fault.at(Fault.FSYNC, step);
                channel.force(true);
            }
            Fault.at(Fault.RENAME, step);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Fault.at(Fault.RENAMED, step);
            flushFolder(file.toAbsolutePath().getParent());
        } catch (IOException e) {
            try {
                Files.deleteIfExists(part);         // of a full disk that is the room that is missing
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            throw failed("write", file, e);
        }
    }

    static void all(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// So that names that were given or taken away survive a power cut.
    static void flushFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    static void createFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw failed("make", folder, e);
        }
    }

    /// `cannot write runs/first/loss.csv: No space left on device`
    static UncheckedIOException failed(String what, Path file, IOException why) {
        String reason = switch (why) {
            case AccessDeniedException denied -> "this user may not (" + denied.getFile() + "); choose another place, or change its permissions";
            case NoSuchFileException missing -> "there is no " + missing.getFile();
            default -> String.valueOf(why.getMessage());
        };
        boolean full = reason.contains("No space left") || reason.contains("quota");
        return new UncheckedIOException("cannot " + what + " " + file + ": " + reason + (full ? "; make room and go on with --resume" : ""), why);
    }
}
