package io.langevin.data;

import io.langevin.Batch;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// Pictures that stay in memory once they were loaded.
final class Cached implements Dataset {
    private final Dataset data;
    private final AtomicReferenceArray<byte[]> loaded;

    Cached(Dataset data) {
        this.data = data;
        this.loaded = new AtomicReferenceArray<>(data.size());
    }

    @Override
    public void load(int index, MemorySegment out) {
        byte[] pixels = loaded.get(index);
        if (pixels == null) {
            pixels = new byte[bytes()];
            data.load(index, out);
            MemorySegment.ofArray(pixels).copyFrom(out);
            loaded.set(index, pixels);
        } else {
            out.copyFrom(MemorySegment.ofArray(pixels));
        }
    }

    @Override
    public int size() {
        return data.size();
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
    public Batch.Pixels pixels() {
        return data.pixels();
    }

    @Override
    public List<String> labelNames() {
        return data.labelNames();
    }

    @Override
    public int label(int index) {
        return data.label(index);
    }

    @Override
    public String name(int index) {
        return data.name(index);
    }

    @Override
    public List<String> notes() {
        return data.notes();
    }

    @Override
    public String toString() {
        return data.toString();
    }
}
