package io.langevin.evaluate;

import io.langevin.data.Dataset;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;

/// Pictures of 8 x 8 with a bright column for the class, and noise.
///
/// @param size   pictures; picture i is of class i % classes
/// @param labels what the classes are called; empty: pictures of three classes that do not say so
record Squares(int size, List<String> labels, long seed) implements Dataset {
    static final List<String> THREE = List.of("left", "middle", "right");

    static Squares of(int size, long seed) {
        return new Squares(size, THREE, seed);
    }

    @Override
    public int channels() {
        return 1;
    }

    @Override
    public int height() {
        return 8;
    }

    @Override
    public int width() {
        return 8;
    }

    @Override
    public List<String> labelNames() {
        return labels;
    }

    @Override
    public int label(int index) {
        return labels.isEmpty() ? -1 : index % labels.size();
    }

    @Override
    public void load(int index, MemorySegment out) {
        var random = new Random(seed * 1_000_003 + index);
        var bytes = new byte[64];
        int column = 1 + 2 * (index % 3);
        for (int i = 0; i < 64; i++) {
            bytes[i] = (byte) (i % 8 == column || i % 8 == column + 1 ? 150 + random.nextInt(100) : random.nextInt(60));
        }
        out.copyFrom(MemorySegment.ofArray(bytes));
    }
}
