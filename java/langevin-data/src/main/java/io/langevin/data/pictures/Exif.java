package io.langevin.data.pictures;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The one thing that is read of EXIF: how the camera was held. EXIF is a TIFF file without pictures: byte order, 42, the offset of a directory; a directory is a count and entries of
/// tag (2 bytes), type (2), count (4), value (4).
final class Exif {
    private static final int ORIENTATION = 0x0112;
    private static final int SHORT = 3;

    private Exif() {
    }

    /// The orientation, 1 to 8; 1 where it is not said or not readable, which is how a viewer would show it.
    static int orientation(byte[] file, int from, int length) {
        if (length < 14) {
            return 1;
        }
        ByteBuffer tiff = ByteBuffer.wrap(file, from, length).slice();
        int mark = tiff.getShort(0);
        if (mark != 0x4949 && mark != 0x4D4D) {
            return 1;
        }
        tiff.order(mark == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = tiff.getInt(4);
        if (tiff.getShort(2) != 42 || directory < 8 || directory > length - 2) {
            return 1;
        }
        int entries = tiff.getShort(directory) & 0xFFFF;
        for (int at = directory + 2; entries > 0 && at <= length - 12; entries--, at += 12) {
            if ((tiff.getShort(at) & 0xFFFF) == ORIENTATION && tiff.getShort(at + 2) == SHORT) {
                int orientation = tiff.getShort(at + 8);
                return orientation >= 1 && orientation <= 8 ? orientation : 1;
            }
        }
        return 1;
    }
}
