package io.langevin.evaluate;

import io.langevin.Batch;
import io.langevin.Images;
import io.langevin.data.Dataset;
import java.lang.foreign.MemorySegment;

/// Pictures as bytes [C, H, W], 0 to 255, as PNG files hold them: what is drawn is looked at as it would be written.
final class Shades {
    private Shades() {
    }

    /// Picture `index`.
    static byte[] of(Dataset data, int index) {
        if (data.pixels() == Batch.Pixels.UINT8) {
            var bytes = new byte[data.bytes()];
            data.load(index, MemorySegment.ofArray(bytes));
            return bytes;
        }
        var values = new float[data.bytes() / Float.BYTES];
        data.load(index, MemorySegment.ofArray(values));
        var bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = of(values[i]);
        }
        return bytes;
    }

    /// As [Images#pixels] rounds: 255 * clamp(x/2 + 1/2, 0, 1), half to even.
    static byte of(float value) {
        return (byte) Math.rint(255 * Math.clamp(value / 2 + 0.5f, 0f, 1f));
    }
}
