package io.langevin;

/// A listener returned false, or the thread was interrupted (its interrupt flag is still set). Code 0: decided in Java.
public final class CancelledException extends LangevinException {
    private static final long serialVersionUID = 1;

    public CancelledException(String message) {
        super(0, message, null);
    }
}
