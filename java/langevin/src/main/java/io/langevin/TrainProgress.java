package io.langevin;

/// How far a trainer is. With its arrays ([TrainState]) and the plan this is all that a run needs to go on as if it had never stopped.
///
/// @param updates updates that were queued
/// @param moves   updates that moved the weights: all but skipped ones
/// @param images  images that were accumulated: the seeds of the next are counted from here
public record TrainProgress(long updates, long moves, long images) {
    /// @throws InvalidArgumentException for counts that cannot be
    public TrainProgress {
        if (updates < 0 || moves < 0 || moves > updates || images < 0) {
            throw new InvalidArgumentException("progress of " + updates + " updates, " + moves + " of them moves, " + images + " images: none is below 0, and moves are updates");
        }
    }
}
