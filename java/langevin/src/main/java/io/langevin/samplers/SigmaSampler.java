package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.Diffusion.Spacing;
import io.langevin.Sampler;
import io.langevin.Step;
import io.langevin.internal.Numbers;
import java.util.ArrayList;
import java.util.List;

/// What Euler, Heun and KDPM2 share: x = x0 + S eps, of which the network sees x / sqrt(S^2 + 1).
interface SigmaSampler extends Sampler {
    /// Begins with noise(0) brought to the first S; with leading spacing, which stops short of the last timestep, to sqrt(S^2 + 1), as diffusers does.
    @Override
    default List<Step> plan(Diffusion diffusion, int steps) {
        var rows = new ArrayList<>(planFrom(diffusion, steps, 0));
        double s = rows.getFirst().d();
        rows.set(0, Step.withoutNetwork().withMove(diffusion.spacing() == Spacing.LEADING ? Math.sqrt(s * s + 1) : s, 0, 0));
        return List.copyOf(rows);
    }

    @Override
    List<Step> planFrom(Diffusion diffusion, int steps, int first);

    /// The timesteps of a run, which may lie between two of the schedule's, and its sigmas with the one where the last step ends.
    record Levels(SigmaTable table, double[] timesteps, double[] sigmas) {
        static Levels of(Diffusion diffusion, int steps, boolean clean) {
            var table = new SigmaTable(diffusion.schedule());
            var timesteps = new double[steps(diffusion, steps)];
            var sigmas = new double[timesteps.length];
            boolean fractions = diffusion.timesteps().isEmpty() && (diffusion.spacing() == Spacing.LINSPACE || diffusion.spacing() == Spacing.DEFAULT);
            int[] whole = fractions ? null : Timesteps.of(diffusion, steps);
            for (int i = 0; i < timesteps.length; i++) {
                timesteps[i] = fractions ? (float) Numbers.linspace(0, diffusion.schedule().steps() - 1, steps, steps - 1 - i) : whole[i];
                sigmas[i] = table.at(timesteps[i]);
            }
            double[] respaced = table.respaced(diffusion, sigmas[0], sigmas[sigmas.length - 1], sigmas.length);
            if (respaced != null) {
                sigmas = respaced;
                for (int i = 0; i < timesteps.length; i++) {
                    timesteps[i] = table.timestep(sigmas[i]);
                }
            }
            return new Levels(table, timesteps, Numbers.rounded(sigmas, clean ? 0 : table.first()));
        }

        private static int steps(Diffusion diffusion, int steps) {
            Timesteps.check(steps, diffusion.schedule().steps());
            return diffusion.timesteps().isEmpty() ? steps : Timesteps.of(diffusion, steps).length;
        }

        int count() {
            return timesteps.length;
        }
    }

    /// Brings a picture in x to S.
    static Step noising(double s) {
        return new Level(1, s).noising();
    }

    /// Looks at the network where the noise is S. x' is yet to be said.
    static Step look(Diffusion diffusion, double t, double s) {
        double n = s * s + 1;
        Step step = Step.at(t).withScale(1 / Math.sqrt(n));
        return switch (diffusion.prediction()) {
            case EPSILON -> step.withX0(1, -s, Double.POSITIVE_INFINITY);
            case V -> step.withX0(1 / n, -s / Math.sqrt(n), Double.POSITIVE_INFINITY);
            case SAMPLE -> step.withX0(0, 1, Double.POSITIVE_INFINITY);
        };
    }

    /// x' = share*x + h*(x - x0)/S: along the slope of the path.
    static Step along(Step step, double share, double h, double s) {
        return step.withMove(share + h / s, -h / s, 0);
    }

    /// How an ancestral step from S to S' is split (Song et al., 2021, as in k-diffusion): down to `down`, then noise `up`, up^2 + down^2 = S'^2.
    record Split(double down, double up) {
        static Split of(double s, double to) {
            double up = Math.sqrt(Math.max(0, to * to * (s * s - to * to) / (s * s)));
            return new Split(Math.sqrt(Math.max(0, to * to - up * up)), up);
        }
    }
}
