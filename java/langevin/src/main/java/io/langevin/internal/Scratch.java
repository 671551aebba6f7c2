package io.langevin.internal;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Native memory that is used again and again by one handle, zeroed when it is made, and that grows when more is asked for. Used by one thread at a time,
/// though not always by the same one.
public final class Scratch {
    private Arena arena;
    private MemorySegment segment = MemorySegment.NULL;

    /// At least `bytes` bytes. What was there before is kept only while it need not grow.
    public MemorySegment atLeast(long bytes) {
        if (segment.byteSize() < bytes) {
            close();
            arena = Arena.ofShared();
            segment = arena.allocate(Math.max(bytes, 256), 64);
        }
        return segment;
    }

    public void close() {
        if (arena != null) {
            arena.close();
            arena = null;
            segment = MemorySegment.NULL;
        }
    }
}
