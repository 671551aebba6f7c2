package io.langevin.data;

import io.langevin.Batch;
import io.langevin.InvalidArgumentException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/// Pictures of another data set: some of them, in an order of one's own, or under other labels. Nothing is copied.
///
/// @param data    whose they are
/// @param indices picture i is picture `indices[i]` of the data
/// @param names   what its labels are called
/// @param renamed the label here of each label of the data
record View(Dataset data, int[] indices, List<String> names, int[] renamed) implements Dataset {
    static View subset(Dataset data, int[] indices) {
        if (indices.length == 0) {
            throw new InvalidArgumentException("none of the " + data.size() + " pictures of " + data + "; a data set has 1 or more");
        }
        for (int index : indices) {
            Objects.checkIndex(index, data.size());
        }
        return new View(data, indices.clone(), data.labelNames(), IntStream.range(0, data.labelNames().size()).toArray());
    }

    static View named(Dataset data, List<String> names) {
        List<String> unknown = data.labelNames().stream().filter(name -> !names.contains(name)).toList();
        if (!unknown.isEmpty()) {
            throw new InvalidArgumentException(data + " has classes (" + String.join(", ", unknown) + ") that are not among " + String.join(", ", names)
                    + ": rename their folders, or take them away");
        }
        return new View(data, IntStream.range(0, data.size()).toArray(), List.copyOf(names), data.labelNames().stream().mapToInt(names::indexOf).toArray());
    }

    @Override
    public int size() {
        return indices.length;
    }

    @Override
    public int channels() {
        return data.channels();
    }

    @Override
    public int height() {
        return data.height();
    }

    @Override
    public int width() {
        return data.width();
    }

    @Override
    public void load(int index, MemorySegment out) {
        data.load(indices[index], out);
    }

    @Override
    public Batch.Pixels pixels() {
        return data.pixels();
    }

    @Override
    public List<String> labelNames() {
        return names;
    }

    @Override
    public int label(int index) {
        int label = data.label(indices[index]);
        return label < 0 ? label : renamed[label];
    }

    @Override
    public String name(int index) {
        return data.name(indices[index]);
    }

    @Override
    public List<String> notes() {
        return data.notes();
    }

    @Override
    public String toString() {
        return size() == data.size() ? data.toString() : size() + " of " + data;
    }
}
