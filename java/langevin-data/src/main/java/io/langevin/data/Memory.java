package io.langevin.data;

import io.langevin.Batch;
import io.langevin.InvalidArgumentException;
import java.lang.foreign.MemorySegment;

/// Room for pictures on the heap, aligned for what they are made of.
final class Memory {
    private Memory() {
    }

    static MemorySegment of(Dataset data, int count) {
        long bytes = (long) data.bytes() * count;
        boolean floats = data.pixels() == Batch.Pixels.FLOAT32;
        if (count < 1 || bytes / (floats ? Float.BYTES : 1) > Integer.MAX_VALUE - 8) {
            throw new InvalidArgumentException("a batch of " + count + " pictures of " + data.bytes() + " bytes; " + (count < 1 ? "it has 1 or more" : "it is too large, take a smaller one"));
        }
        return floats ? MemorySegment.ofArray(new float[(int) (bytes / Float.BYTES)]) : MemorySegment.ofArray(new byte[(int) bytes]);
    }
}
