package io.langevin;

/// The device has no room. What was open before stays usable; smaller batches need less.
public final class OutOfDeviceMemoryException extends LangevinException {
    private static final long serialVersionUID = 1;

    public OutOfDeviceMemoryException(String message) {
        super(4, message, null);
    }
}
