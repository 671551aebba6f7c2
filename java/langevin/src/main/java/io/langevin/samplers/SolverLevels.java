package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.Diffusion.Sigmas;
import io.langevin.Diffusion.Spacing;
import io.langevin.internal.Numbers;
import java.util.Arrays;
import java.util.List;

/// The timesteps of a run of DPM-Solver or UniPC, and its levels with the one where the last step ends.
record SolverLevels(double[] timesteps, List<Level> levels) {
    /// How timesteps that come from sigmas become whole.
    enum Whole { ROUNDED, CUT }

    /// @param end       number of timesteps, from 0 up, among which they are picked
    /// @param whole     of Karras and lambda-uniform sigmas; exponential ones are cut
    /// @param ownLowest the lowest sigma is the run's own where it has respaced ones, else the schedule's
    static SolverLevels of(Diffusion diffusion, int steps, int end, Whole whole, boolean ownLowest, boolean clean) {
        var table = new SigmaTable(diffusion.schedule());
        boolean trailing = diffusion.spacing() == Spacing.TRAILING || !diffusion.timesteps().isEmpty();
        double[] timesteps = null;
        double[] sigmas = table.respaced(diffusion, table.last(), table.first(), steps);
        double lowest = table.first();
        if (sigmas == null) {
            int[] picked = Timesteps.of(diffusion, steps, trailing ? steps : steps + 1, Spacing.LINSPACE, end);
            timesteps = Arrays.stream(picked).asDoubleStream().toArray();
            sigmas = Arrays.stream(picked).mapToDouble(table::at).toArray();
        } else {
            Timesteps.check(steps, diffusion.schedule().steps());
            boolean cut = whole == Whole.CUT || diffusion.sigmas() == Sigmas.EXPONENTIAL;
            timesteps = Arrays.stream(sigmas).map(s -> cut ? Math.floor(table.timestep(s)) : Math.rint(table.timestep(s))).toArray();
            lowest = ownLowest ? sigmas[sigmas.length - 1] : lowest;
        }
        return new SolverLevels(timesteps, Arrays.stream(Numbers.rounded(sigmas, clean ? 0 : lowest)).mapToObj(Level::ofSigma).toList());
    }

    int count() {
        return timesteps.length;
    }
}
