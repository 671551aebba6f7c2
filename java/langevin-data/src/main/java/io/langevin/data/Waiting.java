package io.langevin.data;

import java.time.Duration;

/// Who waited for whom.
///
/// @param batches  that were delivered
/// @param consumer how long the caller of [Loader#next] waited, all in all: much of it means that loading is too slow
/// @param loaders  how long the loader's threads waited for room, all threads together: much of it means that they have time to spare
public record Waiting(long batches, Duration consumer, Duration loaders) {
}
