package io.langevin.samplers;

import io.langevin.InvalidArgumentException;

/// Noise that is added before a step, up to S (1 + gamma), and removed by it (Karras et al., 2022, algorithm 2).
///
/// @param amount S_churn: gamma = min(amount / steps, sqrt(2) - 1)
/// @param from   S_tmin: no noise is added below
/// @param to     S_tmax: no noise is added above
/// @param noise  S_noise: deviation of the noise
public record Churn(double amount, double from, double to, double noise) {
    /// No noise.
    public static final Churn NONE = new Churn(0, 0, Double.POSITIVE_INFINITY, 1);

    public Churn {
        if (!(amount >= 0 && amount <= 1e9 && from >= 0 && to >= from && Math.abs(noise) <= 1e9)) {
            throw new InvalidArgumentException("churn " + amount + " from " + from + " to " + to + " with noise " + noise + ": the amount is 0 or more, and the range does"
                    + " not begin above its end");
        }
    }

    /// S (1 + gamma).
    double raised(double s, int steps) {
        return from <= s && s <= to ? s * (1 + Math.min(amount / steps, Math.sqrt(2) - 1)) : s;
    }

    @Override
    public String toString() {
        return amount == 0 ? "none" : "%s (S %s to %s, deviation %s)".formatted(amount, from, to, noise);
    }

    /// Deviation of the noise from S to its raised value.
    double deviation(double s, double raised) {
        return noise * Math.sqrt(raised * raised - s * s);
    }
}
