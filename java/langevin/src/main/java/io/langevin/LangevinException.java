package io.langevin;

/// Whatever goes wrong: one sentence that names the thing, the number and the fix, ready to be shown to a user. The subclasses are what a program can act
/// on. Input and output errors of files that Java writes are [java.io.UncheckedIOException]s.
public abstract sealed class LangevinException extends RuntimeException permits InvalidArgumentException, BadModelException, UnsupportedException, OutOfDeviceMemoryException, NoDeviceException,
        BusyException, FaultException, ClosedException, CancelledException, NativeLibraryException {
    private static final long serialVersionUID = 1;

    /// The native status.
    private final int code;

    LangevinException(int code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /// The status of langevin.h (enum lgv_status); 0 for what Java alone decides.
    public int code() {
        return code;
    }
}
