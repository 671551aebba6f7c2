package io.langevin.train;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/// Records that TensorBoard reads. A file is a sequence of
///
///     uint64 length, uint32 masked crc32c of those 8 bytes, the record, uint32 masked crc32c of it          (little endian)
///     masked(c) = rotate_right(c, 15) + 0xa282ead8
///
/// and a record is a protobuf message
///
///     Event   { 1: double wall_time, 2: int64 step, 3: string file_version, 5: Summary summary }
///     Summary { 1: repeated Value { 1: string tag, 2: float simple_value } }
final class Events {
    /// Has to be in the name of such a file.
    static final String FILE = "events.out.tfevents.0.langevin";

    private Events() {
    }

    /// What a file begins with.
    static byte[] begin(double time) {
        var event = new ByteArrayOutputStream();
        fixed64(event, 1, time);
        bytes(event, 3, "brain.Event:2".getBytes(StandardCharsets.US_ASCII));
        return framed(event.toByteArray());
    }

    /// Numbers of an update.
    ///
    /// @param time in seconds since 1970
    static byte[] scalars(double time, long step, Object... tagsAndValues) {
        var summary = new ByteArrayOutputStream();
        for (int i = 0; i < tagsAndValues.length; i += 2) {
            var value = new ByteArrayOutputStream();
            bytes(value, 1, ((String) tagsAndValues[i]).getBytes(StandardCharsets.UTF_8));
            fixed32(value, 2, ((Number) tagsAndValues[i + 1]).floatValue());
            bytes(summary, 1, value.toByteArray());
        }
        var event = new ByteArrayOutputStream();
        fixed64(event, 1, time);
        varint(event, 2 << 3);
        varint(event, step);
        bytes(event, 5, summary.toByteArray());
        return framed(event.toByteArray());
    }

    private static byte[] framed(byte[] record) {
        ByteBuffer framed = ByteBuffer.allocate(16 + record.length).order(ByteOrder.LITTLE_ENDIAN).putLong(record.length);
        framed.putInt(masked(framed.array(), 8));
        return framed.put(record).putInt(masked(record, record.length)).array();
    }

    private static int masked(byte[] bytes, int length) {
        var crc = new CRC32C();
        crc.update(bytes, 0, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        for (; (rest & ~0x7fL) != 0; rest >>>= 7) {
            out.write((int) (rest & 0x7f | 0x80));
        }
        out.write((int) rest);
    }

    private static void bytes(ByteArrayOutputStream out, int field, byte[] value) {
        varint(out, field << 3 | 2);
        varint(out, value.length);
        out.writeBytes(value);
    }

    private static void fixed64(ByteArrayOutputStream out, int field, double value) {
        varint(out, field << 3 | 1);
        out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(value).array());
    }

    private static void fixed32(ByteArrayOutputStream out, int field, float value) {
        varint(out, field << 3 | 5);
        out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
    }
}
