package io.langevin.evaluate;

import java.util.List;

/// What was found of some pictures.
///
/// @param frechet Frechet distance of their features to those of the training pictures; NaN: there is no classifier
/// @param byClass how many of each class were seen as it; empty: no class was asked for, or there is no classifier
/// @param median  of their distances to the nearest training picture each, as [Nearest#distance]
/// @param low     the distance that 5 % of them are below
/// @param near    how many are nearer to a training picture than [Evaluation#limit]
public record Figures(double frechet, List<Score> byClass, double median, double low, int near) {
    public Figures {
        byClass = List.copyOf(byClass);
    }

    /// Of all classes together.
    public Score accuracy() {
        return Score.sum(byClass);
    }
}
