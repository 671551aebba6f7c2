package io.langevin;

import io.langevin.Diffusion.Prediction;
import java.util.ArrayList;
import java.util.List;

/// What training asks of the network: a function from a random number to the row of an image. [#of] gives those of Ho et al. (2020) and Salimans and Ho (2022); one
/// of your own is a few lines. Rectified flow (Liu et al., 2023), for one:
///
/// ```java
/// Objective flow = u -> new TrainingRow(1 - u, u, 1, 1000 * u, 1, -1, 1);
/// ```
///
/// A training step allocates nothing if the rows of its objective are made beforehand, as those of [#of] are.
@FunctionalInterface
public interface Objective {
    /// The row of an image whose place in the noise was drawn as `u`, uniform in [0, 1).
    TrainingRow row(double u);

    /// The row at a timestep of the caller's ([Batch#withTimesteps]).
    ///
    /// @throws InvalidArgumentException for an objective without timesteps, which is any lambda, and for a timestep outside its schedule
    default TrainingRow at(int timestep) {
        throw new InvalidArgumentException("timestep " + timestep + " of the batch: this objective has no timesteps; give none, or an objective that says at(timestep)");
    }

    /// The objective of this prediction on this schedule, t uniform over its timesteps.
    ///
    /// @throws InvalidArgumentException for EDM's continuous noise levels
    static Objective of(Diffusion diffusion, Weighting weighting) {
        if (!(diffusion.noise() instanceof NoiseSchedule schedule)) {
            throw new InvalidArgumentException("an objective on a schedule of timesteps, but " + diffusion.className() + " has EDM's continuous noise levels: write it as an"
                    + " Objective of your own, docs/training.md gives its row");
        }
        Prediction prediction = diffusion.prediction();
        var rows = new ArrayList<TrainingRow>(schedule.steps());
        for (int t = 0; t < schedule.steps(); t++) {
            double alphaBar = schedule.alphaBar(t);
            double a = Math.sqrt(alphaBar);
            double b = Math.sqrt(1 - alphaBar);
            double w = weighting.of(prediction, alphaBar);
            rows.add(switch (prediction) {
                case EPSILON -> new TrainingRow(a, b, 1, t, w, 0, 1);
                case SAMPLE -> new TrainingRow(a, b, 1, t, w, 1, 0);
                case V -> new TrainingRow(a, b, 1, t, w, -b, a);
            });
        }
        return new OnSchedule(prediction, weighting, List.copyOf(rows));
    }

    /// The objective of classifiers: the picture as it is, and what is on it ([Batch#withLabels(int...)]).
    static Objective classification() {
        return new Classification();
    }

    /// The picture as it is, whatever was drawn.
    record Classification() implements Objective {
        private static final TrainingRow PICTURE = new TrainingRow(1, 0, 1, 0, 1, 0, 0);

        @Override
        public TrainingRow row(double u) {
            return PICTURE;
        }

        @Override
        public String toString() {
            return "classification";
        }
    }

    /// Rows of all timesteps.
    ///
    /// @param prediction what the network's output means
    /// @param weighting  of the timesteps
    /// @param rows       index = timestep
    record OnSchedule(Prediction prediction, Weighting weighting, List<TrainingRow> rows) implements Objective {
        public OnSchedule {
            rows = List.copyOf(rows);
        }

        /// t = floor(u T).
        @Override
        public TrainingRow row(double u) {
            return rows.get((int) (u * rows.size()));
        }

        @Override
        public TrainingRow at(int timestep) {
            if (timestep < 0 || timestep >= rows.size()) {
                throw new InvalidArgumentException("timestep " + timestep + " of the batch is outside the schedule's 0 to " + (rows.size() - 1));
            }
            return rows.get(timestep);
        }

        @Override
        public String toString() {
            return prediction + " on " + rows.size() + " timesteps, " + weighting;
        }
    }
}
