package io.langevin;

/// Well formed, but this version of Langevin does not do it: the message names the key and its value.
public final class UnsupportedException extends LangevinException {
    private static final long serialVersionUID = 1;

    public UnsupportedException(String message) {
        super(3, message, null);
    }
}
