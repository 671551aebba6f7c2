/// Diffusion models on the JVM: open a folder that diffusers wrote, draw pictures from a seed; or train a network of your own.
///
/// ```java
/// try (var model = Model.open(Path.of("models/mnist.safetensors"))) {
///     Images images = model.sample(SampleRequest.of(10).withSeed(7).withLabels(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
///     images.grid(5).writePng(Path.of("digits.png"));
/// }
/// ```
///
/// From there down: a [Sampler] ([io.langevin.samplers] has ours) plans [Step]s from a [Diffusion], pure arithmetic; a [Denoiser] holds images in slots and
/// runs steps on them; a [Model] is a network on a [Device]. A [Trainer] makes its weights: a [TrainPlan] says how, an [Objective] what is asked of the network,
/// a [Batch] holds pictures. Every error is a [LangevinException]. [Device] and [Model] may be used by any number of threads, virtual ones
/// too; a [Denoiser] and a [Trainer] belong to one thread at a time.
///
/// **Same seed, same picture.** The bits of an image depend on its own seed, noise source, shape and steps alone: not on the batch it shared, its
/// place in it, or the number of threads. Across processors they agree to within the tolerances of docs/numerics.md.
package io.langevin;
