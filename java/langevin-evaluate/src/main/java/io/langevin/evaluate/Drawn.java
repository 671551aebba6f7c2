package io.langevin.evaluate;

import io.langevin.Images;
import io.langevin.InvalidArgumentException;
import io.langevin.data.Dataset;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/// Pictures that were drawn, as a data set: rounded to bytes, as a PNG file would have them. Their labels are the classes that were asked for.
///
/// @param images     the pictures
/// @param labelNames of the classes; empty: none were asked for
/// @param asked      the class of each picture, or -1
public record Drawn(Images images, List<String> labelNames, List<Integer> asked) implements Dataset {

    /// @throws InvalidArgumentException where there is not a class for each picture
    public Drawn {
        labelNames = List.copyOf(labelNames);
        asked = List.copyOf(asked);
        if (!labelNames.isEmpty() && asked.size() != images.count()) {
            throw new InvalidArgumentException(asked.size() + " classes for " + images.count() + " drawn pictures; there is one for each");
        }
    }

    /// Pictures that were asked for the classes of others, in their order.
    public static Drawn asked(Images images, Dataset others) {
        return new Drawn(images, others.labelNames(), IntStream.range(0, others.labelNames().isEmpty() ? 0 : others.size()).mapToObj(others::label).toList());
    }

    @Override
    public int size() {
        return images.count();
    }

    @Override
    public int channels() {
        return images.channels();
    }

    @Override
    public int height() {
        return images.height();
    }

    @Override
    public int width() {
        return images.width();
    }

    @Override
    public void load(int index, MemorySegment out) {
        var bytes = new byte[bytes()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = Shades.of(images.values()[index * bytes.length + i]);
        }
        out.copyFrom(MemorySegment.ofArray(bytes));
    }

    @Override
    public int label(int index) {
        return labelNames.isEmpty() ? -1 : asked.get(index);
    }

    @Override
    public String name(int index) {
        return "drawn picture " + index;
    }

    @Override
    public String toString() {
        return images.count() + " drawn pictures";
    }
}
