package io.langevin;

/// A value that cannot be: the message says which, and what would do.
public final class InvalidArgumentException extends LangevinException {
    private static final long serialVersionUID = 1;

    public InvalidArgumentException(String message) {
        super(1, message, null);
    }
}
