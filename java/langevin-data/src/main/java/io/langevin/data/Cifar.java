package io.langevin.data;

import io.langevin.Batch;
import io.langevin.InvalidArgumentException;
import io.langevin.data.DataOptions.Part;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/// CIFAR-10's binary files: records of a label (1 byte) and a picture (3 x 32 x 32 bytes). A folder has data_batch_1.bin to data_batch_5.bin to train on, test_batch.bin to judge by, and
/// batches.meta.txt with the names of the labels, a line each.
final class Cifar {
    private static final int CLASSES = 10;
    private static final ArraySet.Stored STORED = new ArraySet.Stored(Batch.Pixels.UINT8, 3, 32, 32);
    private static final long RECORD = 1 + STORED.bytes();

    private Cifar() {
    }

    static boolean isData(Path file) {
        return file.getFileName().toString().matches("data_batch_.*\\.bin|test_batch\\.bin");
    }

    static boolean hasParts(List<Path> files) {
        List<Path> data = files.stream().filter(Cifar::isData).toList();
        return data.stream().anyMatch(Cifar::isTest) && !data.stream().allMatch(Cifar::isTest);
    }

    private static boolean isTest(Path file) {
        return file.endsWith("test_batch.bin");
    }

    static ArraySet open(Path folder, List<Path> files, int channels, int height, int width, DataOptions options) throws IOException {
        List<Path> part = files.stream().filter(file -> isTest(file) == (options.part() == Part.TEST)).sorted().toList();
        if (part.isEmpty()) {
            throw new InvalidArgumentException(folder + " has no " + (options.part() == Part.TEST ? "test_batch.bin" : "data_batch_1.bin") + " of CIFAR-10");
        }
        ArraySet set = read(folder, part, channels, height, width, options);
        var missing = new ArrayList<String>();
        for (int i = 1; i <= 5 && options.part() == Part.TRAIN; i++) {
            if (!Files.isRegularFile(folder.resolve("data_batch_" + i + ".bin"))) {
                missing.add("data_batch_" + i + ".bin");
            }
        }
        return missing.isEmpty() ? set : new ArraySet(set.what(), set.runs(), STORED, channels, height, width, set.background(), set.labels(), set.labelNames(),
                List.of("without " + String.join(", ", missing) + ", which " + folder + " does not have"));
    }

    static ArraySet read(Path what, List<Path> files, int channels, int height, int width, DataOptions options) throws IOException {
        var runs = new ArrayList<ArraySet.Run>();
        int size = 0;
        for (Path file : files) {
            MemorySegment all = Content.of(file);
            if (all.byteSize() == 0 || all.byteSize() % RECORD != 0 || all.byteSize() / RECORD > Integer.MAX_VALUE - size) {
                throw new InvalidArgumentException(file + " has " + all.byteSize() + " bytes; CIFAR-10's are records of " + RECORD + " (a label, 3 x 32 x 32), 10000 in a file: fetch it again");
            }
            runs.add(new ArraySet.Run(all, 1, RECORD, (int) (all.byteSize() / RECORD)));
            size += runs.getLast().count();
        }
        Datasets.check(what, size, STORED, channels, height, width);
        var labels = new int[size];
        int at = 0;
        for (int f = 0; f < runs.size(); f++) {
            for (int i = 0; i < runs.get(f).count(); i++, at++) {
                labels[at] = runs.get(f).memory().get(ValueLayout.JAVA_BYTE, i * RECORD) & 0xFF;
                if (labels[at] >= CLASSES) {
                    throw new InvalidArgumentException(files.get(f) + ": picture " + i + " has the label " + labels[at] + ", CIFAR-10 has 0 to 9");
                }
            }
        }
        List<String> names = Content.names(files.getFirst().resolveSibling("batches.meta.txt"));
        if (names != null && names.size() != CLASSES) {
            throw new InvalidArgumentException(files.getFirst().resolveSibling("batches.meta.txt") + " has " + names.size() + " names, CIFAR-10 has " + CLASSES);
        }
        List<String> notes = names != null ? List.of() : List.of("labels are called 0 to 9: there is no batches.meta.txt with their names");
        return new ArraySet(what + " (CIFAR-10)", Collections.unmodifiableList(runs), STORED, channels, height, width, options.background(), labels,
                names != null ? names : IntStream.range(0, CLASSES).mapToObj(Integer::toString).toList(), notes);
    }
}
