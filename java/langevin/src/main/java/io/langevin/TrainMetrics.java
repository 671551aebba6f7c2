package io.langevin;

/// What became of an update.
///
/// @param update       its number; the first is 1
/// @param loss         mean over its images
/// @param gradNorm     length of the mean gradient before it was clipped
/// @param learningRate that it was made with
/// @param images       that it was made of
/// @param skipped      the gradient was not finite, and weights, moments and averages are as before
public record TrainMetrics(long update, double loss, double gradNorm, double learningRate, int images, boolean skipped) {
}
