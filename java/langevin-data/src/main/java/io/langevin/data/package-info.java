/// Pictures to train on.
///
/// ```java
/// Dataset data = Datasets.open(Path.of("pictures"), 3, 64, 64);
/// try (Loader loader = data.shuffled(7).batches(128)) {
///     for (Batch batch : loader) {
///         trainer.accumulate(batch);
///         trainer.apply();
///     }
/// }
/// ```
///
/// A [Dataset] is pictures of one size by number, an interface that is yours to write as well. [Shuffled] is an order of them, position after position without end; a [Loader]
/// decodes ahead on its own threads and delivers [io.langevin.Batch]es in that order, whatever the threads. Everything here gives the same bits on every machine and every JDK, but
/// for what a JDK's JPEG decoder makes of a JPEG. Whatever is wrong with a user's files is a [io.langevin.LangevinException] of one sentence that names the file.
package io.langevin.data;
