package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.NoiseSchedule;
import io.langevin.Step;
import io.langevin.internal.Numbers;
import java.util.ArrayList;
import java.util.List;

/// DDIM (Song, Meng and Ermon, 2021, equations 12 and 16), from timestep t to s:
///
///     x0 = (x - sqrt(1 - alpha_bar_t) out) / sqrt(alpha_bar_t), clipped
///     x' = sqrt(alpha_bar_s) x0 + sqrt(1 - alpha_bar_s - std^2) eps + std noise
///     std = eta sqrt((1 - alpha_bar_s) / (1 - alpha_bar_t) (1 - alpha_bar_t / alpha_bar_s))
///
/// eps is the network's, whatever happened to x0.
///
/// @param eta              0: deterministic; 1: DDPM's noise
/// @param useClippedOutput eps comes from the clipped x0, (x - sqrt(alpha_bar_t) x0) / sqrt(1 - alpha_bar_t), instead (diffusers: use_clipped_model_output)
/// @param corrected        s is the next timestep of the list. diffusers takes t - floor(T / steps) whatever the list says, which for linspace and trailing
///                         spacing is another level than the next step begins at; so do we, unless told otherwise or given timesteps of your own
public record Ddim(double eta, boolean useClippedOutput, boolean corrected) implements AlphaBarSampler {
    public Ddim {
        if (!(eta >= 0 && eta <= 1e6)) {
            throw new InvalidArgumentException("eta is " + eta + "; it is 0 or more, usually 0 to 1");
        }
    }

    /// Deterministic.
    public Ddim() {
        this(0, false, false);
    }

    /// The same with another share of DDPM's noise.
    public Ddim withEta(double eta) {
        return new Ddim(eta, useClippedOutput, corrected);
    }

    /// The same with eps from the clipped x0, or from the network.
    public Ddim withClippedOutput(boolean useClippedOutput) {
        return new Ddim(eta, useClippedOutput, corrected);
    }

    /// The same stepping to the next timestep of the list, or as diffusers does.
    public Ddim withCorrected(boolean corrected) {
        return new Ddim(eta, useClippedOutput, corrected);
    }

    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        NoiseSchedule schedule = diffusion.schedule();
        int[] times = Timesteps.of(diffusion, steps);
        Timesteps.checkFirst(first, times.length);
        int gap = schedule.steps() / steps;
        boolean listed = corrected || !diffusion.timesteps().isEmpty();
        double last = diffusion.end() == Diffusion.End.FIRST ? AlphaBarSampler.target(schedule, 0) : 1;
        var plan = new ArrayList<Step>(List.of(Level.of(schedule.alphaBar(times[first])).noising()));
        int draw = 0;
        for (int i = first; i < times.length; i++) {
            int next = !listed ? times[i] - gap : i + 1 < times.length ? times[i + 1] : -1;
            double from = schedule.alphaBar(times[i]);
            double to = next >= 0 ? AlphaBarSampler.target(schedule, next) : last;
            double std = eta * Math.sqrt(Math.max(0, (1 - to) / (1 - from) * (1 - Numbers.ratio(from, to))));
            Step step = Level.limited(diffusion, move(diffusion, times[i], from, to, std, useClippedOutput));
            // Counted in the last step too, where std may be 0: the place in PyTorch's stream depends on it.
            plan.add(eta > 0 ? step.withNoise(std, ++draw) : step);
        }
        return List.copyOf(plan);
    }

    /// The row from alpha_bar `from` to `to`, without its noise.
    static Step move(Diffusion diffusion, double t, double from, double to, double std, boolean useClippedOutput) {
        Level level = Level.of(from);
        double kept = Math.sqrt(Math.max(0, 1 - to - std * std));          // of the old noise
        if (useClippedOutput) {
            double k = kept / level.sigma();
            return level.look(diffusion, t).withMove(k, Math.sqrt(to) - k * level.alpha(), 0);
        }
        return level.look(diffusion, t).withMove(kept * level.u(diffusion), Math.sqrt(to), kept * level.w(diffusion));
    }
}
