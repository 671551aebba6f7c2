package io.langevin.internal;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.Step;

/// The estimate of the clean image, x0 = p*x + q*out, from what the network predicts at level alpha_bar.
final class Predictions {
    private Predictions() {
    }

    static Step at(Diffusion diffusion, int t, double alphaBar) {
        double alpha = Math.sqrt(alphaBar);
        double sigma = Math.sqrt(1 - alphaBar);
        return switch (diffusion.prediction()) {
            case EPSILON -> {
                if (alphaBar == 0) {
                    throw new InvalidArgumentException("alpha_bar is 0 at timestep " + t + ": a network that predicts noise says nothing about the picture there");
                }
                yield Step.at(t).withX0(1 / alpha, -sigma / alpha, diffusion.limit());
            }
        };
    }
}
