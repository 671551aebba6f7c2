package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.InvalidArgumentException;
import io.langevin.NoiseSchedule;
import io.langevin.Step;
import io.langevin.samplers.Multistep.Look;
import io.langevin.samplers.Multistep.Memory;
import java.util.ArrayList;
import java.util.List;

/// DPM-Solver (Lu et al., 2022, "DPM-Solver") and DPM-Solver++ (Lu et al., 2022, "DPM-Solver++"), multistep, orders 1 to 3. [Multistep] has the arithmetic.
///
/// @param order           1 to 3: how many looks at the network a step rests on
/// @param plus            DPM-Solver++, which follows x0; else DPM-Solver, which follows eps
/// @param sde             the stochastic form: noise is added on the way
/// @param heun            the second order in full; else the midpoint rule
/// @param lowerOrderFinal in runs of fewer than 15 steps the last two are of order 2 and 1
/// @param eulerAtFinal    the last step is of order 1
/// @param clean           whether the last step ends without noise, or at the schedule's smallest sigma (diffusers: final_sigmas_type zero, sigma_min)
/// @param lambdaMin       timesteps whose lambda is less are left out (diffusers: lambda_min_clipped); minus infinity: none
public record DpmSolver(int order, boolean plus, boolean sde, boolean heun, boolean lowerOrderFinal, boolean eulerAtFinal, boolean clean, double lambdaMin)
        implements AlphaBarSampler {
    public DpmSolver {
        if (order < 1 || order > 3) {
            throw new InvalidArgumentException("solver_order is " + order + "; DPM-Solver has orders 1 to 3");
        }
        if (!plus && sde && order == 3) {
            throw new InvalidArgumentException("solver_order is 3; the stochastic form of DPM-Solver (sde-dpmsolver) has orders 1 and 2");
        }
        if (!plus && clean) {
            throw new InvalidArgumentException("DPM-Solver follows eps and cannot end without noise: take final_sigmas_type sigma_min, or DPM-Solver++");
        }
        if (Double.isNaN(lambdaMin)) {
            throw new InvalidArgumentException("lambda_min_clipped is NaN");
        }
    }

    /// DPM-Solver++ 2M.
    public DpmSolver() {
        this(2, true, false, false, true, false, true, Double.NEGATIVE_INFINITY);
    }

    /// The same of another order.
    public DpmSolver withOrder(int order) {
        return new DpmSolver(order, plus, sde, heun, lowerOrderFinal, eulerAtFinal, clean, lambdaMin);
    }

    /// DPM-Solver++ ending without noise, or DPM-Solver ending at the schedule's smallest sigma, which is as far as it goes.
    public DpmSolver withPlus(boolean plus) {
        return new DpmSolver(order, plus, sde, heun, lowerOrderFinal, eulerAtFinal, plus, lambdaMin);
    }

    /// The same with noise on the way, or without.
    public DpmSolver withSde(boolean sde) {
        return new DpmSolver(order, plus, sde, heun, lowerOrderFinal, eulerAtFinal, clean, lambdaMin);
    }

    /// The same with the second order in full, or by the midpoint rule.
    public DpmSolver withHeun(boolean heun) {
        return new DpmSolver(order, plus, sde, heun, lowerOrderFinal, eulerAtFinal, clean, lambdaMin);
    }

    /// The same ending without noise, or at the schedule's smallest sigma.
    public DpmSolver withClean(boolean clean) {
        return new DpmSolver(order, plus, sde, heun, lowerOrderFinal, eulerAtFinal, clean, lambdaMin);
    }

    @Override
    public List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        NoiseSchedule schedule = diffusion.schedule();
        boolean cosine = schedule.equals(NoiseSchedule.cosine(schedule.steps()));      // for which diffusers cuts the timesteps of Karras sigmas
        SolverLevels run = SolverLevels.of(diffusion, steps, end(schedule), cosine ? SolverLevels.Whole.CUT : SolverLevels.Whole.ROUNDED, false, clean);
        Timesteps.checkFirst(first, run.count());
        var looks = new ArrayList<Look>(run.count());
        for (int i = 0; i < run.count(); i++) {
            Level level = run.levels().get(i);
            looks.add(new Look(Level.thresholded(diffusion, level.look(diffusion, run.timesteps()[i])), memory(diffusion, level)));
        }
        return new Multistep(run.levels(), plus, sde, heun)
                .plan(looks, Multistep.orders(run.count(), order, lowerOrderFinal, eulerAtFinal || clean), first, order);
    }

    /// eps is the network's own, and worked out again from x0 where that was thresholded.
    private Memory memory(Diffusion diffusion, Level level) {
        return plus ? Memory.OF_X0
                : diffusion.quantile() > 0 ? new Memory(1 / level.sigma(), -level.alpha() / level.sigma(), 0)
                : new Memory(level.u(diffusion), 0, level.w(diffusion));
    }

    /// How many timesteps, from 0 up, have a lambda of at least lambdaMin.
    private int end(NoiseSchedule schedule) {
        int end = schedule.steps();
        while (end > 1 && (float) Level.of(schedule.alphaBar(end - 1)).lambda() < lambdaMin) {
            end--;
        }
        return end;
    }
}
