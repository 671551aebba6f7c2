package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.Step;
import java.util.ArrayList;
import java.util.List;

/// The midpoint method on the probability flow (Karras et al., 2022, section 3, as DPM2 in k-diffusion): two looks a step, the last one excepted. With slope
/// d = (x - x0) / S and M = sqrt(S S'):
///
///     row 1 at S:   x' = x + (M - S) d,  H0 = x
///     row 2 at M:   x' = H0 + (S' - S) d_M
///
/// @param ancestral steps beyond S' and adds noise back up to it
public record Kdpm2(boolean ancestral) implements SigmaSampler {
    /// Deterministic.
    public Kdpm2() {
        this(false);
    }

    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        Levels levels = Levels.of(diffusion, steps, true);
        Timesteps.checkFirst(first, levels.count());
        var plan = new ArrayList<Step>(List.of(SigmaSampler.noising(levels.sigmas()[first])));
        int draw = 0;
        for (int i = first; i < levels.count(); i++) {
            double s = levels.sigmas()[i];
            double to = levels.sigmas()[i + 1];
            double t = diffusion.sigmas() == Diffusion.Sigmas.KARRAS ? Math.rint(levels.timesteps()[i]) : levels.timesteps()[i];
            Split split = ancestral ? Split.of(s, to) : new Split(to, 0);
            double middle = Math.sqrt(s * split.down());
            Step step = SigmaSampler.along(SigmaSampler.look(diffusion, t, s), 1, middle - s, s);
            if (middle == 0) {
                plan.add(ancestral && to > 0 ? step.withNoise(split.up(), ++draw) : step);
            } else {
                plan.add(step.withSave(0, 1, 0, 0, 0));
                Step second = SigmaSampler.along(SigmaSampler.look(diffusion, levels.table().timestep((float) middle), middle), 0, split.down() - s, middle);
                plan.add((ancestral ? second.withNoise(split.up(), ++draw) : second).withHistory(1, 0, 0, 0));
            }
        }
        return List.copyOf(plan);
    }
}
