package io.langevin.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.langevin.BusyException;
import io.langevin.ClosedException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HandleTest {
    private final AtomicInteger freed = new AtomicInteger();
    private final AtomicInteger count = freed;    // captured without the test

    private Handle shared() {
        AtomicInteger counter = count;
        return Handle.shared("thing", MemorySegment.ofAddress(16), pointer -> counter.incrementAndGet());
    }

    private Handle exclusive() {
        AtomicInteger counter = count;
        return Handle.exclusive("thing", MemorySegment.ofAddress(16), pointer -> counter.incrementAndGet());
    }

    @Test
    void closing_twice_frees_once() {
        Handle handle = shared();
        handle.close();
        handle.close();
        assertEquals(1, freed.get());
    }

    @Test
    void use_after_close_says_which_call_on_what() {
        Handle handle = shared();
        handle.close();
        assertEquals("read: this thing was closed", assertThrows(ClosedException.class, () -> handle.acquire("read")).getMessage());
    }

    @Test
    void closing_during_a_call_is_refused_and_frees_nothing() {
        Handle handle = shared();
        assertEquals(16, handle.acquire("first").address());
        handle.acquire("second");
        assertThrows(BusyException.class, handle::close);
        handle.release();
        assertThrows(BusyException.class, handle::close);
        assertEquals(0, freed.get());
        handle.release();
        handle.close();
        assertEquals(1, freed.get());
    }

    @Test
    void a_second_call_on_an_exclusive_handle_says_who_is_there() {
        Handle handle = exclusive();
        handle.acquire("step");
        String thread = "thread " + Thread.currentThread().getName();
        assertEquals("read on " + thread + ": this thing is in step on " + thread + "; a thing is used by one thread at a time",
                assertThrows(BusyException.class, () -> handle.acquire("read")).getMessage());
        handle.release();
        handle.acquire("read");
        handle.release();
        handle.close();
    }

    @Test
    void what_was_forgotten_is_freed_when_it_is_unreachable() throws InterruptedException {
        shared();
        for (int i = 0; i < 500 && freed.get() == 0; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertEquals(1, freed.get());
    }
}
