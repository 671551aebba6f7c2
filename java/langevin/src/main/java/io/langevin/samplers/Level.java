package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.Step;

/// How much picture and how much noise there is in x = alpha x0 + sigma eps, and what a network's output means there.
record Level(double alpha, double sigma) {
    /// Of a share alpha_bar of the picture's variance.
    static Level of(double alphaBar) {
        return new Level(Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar));
    }

    /// Of S, the noise for a unit of picture, where x has unit variance.
    static Level ofSigma(double s) {
        double alpha = 1 / Math.sqrt(s * s + 1);
        return new Level(alpha, s * alpha);
    }

    /// ln(alpha / sigma); infinite without noise.
    double lambda() {
        return sigma > 0 ? Math.log(alpha) - Math.log(sigma) : Double.POSITIVE_INFINITY;
    }

    /// Brings a picture in x here, with the start noise.
    Step noising() {
        return Step.withoutNetwork().withMove(alpha, 0, 0).withNoise(sigma, 0);
    }

    /// Looks at the network: x0 = p*x + q*out, as it is. x' is yet to be said.
    Step look(Diffusion diffusion, double t) {
        return switch (diffusion.prediction()) {
            case EPSILON -> {
                if (alpha == 0) {
                    throw new InvalidArgumentException("alpha_bar is 0 at timestep " + t + ": a network that predicts noise says nothing about the picture there;"
                            + " begin below it (spacing leading), or take a sampler that walks sigmas, such as euler or dpm++");
                }
                yield x0(t, 1 / alpha, -sigma / alpha);
            }
            case V -> x0(t, alpha, -sigma);
            case SAMPLE -> x0(t, 0, 1);
        };
    }

    private static Step x0(double t, double p, double q) {
        return Step.at(t).withX0(p, q, Double.POSITIVE_INFINITY);
    }

    /// eps = u*x + w*out, before anything is clipped: this is u.
    double u(Diffusion diffusion) {
        return switch (diffusion.prediction()) {
            case EPSILON -> 0;
            case V -> sigma;
            case SAMPLE -> 1 / sigma;
        };
    }

    /// eps = u*x + w*out, before anything is clipped: this is w.
    double w(Diffusion diffusion) {
        return switch (diffusion.prediction()) {
            case EPSILON -> 1;
            case V -> alpha;
            case SAMPLE -> -alpha / sigma;
        };
    }

    /// x0 thresholded, or else clipped, where the checkpoint asks for it.
    static Step limited(Diffusion diffusion, Step step) {
        return diffusion.quantile() > 0 ? thresholded(diffusion, step) : step.withX0(step.p(), step.q(), diffusion.limit());
    }

    /// x0 thresholded where the checkpoint asks for it; these samplers do not clip.
    static Step thresholded(Diffusion diffusion, Step step) {
        return diffusion.quantile() > 0 ? step.withX0(step.p(), step.q(), diffusion.quantileMost()).withQuantile(diffusion.quantile()) : step;
    }
}
