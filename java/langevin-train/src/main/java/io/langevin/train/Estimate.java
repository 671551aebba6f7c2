package io.langevin.train;

import java.time.Duration;

/// What a run will take, from one batch that was tried.
///
/// @param updates         that are left
/// @param imagesPerSecond trained
/// @param time            of all of them, without sample grids and checkpoints
/// @param memory          bytes of the device: weights, gradients, moments, averages, activations
/// @param disk            bytes of the checkpoints that are kept and of the model, and of one more of each while they are being written
/// @param parameters      numbers in the network
public record Estimate(long updates, double imagesPerSecond, Duration time, long memory, long disk, long parameters) {
}
