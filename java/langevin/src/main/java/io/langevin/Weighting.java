package io.langevin;

import io.langevin.Diffusion.Prediction;

/// How much the loss of a timestep counts. With SNR = alpha_bar / (1 - alpha_bar) the last two weigh the error of the estimate of x_0 by SNR, or by min(SNR, gamma),
/// whatever the network predicts: for x_0 that is the weight itself, for eps it is divided by SNR, for v by SNR + 1 (Hang et al., 2023, "Efficient diffusion training
/// via min-SNR weighting strategy").
public sealed interface Weighting {
    /// All count the same: the simple loss of Ho et al. (2020).
    record Constant() implements Weighting {
    }

    /// By the signal-to-noise ratio.
    record Snr() implements Weighting {
    }

    /// By the signal-to-noise ratio, gamma at most.
    ///
    /// @param gamma 5 in the paper
    record MinSnr(double gamma) implements Weighting {

        /// @throws InvalidArgumentException for a gamma that is not above 0
        public MinSnr {
            if (!(gamma > 0)) {
                throw new InvalidArgumentException("min-SNR gamma is " + gamma + "; it is above 0, 5 in the paper");
            }
        }
    }

    /// All timesteps count the same.
    static Weighting constant() {
        return new Constant();
    }

    /// Timesteps count by their signal-to-noise ratio.
    static Weighting snr() {
        return new Snr();
    }

    /// Timesteps count by their signal-to-noise ratio, `gamma` at most.
    static Weighting minSnr(double gamma) {
        return new MinSnr(gamma);
    }

    /// The weight at a timestep with this alpha_bar.
    default double of(Prediction prediction, double alphaBar) {
        return switch (this) {
            case Constant() -> 1;
            case Snr() -> weight(prediction, alphaBar, Double.POSITIVE_INFINITY);
            case MinSnr(double gamma) -> weight(prediction, alphaBar, gamma);
        };
    }

    private static double weight(Prediction prediction, double alphaBar, double gamma) {
        double snr = alphaBar / (1 - alphaBar);
        return switch (prediction) {
            case EPSILON -> Math.min(1, gamma / snr);      // min(snr, gamma) / snr, and 1 where nothing is left of the image
            case SAMPLE -> Math.min(snr, gamma);
            case V -> Math.min(snr, gamma) / (snr + 1);
        };
    }
}
