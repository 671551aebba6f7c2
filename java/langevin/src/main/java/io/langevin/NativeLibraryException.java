package io.langevin;

/// liblangevin.so cannot be used: it was not found, does not load, belongs to another version, or Java grants no native access. The message names the
/// file, the reason and the fix. Code 0: found in Java.
public final class NativeLibraryException extends LangevinException {
    private static final long serialVersionUID = 1;

    public NativeLibraryException(String message, Throwable cause) {
        super(0, message, cause);
    }
}
