package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.langevin.ModelConfig.ClassInput;
import io.langevin.internal.Goldens;
import io.langevin.internal.Goldens.Case;
import io.langevin.internal.Goldens.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Networks that take a number or a vector in place of a label, against what diffusers computed.
class ConditionTest {
    private static Case golden(String name) {
        return Goldens.ofKind("unet").stream().filter(found -> found.name().equals(name)).findFirst().orElseThrow();
    }

    private static Model open(Case golden) {
        return Model.open(golden.folder().resolve("model"));
    }

    private static float[] floats(double[] numbers) {
        var floats = new float[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            floats[i] = (float) numbers[i];
        }
        return floats;
    }

    private static List<Condition> embeddings(Case golden) {
        Tensor vectors = golden.tensors().get("class_labels");
        return List.of(new Condition.Embedding(floats(vectors.row(0))), new Condition.Embedding(floats(vectors.row(1))));
    }

    private static List<Condition> timesteps(Case golden) {
        double[] numbers = golden.tensors().get("class_labels").values();
        return List.of(new Condition.Timestep(numbers[0]), new Condition.Timestep(numbers[1]));
    }

    private static SampleRequest request(int count) {
        return SampleRequest.of(count).withNoise(NoiseSource.WRITTEN);
    }

    /// What the network says of the sample, its two images under these conditions.
    private static float[] says(Denoiser denoiser, Slots slots, Case golden) {
        denoiser.write(slots, Plane.X, 0, floats(golden.tensors().get("sample").values()));
        double[] t = golden.tensors().get("timestep").values();
        denoiser.step(slots, List.of(Step.at(t[0]).withMove(1, 0, 0), Step.at(t[1]).withMove(1, 0, 0)));
        return denoiser.read(slots, Plane.OUT).values();
    }

    private static void compare(Case golden, float[] out) {
        double[] wanted = golden.tensors().get("output").values();
        assertEquals(wanted.length, out.length);
        for (int i = 0; i < out.length; i++) {
            assertEquals(wanted[i], out[i], 1e-5, golden + ", number " + i);     // two float32 orders of summation in a net of outputs about 1
        }
    }

    @Test
    void class_timesteps_are_what_diffusers_embeds() {
        Case golden = golden("unet-class-timestep");
        try (Model model = open(golden); Denoiser denoiser = model.denoiser(2)) {
            compare(golden, says(denoiser, denoiser.join(request(2).withConditions(timesteps(golden))), golden));
        }
    }

    @Test
    void class_embeddings_are_what_diffusers_adds() {
        Case golden = golden("unet-class-identity");
        try (Model model = open(golden); Denoiser denoiser = model.denoiser(2)) {
            compare(golden, says(denoiser, denoiser.join(request(2).withConditions(embeddings(golden))), golden));
        }
    }

    @Test
    void a_condition_goes_with_its_image_in_whatever_slot() {
        Case golden = golden("unet-class-identity");
        List<Condition> both = embeddings(golden);
        try (Model model = open(golden); Denoiser denoiser = model.denoiser(3)) {
            Slots others = denoiser.join(request(2).withConditions(both.reversed()));
            Slots second = denoiser.join(request(1).withConditions(both.get(1)));
            denoiser.leave(others);
            Slots first = denoiser.join(request(3).withConditions(both), 2, 1);
            compare(golden, says(denoiser, first.plus(second), golden));
        }
    }

    @Test
    void conditions_that_the_model_does_not_take_are_refused_and_nobody_joins() {
        var number = new Condition.Timestep(3);
        var refused = new ArrayList<String>();
        try (Model model = open(golden("unet-class-identity")); Denoiser denoiser = model.denoiser(2)) {
            refused.add(refusal(denoiser, request(1).withConditions(number)));
            refused.add(refusal(denoiser, request(1).withConditions(new Condition.Embedding(new float[31]))));
            refused.add(refusal(denoiser, request(1).withConditions(new Condition.Embedding(new float[0]))));
            refused.add(refusal(denoiser, request(1).withConditions(new Condition.Embedding(new float[32])).withGuidance(2)));
            assertEquals(2, denoiser.free());
        }
        try (Model model = Model.open(Mnist.FOLDER); Denoiser denoiser = model.denoiser(1)) {
            refused.add(refusal(denoiser, request(1).withConditions(number)));
        }
        try (Device device = Device.cpu(1); Denoiser denoiser = device.denoiser(1, 1)) {
            refused.add(refusal(denoiser, request(1).withSize(2, 2).withConditions(number)));
        }
        String wish = ": this model takes a class embedding of 32 numbers for every image (class_embed_type is \"identity\"); say withConditions(new Condition.Embedding(numbers))";
        assertEquals(List.of("class timestep 3.0" + wish, "class embedding of 31 numbers" + wish, "class embedding of 0 numbers" + wish,
                "guidance is 2.0, but the request has no labels to be guided to", "class timestep 3.0: this model takes labels, 0 to 10; say withLabels(0, ...)",
                "class timestep 3.0: a denoiser without a model takes no conditions"), refused);
    }

    @Test
    void a_request_without_what_the_model_needs_is_refused_before_the_first_step() {
        try (Model number = open(golden("unet-class-timestep")); Model vector = open(golden("unet-class-identity")); Model labels = open(golden("unet-class-table"));
                Model none = open(golden("unet-plain"))) {
            assertEquals(List.of(ClassInput.TIMESTEP, ClassInput.EMBEDDING, ClassInput.LABEL, ClassInput.NONE),
                    Stream.of(number, vector, labels, none).map(model -> model.config().classInput()).toList());
            assertEquals(List.of(0, 32, 0, 0), Stream.of(number, vector, labels, none).map(model -> model.config().embeddingSize()).toList());
            assertEquals("the request says no class, and this model takes a class timestep for every image (class_embed_type is \"timestep\");"
                    + " say withConditions(new Condition.Timestep(3))", refusal(number, request(1)));
            assertEquals("the request says no class, and this model takes a class embedding of 32 numbers for every image (class_embed_type is \"identity\");"
                    + " say withConditions(new Condition.Embedding(numbers))", refusal(vector, request(1)));
            assertEquals("the request says no class, and this model takes labels, 0 to " + (labels.config().labels() - 1)
                    + ", none of which means no class; say withLabels(0, ...)", refusal(labels, request(1)));
            assertEquals("class timestep 3.0: this model takes no classes: no labels and no conditions",
                    refusal(none, request(1).withConditions(new Condition.Timestep(3))));
            assertEquals("label 2: this model takes a class timestep for every image (class_embed_type is \"timestep\"); say withConditions(new Condition.Timestep(3))",
                    refusal(number, request(1).withLabels(2)));
        }
    }

    private static String refusal(Model model, SampleRequest request) {
        try (Denoiser denoiser = model.denoiser(1)) {
            String message = refusal(denoiser, request);
            assertEquals(1, denoiser.free(), "nobody joined");
            return message;
        }
    }

    private static String refusal(Denoiser denoiser, SampleRequest request) {
        return assertThrows(InvalidArgumentException.class, () -> denoiser.join(request)).getMessage();
    }
}
