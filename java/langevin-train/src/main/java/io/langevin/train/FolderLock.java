package io.langevin.train;

import io.langevin.InvalidArgumentException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// That this process has a run's folder. It goes with the process, however that ends.
record FolderLock(Path file, FileChannel channel) {
    static final String FILE = ".lock";

    /// @throws InvalidArgumentException when another has it
    static FolderLock of(Path folder) {
        Path file = folder.resolve(FILE);
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                channel.close();
                throw new InvalidArgumentException(folder + " is being trained by another process; wait for it, or end it");
            }
            return new FolderLock(file, channel);
        } catch (IOException e) {
            throw Durable.failed("lock", file, e);
        }
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException here) {
            return null;
        }
    }

    void release() {
        try {
            channel.close();
        } catch (IOException e) {
            throw Durable.failed("unlock", file, e);
        }
    }
}
