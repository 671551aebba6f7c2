package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.NoiseSchedule;
import io.langevin.Sampler;
import io.langevin.Step;
import java.util.List;

/// What samplers share whose x has unit variance at its noisiest, so that noise(0) is where it begins.
interface AlphaBarSampler extends Sampler {
    @Override
    default List<Step> plan(Diffusion diffusion, int steps) {
        List<Step> rows = planFrom(diffusion, steps, 0);
        return rows.subList(1, rows.size());
    }

    @Override
    List<Step> planFrom(Diffusion diffusion, int steps, int first);

    /// alpha_bar where a step ends; a picture of which nothing is left cannot be stepped to.
    static double target(NoiseSchedule schedule, int t) {
        double to = schedule.alphaBar(t);
        if (to == 0) {
            throw new InvalidArgumentException("alpha_bar is 0 at timestep " + t + ", where a step ends: only the first may begin without any picture");
        }
        return to;
    }
}
