package io.langevin.internal;

import io.langevin.BusyException;
import io.langevin.ClosedException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicInteger;

/// A native handle: its address, how many calls use it, and whether it is closed. Every downcall stands between [#acquire] and [#release], so that
/// nothing is freed under a call and nothing is called after it is freed. Allocates nothing per call.
///
/// A handle that becomes unreachable without close() is logged with the place that opened it, then freed.
public final class Handle {
    private static final Logger LOG = System.getLogger("io.langevin");
    private static final Cleaner CLEANER = Cleaner.create();
    private static final int CLOSED = Integer.MIN_VALUE;

    /// Frees what stands behind a handle. Must not refer to the handle or its owner.
    @FunctionalInterface
    public interface Free {
        void free(MemorySegment pointer);
    }

    private final String noun;
    private final boolean exclusive;
    private final MemorySegment pointer;
    private final Cleaner.Cleanable cleanable;
    private final AtomicInteger uses = new AtomicInteger();
    private final State state;

    // Of an exclusive handle: who uses it, for the message to somebody else. Read racily.
    private Thread user;
    private String call;

    /// What the cleaner keeps: it must not refer to the handle.
    private static final class State implements Runnable {
        final String noun;
        final MemorySegment pointer;
        final Free free;
        final Throwable opened;
        boolean closed;

        State(String noun, MemorySegment pointer, Free free) {
            this.noun = noun;
            this.pointer = pointer;
            this.free = free;
            this.opened = new Throwable("opened here");
        }

        @Override
        public void run() {
            if (!closed) {
                LOG.log(Level.WARNING, "a " + noun + " was never closed; it is freed now", opened);
            }
            free.free(pointer);
        }
    }

    private Handle(String noun, boolean exclusive, MemorySegment pointer, Object reachable, Free free) {
        this.noun = noun;
        this.exclusive = exclusive;
        this.pointer = pointer;
        this.state = new State(noun, pointer, free);
        this.cleanable = CLEANER.register(reachable == null ? this : reachable, state);
    }

    /// A handle for any number of threads.
    public static Handle shared(String noun, MemorySegment pointer, Free free) {
        return new Handle(noun, false, pointer, null, free);
    }

    /// A handle for any number of threads that lives as long as `reachable`, which somebody may hold without holding the handle.
    public static Handle shared(String noun, MemorySegment pointer, Object reachable, Free free) {
        return new Handle(noun, false, pointer, reachable, free);
    }

    /// A handle for one thread at a time.
    public static Handle exclusive(String noun, MemorySegment pointer, Free free) {
        return new Handle(noun, true, pointer, null, free);
    }

    /// The pointer, for one call named `name`; [#release] follows.
    ///
    /// @throws ClosedException when it was closed
    /// @throws BusyException   when it is exclusive and in use
    public MemorySegment acquire(String name) {
        while (true) {
            int now = uses.get();
            if (now == CLOSED) {
                throw new ClosedException(name + ": this " + noun + " was closed");
            }
            if (exclusive && now > 0) {
                throw new BusyException(name + " on " + describe(Thread.currentThread()) + ": this " + noun + " is in " + call + " on " + describe(user) + "; a " + noun
                        + " is used by one thread at a time");
            }
            if (uses.compareAndSet(now, now + 1)) {
                if (exclusive) {
                    user = Thread.currentThread();
                    call = name;
                }
                return pointer;
            }
        }
    }

    /// Ends the call that [#acquire] began.
    public void release() {
        if (exclusive) {
            user = null;
        }
        uses.decrementAndGet();
        Reference.reachabilityFence(this);
    }

    /// Frees it; closing again is fine.
    ///
    /// @throws BusyException when a call is running; nothing is freed
    public void close() {
        if (uses.compareAndSet(0, CLOSED)) {
            state.closed = true;
            cleanable.clean();
        } else if (uses.get() != CLOSED) {
            throw new BusyException("close on " + describe(Thread.currentThread()) + ": this " + noun + " is in use by another call; close it when that has returned");
        }
    }

    public boolean closed() {
        return uses.get() == CLOSED;
    }

    private static String describe(Thread thread) {
        return thread == null ? "another thread" : (thread.isVirtual() ? "virtual thread " : "thread ") + (thread.getName().isEmpty() ? "#" + thread.threadId() : thread.getName());
    }
}
