package io.langevin.parity;

import io.langevin.Device;
import io.langevin.Images;
import io.langevin.Model;
import io.langevin.NoiseSource;
import io.langevin.SampleRequest;
import io.langevin.internal.Json;
import io.langevin.internal.Safetensors.Tensor;
import java.util.Arrays;

/// A whole pipeline from a seed of torch's CPU generator, by Model.sample. Pictures in [0, 1] are within 1/255: what a picture of 8 bits shows.
/// The float32 roundings of the network differ from PyTorch's, and a run carries them from step to step.
final class PipelineCase {
    static final String WHAT = "images";

    private static final double TOLERANCE = 1.0 / 255;

    private PipelineCase() {
    }

    static Verdict check(GoldenCase golden) {
        Tensors tensors = golden.tensors();
        Tensor wanted = tensors.floats("images", 4);
        SampleRequest request = request(golden, tensors);
        int count = request.count();
        if (wanted.shape()[0] != count || wanted.floats().length == 0) {
            throw new BrokenCase("tensor images has shape " + Arrays.toString(wanted.shape()) + " for " + count + " images");
        }
        Images images;
        try (Device device = Device.cpu(); Model model = Model.open(golden.folder().resolve("pipeline"), device)) {
            images = model.sample(request.withSampler(Samplers.of(model.diffusion(), golden.arguments("arguments"))));
        }
        int[] shape = {images.count(), images.channels(), images.height(), images.width()};
        if (!Arrays.equals(shape, wanted.shape())) {
            throw new BrokenCase("the model draws " + Arrays.toString(shape) + ", the case has images of " + Arrays.toString(wanted.shape()));
        }
        return Verdict.of(WHAT, Furthest.absolute(pictures(images.values()), wanted.floats()), TOLERANCE,
                "of [0, 1], " + count + (count == 1 ? " image in " : " images in ") + request.steps() + " steps, tolerance 1/255");
    }

    /// What is to be drawn; by which sampler says the checkpoint's scheduler.
    static SampleRequest request(GoldenCase golden, Tensors tensors) {
        Json.Obj fields = golden.fields();
        int count = fields.integer("count");
        if (count < 1) {
            throw new BrokenCase("count is " + count);
        }
        SampleRequest request = SampleRequest.of(count)
                .withSeed(fields.unsigned("seed"))
                .withSteps(fields.integer("steps"))
                .withNoise(fields.bool("per_image_generators") ? NoiseSource.TORCH : NoiseSource.TORCH_BATCH);
        if (tensors.has("class_labels")) {
            long[] labels = tensors.longs("class_labels", 1).longs();
            if (labels.length != count) {
                throw new BrokenCase(labels.length + " class_labels for " + count + " images");
            }
            request = request.withLabels(Arrays.stream(labels).mapToInt(Math::toIntExact).toArray());
        }
        if (!fields.isNull("none_label")) {
            request = request.withNoneLabel(fields.integer("none_label"));
        }
        if (!fields.isNull("guidance")) {
            request = request.withGuidance(fields.number("guidance"));
        }
        return request;
    }

    private static float[] pictures(float[] values) {
        var pictures = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            pictures[i] = Math.clamp(values[i] / 2 + 0.5f, 0, 1);
        }
        return pictures;
    }
}
