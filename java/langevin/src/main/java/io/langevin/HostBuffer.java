package io.langevin;

import io.langevin.bindings.Lgv;
import io.langevin.bindings.NativeLibrary;
import io.langevin.bindings.lgv_error;
import io.langevin.internal.Handle;
import io.langevin.internal.Native;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Host memory from which a device copies fastest: pinned where that is a GPU, 64-byte aligned on a processor. Made by [Device#buffer]. Any thread may use
/// the segment. After close its segment and all slices throw; they cannot be read by mistake.
public final class HostBuffer implements AutoCloseable {
    private final Handle handle;
    private final Arena arena;
    private final MemorySegment segment;

    HostBuffer(Device device, long bytes) {
        if (bytes < 1) {
            throw new InvalidArgumentException("a buffer of " + bytes + " bytes: it has at least 1");
        }
        MemorySegment parent = device.handle().acquire("buffer");
        try (Arena call = Arena.ofConfined()) {
            MemorySegment out = call.allocate(ValueLayout.ADDRESS);
            MemorySegment data = call.allocate(ValueLayout.ADDRESS);
            MemorySegment error = lgv_error.allocate(call);
            Native.check(Lgv.lgv_buffer_open(parent, bytes, out, data, error), error);
            arena = Arena.ofShared();
            segment = NativeLibrary.bounded(data.get(ValueLayout.ADDRESS, 0), bytes, arena);
            // Slices keep the scope alive, not this object: so it is the scope that the cleaner watches.
            handle = Handle.shared("buffer", out.get(ValueLayout.ADDRESS, 0), segment.scope(), Lgv::lgv_buffer_close);
        } finally {
            device.handle().release();
        }
    }

    /// The memory, exactly as long as was asked for. Valid until close.
    ///
    /// @throws ClosedException after close
    public MemorySegment segment() {
        if (handle.closed()) {
            throw new ClosedException("segment: this buffer was closed");
        }
        return segment;
    }

    /// Frees the memory. Closing again is fine.
    ///
    /// @throws BusyException while a call or another thread uses the segment
    @Override
    public void close() {
        if (!handle.closed()) {
            try {
                arena.close();
            } catch (IllegalStateException inUse) {
                if (arena.scope().isAlive()) {
                    throw new BusyException("close: this buffer's memory is in use by a call; close it when that has returned");
                }
            }
            handle.close();
        }
    }
}
