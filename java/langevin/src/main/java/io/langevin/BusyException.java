package io.langevin;

/// Another thread is using this handle: a [Denoiser] is used by one thread at a time, and nothing is closed during a call.
/// Nothing was changed.
public final class BusyException extends LangevinException {
    private static final long serialVersionUID = 1;

    public BusyException(String message) {
        super(6, message, null);
    }
}
