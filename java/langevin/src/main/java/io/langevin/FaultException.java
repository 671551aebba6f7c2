package io.langevin;

/// Queued work failed on the device, or a fault of Langevin itself.
public final class FaultException extends LangevinException {
    private static final long serialVersionUID = 1;

    public FaultException(String message) {
        super(7, message, null);
    }
}
