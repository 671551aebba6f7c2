package io.langevin.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class EventsTest {
    /// Its checksums by hand: rotate by 15, add a constant.
    @Test
    void a_record_is_framed_as_tensorboard_reads_it() {
        ByteBuffer framed = ByteBuffer.wrap(Events.begin(1.5)).order(ByteOrder.LITTLE_ENDIAN);
        int length = (int) framed.getLong(0);
        assertEquals(framed.capacity(), 16 + length);
        assertEquals(masked(framed.array(), 0, 8), framed.getInt(8));
        assertEquals(masked(framed.array(), 12, length), framed.getInt(12 + length));
        // field 1, a double: 1.5; field 3, 13 characters
        assertEquals("09" + "000000000000f83f" + "1a0d" + "627261696e2e4576656e743a32", HexFormat.of().formatHex(framed.array(), 12, 12 + length));
    }

    /// Fields 1: time, 2: step 300 in two groups of seven bits, 5: a summary of one value with tag "loss" and 0.5.
    @Test
    void numbers_are_protobuf() {
        byte[] framed = Events.scalars(0, 300, "loss", 0.5);
        assertEquals("09" + "0000000000000000" + "10ac02" + "2a0d" + "0a0b" + "0a046c6f7373" + "150000003f", HexFormat.of().formatHex(framed, 12, framed.length - 4));
    }

    private static int masked(byte[] bytes, int from, int length) {
        var crc = new CRC32C();
        crc.update(bytes, from, length);
        long c = crc.getValue();
        return (int) ((c >>> 15 | c << 17 & 0xffffffffL) + 0xa282ead8L);
    }
}
