package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.Step;
import java.util.ArrayList;
import java.util.List;

/// Euler's method beyond the next level, and noise back up to it (ancestral sampling as in k-diffusion). From S to S':
///
///     up^2 = S'^2 (S^2 - S'^2) / S^2,  down^2 = S'^2 - up^2
///     x' = x + (down - S) (x - x0) / S + up noise
///
/// Draws in each step, the last too.
public record EulerAncestral() implements SigmaSampler {
    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        Levels levels = Levels.of(diffusion, steps, true);
        Timesteps.checkFirst(first, levels.count());
        var plan = new ArrayList<Step>(List.of(SigmaSampler.noising(levels.sigmas()[first])));
        int draw = 0;
        for (int i = first; i < levels.count(); i++) {
            double s = levels.sigmas()[i];
            Split split = Split.of(s, levels.sigmas()[i + 1]);
            plan.add(SigmaSampler.along(SigmaSampler.look(diffusion, levels.timesteps()[i], s), 1, split.down() - s, s).withNoise(split.up(), ++draw));
        }
        return List.copyOf(plan);
    }
}
