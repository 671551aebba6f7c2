package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;

/// Timesteps of models that were distilled on a coarse grid of them, T / original apart: LCM and TCD.
final class Distilled {
    private Distilled() {
    }

    static int[] timesteps(Diffusion diffusion, int steps, int original) {
        int all = diffusion.schedule().steps();
        if (!diffusion.timesteps().isEmpty()) {
            return Timesteps.of(diffusion, steps);
        }
        if (original > all) {
            throw new InvalidArgumentException("original_inference_steps is " + original + "; the schedule has " + all + " timesteps");
        }
        if (steps < 1 || steps > original) {
            throw new InvalidArgumentException("steps is " + steps + "; this sampler picks from " + original + " timesteps (original_inference_steps), so 1 to " + original
                    + " steps are possible");
        }
        var timesteps = new int[steps];
        for (int i = 0; i < steps; i++) {
            int at = (int) Math.floor(i * ((double) original / steps));
            timesteps[i] = (original - at) * (all / original) - 1;
        }
        return timesteps;
    }

    static void checkOriginal(int original) {
        if (original < 1) {
            throw new InvalidArgumentException("original_inference_steps is " + original + "; it is 1 or more");
        }
    }
}
