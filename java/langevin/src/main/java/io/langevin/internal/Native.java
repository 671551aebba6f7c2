package io.langevin.internal;

import io.langevin.BadModelException;
import io.langevin.BusyException;
import io.langevin.FaultException;
import io.langevin.InvalidArgumentException;
import io.langevin.LangevinException;
import io.langevin.NativeLibraryException;
import io.langevin.NoDeviceException;
import io.langevin.OutOfDeviceMemoryException;
import io.langevin.UnsupportedException;
import io.langevin.bindings.Lgv;
import io.langevin.bindings.NativeLibrary;
import io.langevin.bindings.NativeLibrary.LoadException;
import io.langevin.bindings.lgv_error;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// The border to the native library: loading, status to exception, text out.
public final class Native {
    private Native() {
    }

    /// The library, loaded and checked.
    public static NativeLibrary library() {
        try {
            return NativeLibrary.load();
        } catch (LoadException e) {
            throw new NativeLibraryException(e.getMessage(), e);
        }
    }

    /// Throws what `status` stands for; the sentence is in `error`.
    public static void check(int status, MemorySegment error) {
        if (status != 0) {
            throw exception(status, lgv_error.message(error).getString(0));
        }
    }

    static LangevinException exception(int status, String message) {
        if (status == Lgv.LGV_ARGUMENT()) {
            return new InvalidArgumentException(message);
        } else if (status == Lgv.LGV_BAD_MODEL()) {
            return new BadModelException(message);
        } else if (status == Lgv.LGV_UNSUPPORTED()) {
            return new UnsupportedException(message);
        } else if (status == Lgv.LGV_OUT_OF_MEMORY()) {
            return new OutOfDeviceMemoryException(message);
        } else if (status == Lgv.LGV_NO_DEVICE()) {
            return new NoDeviceException(message);
        } else if (status == Lgv.LGV_BUSY()) {
            return new BusyException(message);
        }
        return new FaultException(message);
    }

    /// A downcall that gives nothing back: (error) -> status.
    @FunctionalInterface
    public interface Call {
        int call(MemorySegment error);
    }

    /// Makes it.
    public static void call(Call call) {
        try (Arena arena = Arena.ofShared()) {    // shared: it may run on the device's waiting thread
            MemorySegment error = lgv_error.allocate(arena);
            check(call.call(error), error);
        }
    }

    /// A downcall that makes a handle: (out pointer, error) -> status.
    @FunctionalInterface
    public interface Open {
        int open(Arena arena, MemorySegment out, MemorySegment error);
    }

    /// The pointer that `open` wrote.
    public static MemorySegment open(Open open) {
        try (Arena arena = Arena.ofShared()) {    // shared: `open` may run on the device's waiting thread
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            MemorySegment error = lgv_error.allocate(arena);
            check(open.open(arena, out, error), error);
            return out.get(ValueLayout.ADDRESS, 0);
        }
    }

    /// A downcall that writes text: (buffer, capacity, out length, error) -> status.
    @FunctionalInterface
    public interface Text {
        int write(MemorySegment buffer, long capacity, MemorySegment length, MemorySegment error);
    }

    /// The whole text: asked for again with more room where the first buffer was too small.
    public static String text(Text text) {
        long capacity = 4096;
        while (true) {
            try (Arena arena = Arena.ofShared()) {
                MemorySegment buffer = arena.allocate(capacity);
                MemorySegment length = arena.allocate(ValueLayout.JAVA_LONG);
                MemorySegment error = lgv_error.allocate(arena);
                check(text.write(buffer, capacity, length, error), error);
                long bytes = length.get(ValueLayout.JAVA_LONG, 0);
                if (bytes < capacity) {
                    return new String(buffer.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
                }
                capacity = bytes + 1;
            }
        }
    }
}
