package io.langevin;

/// A file or a config that is missing, broken or contradicts itself.
public final class BadModelException extends LangevinException {
    private static final long serialVersionUID = 1;

    public BadModelException(String message) {
        super(2, message, null);
    }
}
