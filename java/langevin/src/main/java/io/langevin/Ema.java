package io.langevin;

/// A moving average of the weights: after each update `average = decay * average + (1 - decay) * weights`. Its decay is a function of how many updates went before,
/// low at first, since the weights of the beginning are of no use. Models are best drawn from an average.
public sealed interface Ema {
    /// The decay of an update that `before` updates went before; 0 is the first.
    double decay(long before);

    /// The same decay always. The average begins as the weights do.
    ///
    /// @param decay 0 to below 1
    record Constant(double decay) implements Ema {
        public Constant {
            check(decay);
        }

        @Override
        public double decay(long before) {
            return decay;
        }
    }

    /// (1 + n) / (10 + n) after n updates, `most` at most, and 0 at the first: diffusers' EMAModel without warm-up.
    ///
    /// @param most 0 to below 1
    record Ramp(double most) implements Ema {
        public Ramp {
            check(most);
        }

        @Override
        public double decay(long before) {
            return before <= 0 ? 0 : Math.min(most, (1.0 + before) / (10.0 + before));
        }
    }

    /// 1 - (1 + n / invGamma)^-power after n updates, `most` at most, and 0 at the first: diffusers' EMAModel with use_ema_warmup.
    ///
    /// @param most     0 to below 1
    /// @param invGamma above 0; larger: more slowly
    /// @param power    above 0; larger: faster
    record Warmup(double most, double invGamma, double power) implements Ema {
        public Warmup {
            check(most);
            if (!(invGamma > 0 && Double.isFinite(invGamma) && power > 0 && Double.isFinite(power))) {
                throw new InvalidArgumentException("EMA warm-up: inv_gamma is " + invGamma + ", power " + power + "; both are above 0, usually 1 and 0.75");
            }
        }

        @Override
        public double decay(long before) {
            return before <= 0 ? 0 : Math.min(most, 1 - Math.pow(1 + before / invGamma, -power));
        }
    }

    /// The same decay always.
    static Ema constant(double decay) {
        return new Constant(decay);
    }

    /// Diffusers' rule without warm-up.
    static Ema ramp(double most) {
        return new Ramp(most);
    }

    /// Diffusers' rule with warm-up, inv_gamma 1 and power 3/4, as its training scripts have it: 0.999 is reached after 10,000 updates, 0.9999 after 215,000.
    static Ema warmup(double most) {
        return new Warmup(most, 1, 0.75);
    }

    private static void check(double decay) {
        if (!(decay >= 0 && decay < 1)) {
            throw new InvalidArgumentException("EMA decay is " + decay + "; it is 0 or more and below 1, usually 0.999 to 0.9999");
        }
    }
}
