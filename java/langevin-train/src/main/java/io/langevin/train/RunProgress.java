package io.langevin.train;

import io.langevin.TrainMetrics;

/// How far a run is, after an update was queued.
///
/// @param step         updates so far
/// @param steps        of the whole run
/// @param first        updates that there were when this process began
/// @param imagesPerSecond trained by this process, without what drawing samples and writing checkpoints took
/// @param latest       what became of the latest update that is done; null: none is yet
public record RunProgress(long step, long steps, long first, double imagesPerSecond, TrainMetrics latest) {
}
