package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.Sampler;
import io.langevin.Step;
import io.langevin.samplers.Multistep.Look;
import io.langevin.samplers.Multistep.Memory;
import java.util.Arrays;
import java.util.List;

/// DPM-Solver++ (Lu et al., 2022) for EDM networks (Karras et al., 2022): x = x0 + S eps, so alpha is 1 and sigma is S. [Multistep] has the arithmetic.
///
/// @param order           1 to 3: how many looks at the network a step rests on
/// @param sde             the stochastic form: noise is added on the way
/// @param heun            the second order in full; else the midpoint rule
/// @param lowerOrderFinal in runs of fewer than 15 steps the last two are of order 2 and 1
/// @param eulerAtFinal    the last step is of order 1
/// @param clean           whether the last step ends without noise, or at sigmaMin (diffusers: final_sigmas_type zero, sigma_min)
public record EdmDpmSolver(int order, boolean sde, boolean heun, boolean lowerOrderFinal, boolean eulerAtFinal, boolean clean) implements Sampler {
    public EdmDpmSolver {
        if (order < 1 || order > 3) {
            throw new InvalidArgumentException("solver_order is " + order + "; DPM-Solver++ has orders 1 to 3");
        }
    }

    /// DPM-Solver++ 2M.
    public EdmDpmSolver() {
        this(2, false, false, true, false, true);
    }

    /// The same of another order.
    public EdmDpmSolver withOrder(int order) {
        return new EdmDpmSolver(order, sde, heun, lowerOrderFinal, eulerAtFinal, clean);
    }

    /// The same with noise on the way, or without.
    public EdmDpmSolver withSde(boolean sde) {
        return new EdmDpmSolver(order, sde, heun, lowerOrderFinal, eulerAtFinal, clean);
    }

    @Override
    public List<Step> plan(Diffusion diffusion, int steps) {
        return EdmLevels.fromNoise(diffusion, planFrom(diffusion, steps, 0));
    }

    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        double[] sigmas = EdmLevels.of(diffusion, steps, clean, true);
        Timesteps.checkFirst(first, steps);
        List<Look> looks = Arrays.stream(sigmas, 0, steps).mapToObj(s -> new Look(Level.thresholded(diffusion, EdmLevels.look(diffusion, s, s)), Memory.OF_X0)).toList();
        return new Multistep(Arrays.stream(sigmas).mapToObj(s -> new Level(1, s)).toList(), true, sde, heun)
                .plan(looks, Multistep.orders(steps, order, lowerOrderFinal, eulerAtFinal || clean), first, order);
    }
}
