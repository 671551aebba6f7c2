package io.langevin;

/// The learning rate over the updates, as diffusers' get_scheduler gives it. A warm-up rises in a straight line from 0 at the first update to the full rate at
/// update `warmup` (counted from 0).
public sealed interface LearningRate {
    /// The rate of an update that `before` updates went before; 0 is the first.
    double at(long before);

    /// The full rate after the warm-up ("constant", and "constant_with_warmup" where there is one).
    ///
    /// @param rate   full rate
    /// @param warmup updates of the warm-up; 0: none
    record Constant(double rate, long warmup) implements LearningRate {
        public Constant {
            check(rate, warmup, Long.MAX_VALUE);
        }

        @Override
        public double at(long before) {
            return before < warmup ? rising(rate, warmup, before) : rate;
        }
    }

    /// After the warm-up in a straight line to 0 ("linear").
    ///
    /// @param rate    full rate
    /// @param warmup  updates of the warm-up; 0: none
    /// @param updates after so many it is 0, and stays there
    record Linear(double rate, long warmup, long updates) implements LearningRate {
        public Linear {
            check(rate, warmup, updates);
        }

        @Override
        public double at(long before) {
            return before < warmup ? rising(rate, warmup, before) : rate * Math.max(0, (updates - before) / (double) Math.max(1, updates - warmup));
        }
    }

    /// After the warm-up along half a cosine to 0 ("cosine").
    ///
    /// @param rate    full rate
    /// @param warmup  updates of the warm-up; 0: none
    /// @param updates after so many it is 0, and stays there (that of diffusers would rise again)
    record Cosine(double rate, long warmup, long updates) implements LearningRate {
        public Cosine {
            check(rate, warmup, updates);
        }

        @Override
        public double at(long before) {
            if (before < warmup) {
                return rising(rate, warmup, before);
            }
            double done = Math.min(1, (before - warmup) / (double) Math.max(1, updates - warmup));
            return rate * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * done)));
        }
    }

    /// This rate from the first update on.
    static LearningRate constant(double rate) {
        return new Constant(rate, 0);
    }

    /// This rate after a warm-up.
    static LearningRate constant(double rate, long warmup) {
        return new Constant(rate, warmup);
    }

    /// This rate after a warm-up, falling in a straight line to 0 after `updates`.
    static LearningRate linear(double rate, long warmup, long updates) {
        return new Linear(rate, warmup, updates);
    }

    /// This rate after a warm-up, falling along half a cosine to 0 after `updates`.
    static LearningRate cosine(double rate, long warmup, long updates) {
        return new Cosine(rate, warmup, updates);
    }

    private static double rising(double rate, long warmup, long before) {
        return rate * (before / (double) Math.max(1, warmup));
    }

    private static void check(double rate, long warmup, long updates) {
        if (!(rate > 0 && Double.isFinite(rate))) {
            throw new InvalidArgumentException("learning rate is " + rate + "; it is above 0, usually near 1e-4");
        }
        if (updates < 1) {
            throw new InvalidArgumentException("a learning rate over " + updates + " updates; it is 1 or more");
        }
        if (warmup < 0 || warmup > updates) {
            throw new InvalidArgumentException("a warm-up of " + warmup + " updates; it is 0 or more" + (updates == Long.MAX_VALUE ? "" : ", and at most all " + updates));
        }
    }
}
