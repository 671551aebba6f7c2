package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.NoiseSchedule;
import io.langevin.internal.Numbers;

/// S = sqrt((1 - alpha_bar) / alpha_bar) of every timestep, float32: how much noise there is for a unit of picture. Samplers that walk sigmas move on it and
/// between its entries.
final class SigmaTable {
    /// Stands for alpha_bar = 0 at the last timestep, which has no S (diffusers' number: float16's smallest). S may be larger just before it.
    private static final float ALMOST_NOTHING = 0x1p-24f;

    private final double[] sigmas;
    private final double[] logarithms;

    SigmaTable(NoiseSchedule schedule) {
        float[] bars = schedule.alphaBar();
        int last = bars.length - 1;
        if (bars[last] == 0) {
            bars[last] = ALMOST_NOTHING;
        }
        sigmas = new double[bars.length];
        logarithms = new double[bars.length];
        for (int t = 0; t <= last; t++) {
            sigmas[t] = (float) Math.sqrt((1 - bars[t]) / bars[t]);
            logarithms[t] = (float) Math.log(sigmas[t]);
            if (!(sigmas[t] <= 1e18)) {
                throw new InvalidArgumentException("alpha_bar is " + schedule.alphaBar(t) + " at timestep " + t + ", too little for a sampler that walks sigmas: ddpm and"
                        + " ddim do without");
            }
        }
    }

    double first() {
        return sigmas[0];
    }

    double last() {
        return sigmas[sigmas.length - 1];
    }

    /// S at a timestep that may lie between two.
    double at(double t) {
        int below = (int) t;
        return below == t ? sigmas[below] : (sigmas[below + 1] - sigmas[below]) * (t - below) + sigmas[below];
    }

    /// The timestep of S, which may lie between two: ln S is linear there.
    double timestep(double sigma) {
        double log = Math.log(Math.max(sigma, 1e-10));
        int below = below(log);
        if (below < 0 || logarithms[below] == logarithms[below + 1]) {
            return Math.max(below, 0);
        }
        double w = Math.clamp((logarithms[below] - log) / (logarithms[below] - logarithms[below + 1]), 0, 1);
        return (1 - w) * below + w * (below + 1);
    }

    /// The last entry that is not above, but not the table's last; -1 of a table of one.
    private int below(double log) {
        int last = logarithms.length - 1;
        if (logarithms[last] <= log) {
            return last - 1;
        }
        int below = 0;
        for (int above = last; above - below > 1; ) {
            int middle = (below + above) >>> 1;
            if (logarithms[middle] <= log) {
                below = middle;
            } else {
                above = middle;
            }
        }
        return Math.min(below, last - 1);
    }

    /// `count` sigmas from `most` to `least` as the diffusion wants them spaced; null: as the schedule has them.
    double[] respaced(Diffusion diffusion, double most, double least, int count) {
        if (diffusion.sigmas() != Diffusion.Sigmas.SCHEDULE && !diffusion.timesteps().isEmpty()) {
            throw new InvalidArgumentException("sigmas are spaced " + diffusion.sigmas() + ", which chooses the timesteps: they cannot be given as well");
        }
        return switch (diffusion.sigmas()) {
            case SCHEDULE -> null;
            case KARRAS -> Numbers.karras(most, least, 7, count);
            case EXPONENTIAL -> Numbers.exponential(Math.log(most), Math.log(least), count);
            case LAMBDA_UNIFORM -> Numbers.exponential(logarithms[logarithms.length - 1], logarithms[0], count);
        };
    }
}
