package io.langevin.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.langevin.BadModelException;
import io.langevin.BusyException;
import io.langevin.FaultException;
import io.langevin.InvalidArgumentException;
import io.langevin.LangevinException;
import io.langevin.NoDeviceException;
import io.langevin.OutOfDeviceMemoryException;
import io.langevin.UnsupportedException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class NativeTest {
    @Test
    void every_status_of_the_header_has_its_exception_which_keeps_code_and_sentence() {
        List<Class<? extends LangevinException>> types = List.of(InvalidArgumentException.class, BadModelException.class, UnsupportedException.class,
                OutOfDeviceMemoryException.class, NoDeviceException.class, BusyException.class, FaultException.class);
        for (int status = 1; status <= types.size(); status++) {
            LangevinException e = Native.exception(status, "a sentence");
            assertEquals(types.get(status - 1), e.getClass());
            assertEquals(status, e.code());
            assertEquals("a sentence", e.getMessage());
        }
    }

    @Test
    void a_text_longer_than_the_first_buffer_is_asked_for_again() {
        byte[] text = "ä".repeat(5000).getBytes(StandardCharsets.UTF_8);
        String read = Native.text((buffer, capacity, length, error) -> {
            for (int i = 0; i < Math.min(text.length, capacity - 1); i++) {
                buffer.set(ValueLayout.JAVA_BYTE, i, text[i]);
            }
            length.set(ValueLayout.JAVA_LONG, 0, text.length);
            return 0;
        });
        assertEquals("ä".repeat(5000), read);
    }
}
