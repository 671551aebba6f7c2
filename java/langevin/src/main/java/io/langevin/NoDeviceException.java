package io.langevin;

/// The device that was asked for is not on this machine. Nothing is chosen in its place.
public final class NoDeviceException extends LangevinException {
    private static final long serialVersionUID = 1;

    public NoDeviceException(String message) {
        super(5, message, null);
    }
}
