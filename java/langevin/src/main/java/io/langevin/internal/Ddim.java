package io.langevin.internal;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.NoiseSchedule;
import io.langevin.Sampler;
import io.langevin.Step;
import java.util.ArrayList;
import java.util.List;

/// DDIM (Song, Meng and Ermon, 2021, equations 12 and 16), from timestep t to s = t - floor(T / steps):
///
///     x0 = (x - sqrt(1 - alpha_bar_t) out) / sqrt(alpha_bar_t), clipped
///     x' = sqrt(alpha_bar_s) x0 + sqrt(1 - alpha_bar_s - std^2) out + std noise
///     std = eta sqrt((1 - alpha_bar_s) / (1 - alpha_bar_t) (1 - alpha_bar_t / alpha_bar_s))
///
/// @param eta              0: deterministic; 1: DDPM's noise
/// @param useClippedOutput the noise that is kept comes from the clipped x0, (x - sqrt(alpha_bar_t) x0) / sqrt(1 - alpha_bar_t), instead of from out
public record Ddim(double eta, boolean useClippedOutput) implements Sampler {
    public Ddim {
        if (!(eta >= 0 && eta < Double.POSITIVE_INFINITY)) {
            throw new InvalidArgumentException("eta is " + eta + "; it is 0 or more, usually 0 to 1");
        }
    }

    @Override
    public List<Step> plan(Diffusion diffusion, int steps) {
        NoiseSchedule schedule = diffusion.schedule();
        int[] times = diffusion.timesteps(steps);
        int gap = schedule.steps() / steps;
        double last = diffusion.finalAlphaOne() ? 1 : schedule.alphaBar(0);
        var plan = new ArrayList<Step>(steps);
        int draw = 0;
        for (int t : times) {
            int next = t - gap;                                        // whatever the list says next: diffusers' rule
            double from = schedule.alphaBar(t);
            double to = next >= 0 ? schedule.alphaBar(next) : last;
            double ratio = (float) (from / to);                        // float32, as the checkpoint's own sampler: 1 - ratio cancels when steps are short
            double std = eta * Math.sqrt((1 - to) / (1 - from) * (1 - ratio));
            double kept = Math.sqrt(Math.max(0, 1 - to - std * std));  // of the old noise
            Step step = Predictions.at(diffusion, t, from);
            if (useClippedOutput) {
                double k = kept / Math.sqrt(1 - from);
                step = step.withMove(k, Math.sqrt(to) - k * Math.sqrt(from), 0);
            } else {
                step = step.withMove(0, Math.sqrt(to), kept);
            }
            // Counted in the last step too, where std may be 0: the place in PyTorch's stream depends on it.
            plan.add(eta > 0 ? step.withNoise(std, ++draw) : step);
        }
        return List.copyOf(plan);
    }

    @Override
    public String toString() {
        return "DDIM" + (eta > 0 ? " eta " + eta : "") + (useClippedOutput ? " with clipped output" : "");
    }
}
