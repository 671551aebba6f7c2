package io.langevin.evaluate;

import io.langevin.InvalidArgumentException;
import java.util.List;

/// How many of how many were right.
public record Score(int right, int of) {
    /// Of a normal distribution, 95 % lie within so many deviations.
    private static final double DEVIATIONS = 1.959963984540054;

    public Score {
        if (right < 0 || right > of) {
            throw new InvalidArgumentException(right + " right of " + of);
        }
    }

    /// All of them together.
    public static Score sum(List<Score> scores) {
        return new Score(scores.stream().mapToInt(Score::right).sum(), scores.stream().mapToInt(Score::of).sum());
    }

    /// right / of; NaN of none.
    public double share() {
        return (double) right / of;
    }

    /// Lower end of Wilson's interval (1927), which holds the true share with a probability of 95 %: (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).
    public double low() {
        return right == 0 ? 0 : end(-DEVIATIONS);
    }

    /// Upper end of it.
    public double high() {
        return right == of ? 1 : end(DEVIATIONS);
    }

    private double end(double z) {
        double p = share();
        double n = of;
        return (p + z * z / (2 * n) + z * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n);
    }
}
