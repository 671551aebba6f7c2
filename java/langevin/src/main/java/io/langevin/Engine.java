package io.langevin;

import io.langevin.bindings.Lgv;
import io.langevin.internal.Native;
import java.nio.file.Path;

/// The native library of this process.
public final class Engine {
    private Engine() {
    }

    /// Its version, "0.1.0". Loads it.
    ///
    /// @throws NativeLibraryException when it cannot be loaded
    public static String version() {
        return Native.library().version();
    }

    /// The file it was loaded from.
    ///
    /// @throws NativeLibraryException when it cannot be loaded
    public static Path library() {
        return Native.library().file();
    }

    /// How many native handles are open in this process: 0 when everything was closed. For tests.
    ///
    /// @throws NativeLibraryException when it cannot be loaded
    public static long liveHandles() {
        Native.library();
        return Lgv.lgv_live_handles();
    }
}
