package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleTest {
    private static Model model;

    @BeforeAll
    static void open() {
        model = Model.open(Mnist.FOLDER);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void the_model_says_what_it_is() {
        ModelConfig config = model.config();
        assertEquals(List.of("UNet2DModel", 1, 1, 28, 28, 11, 10),
                List.of(config.className(), config.inChannels(), config.outChannels(), config.height(), config.width(), config.labels(), config.noneLabel()));
        assertTrue(config.json().contains("\"block_out_channels\""));
        assertTrue(model.parameters() > 1_000_000 && model.parameters() < 2_000_000, "parameters " + model.parameters());
        assertEquals("DDPMScheduler", model.diffusion().className());
        assertEquals(1000, model.diffusion().schedule().steps());
        ModelPlan plan = model.plan(8);
        assertTrue(plan.arenaBytes() > 0 && plan.flops() > 0 && plan.ops() > 10 && plan.rows() >= 1, plan.toString());
        assertTrue(model.weightBytes() >= 4 * model.parameters() / 2, "packed weights " + model.weightBytes());
        assertTrue(model.dump(2).contains("conv_in"), model.dump(2));
        assertEquals("cpu", model.device().info().device());
        assertTrue(model.device().info().threads() >= 1);
        assertEquals(Mnist.FOLDER, model.path());
    }

    @Test
    void the_loop_of_ones_own_draws_what_sample_draws() {
        var request = SampleRequest.of(3).withSeed(11).withSteps(4).withSampler(Sampler.ddim(0.5)).withLabels(1, 2);
        try (Denoiser denoiser = model.denoiser(3)) {
            Slots slots = denoiser.join(request);
            for (Step step : request.sampler().plan(model.diffusion(), request.steps())) {
                denoiser.step(slots, step);
            }
            assertEquals(denoiser.read(slots), model.sample(request));
        }
    }

    @Test
    void pictures_fill_their_range() {
        Images images = model.sample(SampleRequest.of(4).withSteps(20).withLabels(0, 1, 2, 3));
        for (int i = 0; i < 4; i++) {
            byte[] pixels = images.pixels(i);
            int dark = 0;
            int bright = 0;
            for (byte pixel : pixels) {
                dark += (pixel & 0xff) < 32 ? 1 : 0;
                bright += (pixel & 0xff) > 200 ? 1 : 0;
            }
            assertTrue(dark > 784 / 2 && bright > 20, "image " + i + " does not look like a digit: " + dark + " dark, " + bright + " bright");
        }
    }

    @Test
    void a_request_in_batches_draws_the_same_images_and_counts_on() {
        var request = SampleRequest.of(5).withSeed(3).withSteps(3).withLabels(7, 8, 9).withGuidance(1.5).withSampler(Sampler.ddpm());
        Images whole = model.sample(request);
        var seen = new ArrayList<String>();
        Images parts = model.sample(request.withBatch(2), progress -> seen.add(progress.step() + "/" + progress.steps() + " " + progress.first() + "+" + progress.images()));
        assertEquals(whole, parts);
        assertEquals(List.of("1/9 0+2", "2/9 0+2", "3/9 0+2", "4/9 2+2", "5/9 2+2", "6/9 2+2", "7/9 4+1", "8/9 4+1", "9/9 4+1"), seen);
    }

    @Test
    void a_preview_in_every_step_shows_that_step() {
        var request = SampleRequest.of(2).withSteps(5).withLabels(6);
        var previews = new ArrayList<Images>();
        Images last = model.sample(request, progress -> previews.add(progress.preview()));
        try (Denoiser denoiser = model.denoiser(2)) {
            Slots slots = denoiser.join(request);
            for (Step step : request.sampler().plan(model.diffusion(), 5)) {
                denoiser.step(slots, step);
                assertEquals(denoiser.read(slots, Plane.X0), previews.removeFirst());
            }
        }
        assertEquals(model.sample(request), last);
    }

    @Test
    void a_run_from_a_picture_is_the_loop_from_its_step_and_stays_close_to_it() {
        var request = SampleRequest.of(2).withSteps(10).withLabels(3, 8).withNoise(NoiseSource.TORCH).withSampler(Sampler.named("dpm++"));
        Images start = model.sample(request);
        var again = request.withSeed(77).withStart(start, 0.3);
        Images near = model.sample(again);
        try (Denoiser denoiser = model.denoiser(2)) {
            Slots slots = denoiser.join(again);
            assertEquals(start, denoiser.read(slots));
            for (Step step : again.sampler().planFrom(model.diffusion(), 10, 7)) {
                denoiser.step(slots, step);
            }
            assertEquals(denoiser.read(slots), near);
        }
        double close = distance(start, near);
        double far = distance(start, model.sample(again.withStart(start, 1)));
        assertTrue(close < far / 2, "strength 0.3 is " + close + " away, strength 1 " + far);
    }

    @Test
    void a_run_that_is_stopped_goes_on_to_the_same_picture() {
        var request = SampleRequest.of(2).withSteps(8).withLabels(5).withSampler(Sampler.named("euler"));
        Images whole = model.sample(request);
        var seen = new ArrayList<Images>();
        Images stopped = model.sample(request.withStop(5), progress -> seen.add(progress.noisy()));
        assertEquals(5, seen.size());
        assertEquals(stopped, seen.getLast());
        try (Denoiser denoiser = model.denoiser(2)) {
            Slots slots = denoiser.join(request);
            denoiser.write(slots, Plane.X, 0, stopped.values());
            List<Step> rest = request.sampler().planFrom(model.diffusion(), 8, 5);
            for (Step step : rest.subList(1, rest.size())) {       // x has its noise already
                denoiser.step(slots, step);
            }
            assertEquals(whole, denoiser.read(slots));
        }
    }

    @Test
    void every_sampler_that_suits_draws_a_digit() {
        for (String name : Sampler.names()) {
            var request = SampleRequest.of(1).withSteps(12).withLabels(1).withSampler(Sampler.named(name));
            if (name.startsWith("edm")) {
                assertThrows(InvalidArgumentException.class, () -> model.sample(request));
            } else if (!name.equals("lcm") && !name.equals("tcd")) {      // those two want a network that was distilled for them
                Images one = model.sample(request);
                int bright = 0;
                for (byte pixel : one.pixels(0)) {
                    bright += (pixel & 0xff) > 128 ? 1 : 0;
                }
                assertTrue(bright > 15 && bright < 150, name + ": a one has a few bright pixels, this has " + bright);
            }
        }
    }

    private static double distance(Images a, Images b) {
        double sum = 0;
        for (int i = 0; i < a.values().length; i++) {
            sum += Math.pow(a.values()[i] - b.values()[i], 2);
        }
        return Math.sqrt(sum / a.values().length);
    }

    @Test
    void a_progress_kept_for_later_is_refused() {
        var kept = new ArrayList<Progress>();
        model.sample(SampleRequest.of(1).withSteps(1), kept::add);
        assertThrows(ClosedException.class, () -> kept.getFirst().preview());
        assertThrows(ClosedException.class, () -> kept.getFirst().noisy());
    }

    @Test
    void a_listener_that_says_false_cancels_between_steps() {
        long before = Engine.liveHandles();
        var steps = new ArrayList<Integer>();
        String message = assertThrows(CancelledException.class, () -> model.sample(SampleRequest.of(2).withSteps(50), progress -> {
            steps.add(progress.step());
            return progress.step() < 3;
        })).getMessage();
        assertEquals("cancelled by the listener after step 3 of 50", message);
        assertEquals(List.of(1, 2, 3), steps);
        assertEquals(before, Engine.liveHandles());
    }

    @Test
    void an_exception_of_the_listener_comes_out_as_it_is() {
        long before = Engine.liveHandles();
        var mine = new IllegalStateException("mine");
        assertEquals(mine, assertThrows(IllegalStateException.class, () -> model.sample(SampleRequest.of(1), progress -> {
            throw mine;
        })));
        assertEquals(before, Engine.liveHandles());
    }

    @Test
    void an_interrupt_cancels_and_stays_set() {
        Thread.currentThread().interrupt();
        assertThrows(CancelledException.class, () -> model.sample(SampleRequest.of(1)));
        assertTrue(Thread.interrupted());
    }

    @Test
    void guidance_is_the_weighted_sum_of_two_evaluations() {
        Step look = Step.at(500).withMove(0, 0, 1);
        var request = SampleRequest.of(1).withSeed(4).withLabels(5);
        try (Denoiser denoiser = model.denoiser(4)) {
            Images label = out(denoiser, request, look);
            Images none = out(denoiser, request.withLabels(), look);
            Images guided = out(denoiser, request.withGuidance(2.5), look);
            Images off = out(denoiser, request.withGuidance(0), look);
            for (int i = 0; i < 784; i++) {
                // Two products and a sum in float32 of numbers up to 2.5 * 5.
                assertEquals(2.5 * label.values()[i] - 1.5 * none.values()[i], guided.values()[i], 4e-6);
            }
            assertEquals(none, off, "a weight of 0 is not run");
            assertEquals(label, out(denoiser, request.withGuidance(1), look));
        }
    }

    private static Images out(Denoiser denoiser, SampleRequest request, Step look) {
        Slots slots = denoiser.join(request);
        denoiser.step(slots, look);
        Images out = denoiser.read(slots);
        denoiser.leave(slots);
        return out;
    }

    @Test
    void what_the_model_cannot_do_is_refused_with_the_fix() {
        assertEquals("label 12: this model has labels 0 to 9 (10 means none)",
                assertThrows(InvalidArgumentException.class, () -> model.sample(SampleRequest.of(1).withLabels(12))).getMessage());
        assertThrows(InvalidArgumentException.class, () -> model.sample(SampleRequest.of(1).withGuidance(2)));
        assertThrows(InvalidArgumentException.class, () -> model.sample(SampleRequest.of(1).withNoneLabel(11).withLabels(1)));
        assertThrows(InvalidArgumentException.class, () -> model.sample(SampleRequest.of(1).withSteps(1001)));
        assertThrows(InvalidArgumentException.class, () -> model.sample(SampleRequest.of(1).withNoise(NoiseSource.WRITTEN)));
        assertThrows(InvalidArgumentException.class, () -> model.sample(SampleRequest.of(3).withBatch(2).withNoise(NoiseSource.TORCH_BATCH)));
        assertThrows(InvalidArgumentException.class, () -> model.sample(SampleRequest.of(1).withSize(30, 30)));
        assertThrows(InvalidArgumentException.class, () -> model.sample(SampleRequest.of(Integer.MAX_VALUE)));
        assertThrows(InvalidArgumentException.class, () -> model.plan(0));
    }

    @Test
    void what_a_later_batch_would_find_is_refused_before_the_first_step() {
        var seen = new ArrayList<Integer>();
        var request = SampleRequest.of(3).withBatch(2).withSteps(2).withLabels(1, 2, 11);
        assertEquals("label 11: this model has labels 0 to 9 (10 means none)",
                assertThrows(InvalidArgumentException.class, () -> model.sample(request, progress -> seen.add(progress.step()))).getMessage());
        assertEquals(List.of(), seen);
    }

    @Test
    void a_model_that_does_not_say_its_size_wants_one_from_the_request(@TempDir Path folder) throws IOException {
        Files.copy(Mnist.FOLDER.resolve("scheduler/scheduler_config.json"), folder.resolve("scheduler_config.json"));
        Files.copy(Mnist.FOLDER.resolve("unet/diffusion_pytorch_model.safetensors"), folder.resolve("diffusion_pytorch_model.safetensors"));
        Files.writeString(folder.resolve("config.json"), model.config().json().replaceFirst("\"sample_size\": *[0-9]+", "\"sample_size\": null"));
        var request = SampleRequest.of(1).withSteps(2);
        try (Model sizeless = Model.open(folder)) {
            assertEquals("join: this model's config.json does not say its size (sample_size); say withSize(height, width)",
                    assertThrows(InvalidArgumentException.class, () -> sizeless.sample(request)).getMessage());
            assertEquals(model.sample(request), sizeless.sample(request.withSize(28, 28)));
        }
    }

    @Test
    void a_profile_tells_where_the_time_went() {
        try (Denoiser denoiser = model.denoiser(2)) {
            Slots slots = denoiser.join(SampleRequest.of(2));
            denoiser.profiling(true);
            for (int i = 0; i < 3; i++) {
                denoiser.step(slots, Step.at(10));
            }
            List<OpProfile> profile = denoiser.profile();
            denoiser.profiling(false);
            OpProfile conv = profile.stream().filter(op -> op.name().startsWith("conv_in")).findFirst().orElseThrow();
            assertEquals(3, conv.launches());
            assertTrue(conv.milliseconds() > 0 && conv.flops() > 0 && !conv.op().isEmpty());
        }
    }
}
