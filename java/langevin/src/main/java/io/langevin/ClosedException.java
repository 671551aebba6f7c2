package io.langevin;

/// The handle was closed before this call. Code 0: found in Java.
public final class ClosedException extends LangevinException {
    private static final long serialVersionUID = 1;

    public ClosedException(String message) {
        super(0, message, null);
    }
}
