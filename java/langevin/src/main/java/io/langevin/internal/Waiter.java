package io.langevin.internal;

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
    private final ThreadPoolExecutor thread;

    public Waiter() {
        thread = new ThreadPoolExecutor(1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Thread.ofPlatform().daemon().name("langevin-waiter").factory());
        thread.allowCoreThreadTimeOut(true);
    }

    /// Whether calls of the current thread run on another one, so that memory confined to it cannot be passed.
    public static boolean elsewhere() {
        return Thread.currentThread().isVirtual();
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
