package io.langevin;

/// What a trainer holds, one flat array of float32 numbers each, in the order of [Trainer#parameters].
public enum TrainState {
    /// The weights.
    WEIGHTS,
    /// Gradients, summed over the images accumulated since the last update; zeros after it.
    GRADIENTS,
    /// The optimizer's mean of gradients.
    FIRST_MOMENTS,
    /// The optimizer's mean of their squares.
    SECOND_MOMENTS,
    /// The first moving average of the plan.
    EMA_0,
    /// The second.
    EMA_1,
    /// The third.
    EMA_2,
    /// The fourth.
    EMA_3
}
