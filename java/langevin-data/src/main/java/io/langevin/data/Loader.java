package io.langevin.data;

import io.langevin.Batch;
import io.langevin.CancelledException;
import io.langevin.ClosedException;
import io.langevin.InvalidArgumentException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Batches in the order of a [Shuffled], loaded ahead on threads of its own. What a batch holds depends on its place in that order alone, not on the threads.
///
/// Threads take a few pictures of the oldest unfinished batch at a time; a batch is delivered when all of its pictures are there. A bounded number of batches is ahead, and then the
/// threads wait. A loader is used by one thread at a time; [#close] ends its threads and waits for them.
public final class Loader implements Iterable<Batch>, Iterator<Batch>, AutoCloseable {
    /// Pictures that a thread takes at a time.
    private static final int AT_ONCE = 8;

    private final Shuffled plan;
    private final Dataset data;
    private final int count;
    private final boolean labels;
    private final Orders orders;
    private final List<Thread> threads = new ArrayList<>();
    private final NavigableMap<Integer, String> skipped = new TreeMap<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final Condition ready = lock.newCondition();
    private final ArrayDeque<Making> ahead = new ArrayDeque<>();        // oldest first; only the last may have pictures that nobody took
    private volatile boolean closed;
    private long delivered;
    private long consumerWaited;
    private long loadersWaited;

    /// A batch in the making.
    private final class Making {
        final long first;
        final MemorySegment pixels = Memory.of(data, count);
        final int[] labels = new int[count];
        final NavigableMap<Integer, String> skipped = new TreeMap<>();
        int taken;
        int loaded;
        int failedAt = Integer.MAX_VALUE;
        Throwable failure;

        Making(long first) {
            this.first = first;
        }
    }

    /// Pictures `from` to `to` - 1 of a batch, for one thread to load.
    private record Share(Making batch, int from, int to) {
    }

    Loader(Shuffled plan, int count) {
        this.plan = plan;
        this.data = plan.data();
        this.count = count;
        this.labels = plan.labels() && !data.labelNames().isEmpty();
        this.orders = new Orders(new Shuffle(data.size(), plan.seed()), (long) plan.ahead() * count);
        Memory.of(data, count);             // a batch that cannot be is refused here
        for (int i = 0; i < plan.threads(); i++) {
            threads.add(Thread.ofPlatform().daemon().name("langevin-loader-" + i).start(this::work));
        }
    }

    /// Always, until it is closed: epochs follow each other without end.
    @Override
    public boolean hasNext() {
        return !closed;
    }

    /// The next batch, waiting for it if need be. It is the caller's to keep.
    ///
    /// @throws InvalidArgumentException for a picture that cannot be read, which it names; the same again when called again
    /// @throws CancelledException       when the calling thread is interrupted, which it then still is
    @Override
    public Batch next() {
        Making made = take();
        skipped.putAll(made.skipped);
        Batch batch = Batch.of(made.pixels, data.pixels(), count, data.channels(), data.height(), data.width());
        return labels ? batch.withLabels(made.labels) : batch;
    }

    private Making take() {
        lock.lock();
        try {
            long since = System.nanoTime();
            while (!closed && (ahead.isEmpty() || ahead.peekFirst().loaded < count)) {
                ready.await();
            }
            consumerWaited += System.nanoTime() - since;
            if (closed) {
                throw new ClosedException("next: this loader was closed");
            }
            switch (ahead.peekFirst().failure) {
                case null -> {
                }
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case Throwable failure -> throw new IllegalStateException(failure);
            }
            delivered++;
            room.signalAll();
            return ahead.removeFirst();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("next: interrupted while a batch was being loaded");
        } finally {
            lock.unlock();
        }
    }

    /// This loader itself, from where it is.
    @Override
    public Iterator<Batch> iterator() {
        return this;
    }

