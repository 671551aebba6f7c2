package io.langevin.internal;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/// Downcalls that block, for callers of any kind. A virtual thread that blocks in native code keeps its carrier, and with as many of them as there are
/// carriers the whole program stands still; so its blocking calls run on one platform thread of the device, and it waits here, unmounted. One is enough: a
/// device does its work in one order. The thread ends when it has had nothing to do for a while, so it needs no closing.
public final class Waiter {
    /// Another thread than any that asks.
    private static final Thread SOMEBODY = Thread.ofPlatform().unstarted(() -> { });

    private final ThreadPoolExecutor thread;

    public Waiter() {
        thread = new ThreadPoolExecutor(1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Thread.ofPlatform().daemon().name("langevin-waiter").factory());
        thread.allowCoreThreadTimeOut(true);
    }

    /// Whether blocking calls of the current thread run on another one.
    public static boolean elsewhere() {
        return Thread.currentThread().isVirtual();
    }

    /// Whether blocking calls of the current thread can be given this memory: it is native, and not confined to a virtual thread, for which another one calls.
    public static boolean reaches(MemorySegment memory) {
        return memory.isNative() && (!elsewhere() || memory.isAccessibleBy(SOMEBODY));
    }

    /// The status of a blocking downcall. Not interruptible, since the call uses the caller's memory until it returns; an interrupt is kept for later.
    public int call(IntSupplier blocking) {
        if (!elsewhere()) {
            return blocking.getAsInt();
        }
        Future<Integer> status = thread.submit(blocking::getAsInt);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return status.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw e.getCause() instanceof RuntimeException runtime ? runtime : new IllegalStateException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
