/// A run is a folder. It may be killed at any moment, and goes on as if nothing had happened:
///
/// ```java
/// try (Device device = Device.auto(); Run run = Run.begin(Path.of("runs/first"), RunConfig.of("{\"data\": \"pictures\", \"model\": \"unet-32.json\"}"), device)) {
///     run.train(progress -> true);
/// }
/// ```
///
/// The folder is a model, its latest moving average: `Model.open(Path.of("runs/first"))`.
package io.langevin.train;
