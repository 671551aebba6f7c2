package io.langevin.data;

import io.langevin.InvalidArgumentException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/// What is in a file.
final class Content {
    /// Bytes of the largest packed file that is read: it is unpacked into one array.
    private static final int LARGEST = Integer.MAX_VALUE - 8;

    private Content() {
    }

    /// A whole file: mapped, so that pages are read when they are used, or unpacked where its name ends in .gz.
    static MemorySegment of(Path file) throws IOException {
        if (!file.toString().endsWith(".gz")) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            }
        }
        try (InputStream packed = Files.newInputStream(file); InputStream in = new GZIPInputStream(packed, 1 << 16)) {
            byte[] all = in.readNBytes(LARGEST);
            if (all.length == LARGEST) {
                throw new InvalidArgumentException(file + " holds 2 GiB or more; unpack it first:  gunzip " + file);
            }
            return MemorySegment.ofArray(all);
        } catch (EOFException | ZipException e) {
            throw new InvalidArgumentException(file + ": the packed file is damaged or cut short (" + e.getMessage() + "); fetch it again");
        }
    }

    /// Names of labels, a line each, of a text that stands beside a data set; null: there is none.
    static List<String> names(Path file) throws IOException {
        return Files.isRegularFile(file) ? Files.readString(file).lines().map(String::strip).filter(line -> !line.isEmpty()).toList() : null;
    }

    /// As many names as the labels need: those of the file, or their numbers.
    static List<String> names(Path file, int[] labels) throws IOException {
        int classes = 0;
        for (int label : labels) {
            classes = Math.max(classes, label + 1);
        }
        List<String> names = names(file);
        if (names != null && names.size() < classes) {
            throw new InvalidArgumentException(file + " has " + names.size() + " names, there are labels up to " + (classes - 1));
        }
        return names != null ? names : IntStream.range(0, classes).mapToObj(Integer::toString).toList();
    }
}