    /// Where the next batch begins: what [Shuffled#from] takes to go on from here.
    public long position() {
        lock.lock();
        try {
            return plan.position() + delivered * count;
        } finally {
            lock.unlock();
        }
    }

    /// What could not be read of the batches so far, a sentence each, in the order of the data set.
    public List<String> skipped() {
        return List.copyOf(skipped.values());
    }

    /// Who waited for whom so far.
    public Waiting waiting() {
        lock.lock();
        try {
            return new Waiting(delivered, Duration.ofNanos(consumerWaited), Duration.ofNanos(loadersWaited));
        } finally {
            lock.unlock();
        }
    }

    /// Ends the threads and waits until they have ended, each after the picture it is at. Closing twice is fine.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            ahead.clear();
            room.signalAll();
            ready.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        for (Share share = share(); share != null; share = share()) {
            int at = share.from;
            Throwable failure = null;
            Map<Integer, String> skipped = new TreeMap<>();
            try {
                for (; at < share.to && !closing(); at++) {
                    load(share.batch, at, skipped);
                }
            } catch (Throwable e) {         // whatever it is, it is the caller's to see
                failure = e;
            }
            hand(share, at, failure, skipped);
        }
    }

    /// The next pictures to load, waiting for room; null: closed.
    private Share share() {
        lock.lock();
        try {
            long since = System.nanoTime();
            while (!closed && ahead.size() >= plan.ahead() && ahead.peekLast().taken == count) {
                room.awaitUninterruptibly();
            }
            loadersWaited += System.nanoTime() - since;
            if (closed) {
                return null;
            }
            if (ahead.isEmpty() || ahead.peekLast().taken == count) {
                ahead.addLast(new Making(plan.position() + (delivered + ahead.size()) * count));
            }
            Making batch = ahead.peekLast();
            int from = batch.taken;
            batch.taken = Math.min(count, from + AT_ONCE);
            return new Share(batch, from, batch.taken);
        } finally {
            lock.unlock();
        }
    }

    private boolean closing() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    private void load(Making batch, int at, Map<Integer, String> skipped) {
        int index = orders.at(batch.first + at);
        int bytes = data.bytes();
        MemorySegment out = batch.pixels.asSlice((long) at * bytes, bytes);
        InvalidArgumentException why = null;
        for (int tried = 0; tried < data.size(); tried++) {
            int candidate = (int) ((index + (long) tried) % data.size());
            try {
                data.load(candidate, out);
                batch.labels[at] = data.label(candidate);
                return;
            } catch (InvalidArgumentException e) {
                if (!plan.skipping()) {
                    throw e;
                }
                why = e;
                skipped.put(candidate, e.getMessage());
            }
        }
        throw new InvalidArgumentException("none of the " + data.size() + " pictures can be read; the last: " + why.getMessage());
    }

    private void hand(Share share, int failedAt, Throwable failure, Map<Integer, String> skipped) {
        lock.lock();
        try {
            Making batch = share.batch;
            batch.loaded += share.to - share.from;
            batch.skipped.putAll(skipped);
            if (failure != null && failedAt < batch.failedAt) {        // of several, the first in order, whoever met it first
                batch.failedAt = failedAt;
                batch.failure = failure;
            }
            if (batch.loaded == count) {
                ready.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// The orders of the epochs that the threads are in: they are at most a few batches apart, so that the latest two do, and of a small set as many as the batches ahead span.
    private static final class Orders {
        private final Shuffle shuffle;
        private final NavigableMap<Long, int[]> epochs = new TreeMap<>();
        private final int kept;

        Orders(Shuffle shuffle, long span) {
            this.shuffle = shuffle;
            this.kept = (int) Math.min(span / shuffle.size() + 2, 1 << 20);
        }

        synchronized int at(long position) {
            int[] order = epochs.computeIfAbsent(position / shuffle.size(), shuffle::epoch);
            if (epochs.size() > kept) {
                epochs.pollFirstEntry();
            }
            return order[(int) (position % shuffle.size())];
        }
    }
}
