package io.langevin.parity;

/// A case folder that cannot be used as its kind asks.
final class BrokenCase extends RuntimeException {
    private static final long serialVersionUID = 1;

    BrokenCase(String message) {
        super(message);
    }
}
