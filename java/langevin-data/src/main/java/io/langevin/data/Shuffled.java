package io.langevin.data;

import io.langevin.InvalidArgumentException;

/// Pictures without end, epoch after epoch, each in an order of its own, and how they are loaded.
///
/// ```java
/// try (Loader loader = data.shuffled(seed).from(position).withSkipping(true).batches(128)) { ... }
/// ```
///
/// A place in it is one number: `position` pictures come before. Position p is picture p % size of epoch p / size.
///
/// @param data     the pictures
/// @param seed     of the orders
/// @param position where to begin, 0 at first
/// @param threads  that load ahead
/// @param ahead    batches that may be loaded, or in the making, before they are asked for
/// @param skipping what becomes of a picture that cannot be read. False: it is refused, and training stops there. True: the next one of the data set that can be read
///                 stands in for it, which depends on the data alone, and [Loader#skipped] names it
/// @param labels   whether batches have labels, where the data has
public record Shuffled(Dataset data, long seed, long position, int threads, int ahead, boolean skipping, boolean labels) {

    /// @throws InvalidArgumentException for numbers that cannot be
    public Shuffled {
        if (data == null) {
            throw new InvalidArgumentException("data is null");
        }
        if (position < 0) {
            throw new InvalidArgumentException("position " + position + "; it is the number of pictures before, 0 or more");
        }
        if (threads < 1 || threads > 1024) {
            throw new InvalidArgumentException(threads + " loader threads; there are 1 to 1024");
        }
        if (ahead < 1 || ahead > 1024) {
            throw new InvalidArgumentException(ahead + " batches ahead; there are 1 to 1024");
        }
    }

    /// From the beginning, on half of the processors (at least 1, at most 8), 4 batches ahead, refusing what cannot be read.
    public Shuffled(Dataset data, long seed) {
        this(data, seed, 0, Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 8), 4, false, true);
    }

    /// The same after `position` pictures.
    public Shuffled from(long position) {
        return new Shuffled(data, seed, position, threads, ahead, skipping, labels);
    }

    /// The same on so many threads.
    public Shuffled withThreads(int threads) {
        return new Shuffled(data, seed, position, threads, ahead, skipping, labels);
    }

    /// The same, so many batches ahead.
    public Shuffled withAhead(int ahead) {
        return new Shuffled(data, seed, position, threads, ahead, skipping, labels);
    }

    /// The same, skipping pictures that cannot be read, or refusing them.
    public Shuffled withSkipping(boolean skipping) {
        return new Shuffled(data, seed, position, threads, ahead, skipping, labels);
    }

    /// The same, batches having the labels of the data, or none: for networks that take none.
    public Shuffled withLabels(boolean labels) {
        return new Shuffled(data, seed, position, threads, ahead, skipping, labels);
    }

    /// Begins to load, in batches of `count` pictures, which run on over the ends of epochs. Close it to end its threads.
    public Loader batches(int count) {
        return new Loader(this, count);
    }
}
