package io.langevin.samplers;

import io.langevin.Diffusion;
import io.langevin.Diffusion.Spacing;
import io.langevin.InvalidArgumentException;
import io.langevin.internal.Numbers;

/// The timesteps of a run, largest first (Lin et al., 2024, table 2), with the roundings of numpy.
final class Timesteps {
    private Timesteps() {
    }

    /// Of samplers that walk alpha_bar: leading, where nothing else is said.
    static int[] of(Diffusion diffusion, int steps) {
        return of(diffusion, steps, steps, Spacing.LEADING, diffusion.schedule().steps());
    }

    /// Of the first `points` - 1 intervals between `points` points, where `points` is steps or one more: DPM-Solver and UniPC leave the last point out.
    ///
    /// @param end number of timesteps, from 0 up, among which they are picked
    static int[] of(Diffusion diffusion, int steps, int points, Spacing otherwise, int end) {
        int all = diffusion.schedule().steps();
        check(steps, all);
        if (!diffusion.timesteps().isEmpty()) {
            if (steps != diffusion.timesteps().size()) {
                throw new InvalidArgumentException("steps is " + steps + ", but " + diffusion.timesteps().size() + " timesteps of your own were given");
            }
            return diffusion.timesteps().stream().mapToInt(Integer::intValue).toArray();
        }
        return switch (diffusion.spacing() == Spacing.DEFAULT ? otherwise : diffusion.spacing()) {
            case LEADING, DEFAULT -> leading(steps, points, end, all, diffusion.stepsOffset());
            case LINSPACE -> linspace(steps, points, end);
            case TRAILING -> trailing(steps, end, all);
        };
    }

    static void check(int steps, int all) {
        if (steps < 1 || steps > all) {
            throw new InvalidArgumentException("steps is " + steps + "; this model was trained with " + all + " timesteps, so 1 to " + all + " steps are possible");
        }
    }

    /// Refuses a step to begin with that the run does not have.
    static void checkFirst(int first, int steps) {
        if (first < 0 || first >= steps) {
            throw new InvalidArgumentException("a run of " + steps + " steps cannot begin with step " + first + "; it is 0 to " + (steps - 1));
        }
    }

    private static int[] leading(int steps, int points, int end, int all, int offset) {
        int gap = end / points;
        if (gap == 0) {
            throw new InvalidArgumentException(steps + " steps with leading spacing need " + points + " timesteps, there are " + end + "; take fewer steps");
        }
        int largest = (points - 1) * gap + offset;
        if (largest >= all) {
            throw new InvalidArgumentException(steps + " steps with steps_offset " + offset + " lead to timestep " + largest + ", beyond the last, " + (all - 1)
                    + "; take fewer steps");
        }
        var timesteps = new int[steps];
        for (int i = 0; i < steps; i++) {
            timesteps[i] = largest - i * gap;
        }
        return timesteps;
    }

    private static int[] linspace(int steps, int points, int end) {
        var timesteps = new int[steps];
        for (int i = 0; i < steps; i++) {
            timesteps[i] = (int) Math.rint(Numbers.linspace(0, end - 1, points, points - 1 - i));
        }
        return timesteps;
    }

    /// As many as there is room for above 0: diffusers lists one more for some counts, the timestep -1.
    private static int[] trailing(int steps, int end, int all) {
        double gap = (double) all / steps;
        var timesteps = new int[Math.min(steps, (int) Math.ceil(end / gap))];
        for (int i = 0; i < timesteps.length; i++) {
            timesteps[i] = Math.max(0, (int) Math.rint(end + i * ((end - gap) - end)) - 1);    // numpy's own order
        }
        return timesteps;
    }
}
