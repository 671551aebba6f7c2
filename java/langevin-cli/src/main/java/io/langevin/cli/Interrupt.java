package io.langevin.cli;

import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Ctrl-C between steps: the first one asks the work to stop and holds the JVM's end until it has, so that no native step is cut in two and the last word is
/// said. To be the outermost of what is closed.
final class Interrupt implements AutoCloseable {
    private static final long SECONDS_OF_SILENCE = 1;
    private static final long SECONDS_OF_PATIENCE = 60;

    private final PrintWriter err;
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook = new Thread(this::stop, "langevin-interrupt");
    private volatile boolean requested;

    Interrupt(PrintWriter err) {
        this.err = err;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    boolean requested() {
        return requested;
    }

    private void stop() {
        requested = true;
        try {
            if (!done.await(SECONDS_OF_SILENCE, TimeUnit.SECONDS)) {
                err.println((ProgressBar.isTerminal() ? "\n" : "") + "stopping after the step that is being computed ...");
                done.await(SECONDS_OF_PATIENCE, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        done.countDown();
        if (!requested) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException shuttingDown) {
                requested = true;      // the hook is running or about to: it finds the latch open
            }
        }
    }
}
