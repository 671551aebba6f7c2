package io.langevin;

/// What the numbers of a [DeviceTensor] are.
public enum TensorType {
    /// 4 bytes each.
    FLOAT32(4),
    /// Bytes, 0 to 255: pictures.
    UINT8(1);

    private final int bytes;

    TensorType(int bytes) {
        this.bytes = bytes;
    }

    /// Of one number.
    public int bytes() {
        return bytes;
    }
}
