package io.langevin.data;

import io.langevin.Batch;
import io.langevin.InvalidArgumentException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.IntStream;

/// Pictures of one size, by number, each with a label or none. All methods may be called by any number of threads at once, and give the same every time.
///
/// [Datasets#open] makes them of files. Your own needs five methods:
///
/// ```java
/// record Stripes(int channels, int height, int width) implements Dataset {
///     public int size() { return 256; }
///     public void load(int index, MemorySegment out) { out.fill((byte) index); }
/// }
/// ```
public interface Dataset {
    /// How many pictures there are, 1 or more.
    int size();

    /// Of a picture: 1 is gray, 3 RGB.
    int channels();

    /// Of a picture, in pixels.
    int height();

    /// Of a picture, in pixels.
    int width();

    /// Writes picture `index`, `[channels, height, width]`: [#bytes] bytes, the whole of `out`.
    ///
    /// @throws InvalidArgumentException when this picture cannot be read; the message names it
    void load(int index, MemorySegment out);

    /// How pictures are given: bytes, unless said otherwise.
    default Batch.Pixels pixels() {
        return Batch.Pixels.UINT8;
    }

    /// What the labels 0, 1, 2, ... are called; empty: these pictures have no labels.
    default List<String> labelNames() {
        return List.of();
    }

    /// The label of picture `index`; -1: it has none.
    default int label(int index) {
        return -1;
    }

    /// What picture `index` is called, for messages.
    default String name(int index) {
        return "picture " + index;
    }

    /// Sentences that a user should read before training on these pictures: what was passed over, what is odd.
    default List<String> notes() {
        return List.of();
    }

    /// Bytes of a picture.
    default int bytes() {
        return Math.multiplyExact(Math.multiplyExact(Math.multiplyExact(channels(), height()), width()), pixels() == Batch.Pixels.UINT8 ? 1 : Float.BYTES);
    }

    /// Some of these pictures, in this order, by their numbers. Nothing is copied.
    ///
    /// @throws InvalidArgumentException for none
    default Dataset subset(int... indices) {
        return View.subset(this, indices);
    }

    /// The same pictures with the labels of another list: each label becomes the place of its name in `names`.
    ///
    /// @throws InvalidArgumentException for a name that is not there
    default Dataset withLabelNames(List<String> names) {
        return View.named(this, names);
    }

    /// All pictures, again and again, each time in another order that `seed` decides.
    default Shuffled shuffled(long seed) {
        return new Shuffled(this, seed);
    }

    /// These pictures, loaded here and now, with their labels if there are any.
    default Batch batch(int... indices) {
        MemorySegment all = Memory.of(this, indices.length);
        for (int i = 0; i < indices.length; i++) {
            Objects.checkIndex(indices[i], size());
            load(indices[i], all.asSlice((long) i * bytes(), bytes()));
        }
        Batch batch = Batch.of(all, pixels(), indices.length, channels(), height(), width());
        return labelNames().isEmpty() ? batch : batch.withLabels(IntStream.of(indices).map(this::label).toArray());
    }

    /// Tries every picture once. Those that cannot be read, by their numbers, each with the reason.
    default SortedMap<Integer, String> broken() {
        var found = new ConcurrentSkipListMap<Integer, String>();
        IntStream.range(0, size()).parallel().forEach(i -> {
            try {
                load(i, Memory.of(this, 1));
            } catch (InvalidArgumentException e) {
                found.put(i, e.getMessage());
            }
        });
        return found;
    }
}
