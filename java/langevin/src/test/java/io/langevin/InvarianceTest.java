package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.langevin.samplers.Ddim;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Same seed, same picture: bits equal, whoever else is there.
class InvarianceTest {
    /// Images of one request on their way, at their own place in their own plan.
    private static final class Run {
        final Slots slots;
        final List<Step> plan;
        int at;

        Run(Denoiser denoiser, SampleRequest request, Diffusion diffusion) {
            slots = denoiser.join(request);
            plan = request.sampler().plan(diffusion, request.steps());
        }

        boolean done() {
            return at == plan.size();
        }
    }

    @Test
    void image_i_of_seed_s_comes_out_alone_with_seed_s_plus_i() {
        try (Model model = Model.open(Mnist.FOLDER)) {
            for (NoiseSource noise : List.of(NoiseSource.PHILOX, NoiseSource.TORCH)) {
                var request = SampleRequest.of(5).withSeed(-2).withSteps(5).withSampler(Sampler.ddim(0.7)).withLabels(3, 1, 4).withGuidance(2).withNoise(noise);
                Images together = model.sample(request);
                for (int i = 0; i < 5; i++) {
                    assertEquals(together.image(i), model.sample(request.withCount(1).withSeed(-2 + i).withLabels(request.label(i))), noise + " image " + i);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "1, 3", "1, 8", "1, 17", "2, 2", "2, 3", "2, 8", "2, 17"})
    void a_request_in_any_company_is_the_request_alone(int threads, int company) {
        var random = new Random(100 * threads + company);
        var target = SampleRequest.of(2).withSeed(42).withSteps(5).withSampler(Sampler.ddim(0.4)).withLabels(8, 2).withGuidance(1.5);
        Images alone;
        try (Device one = Device.cpu(1); Model model = Model.open(Mnist.FOLDER, one)) {
            alone = model.sample(target);
        }
        try (Device device = Device.cpu(threads); Model model = Model.open(Mnist.FOLDER, device); Denoiser denoiser = model.denoiser(company + 1)) {
            var runs = new ArrayList<Run>();
            for (int taken = 0; taken < company - 1; ) {
                SampleRequest neighbour = neighbour(random).withCount(1 + random.nextInt(Math.min(3, company - 1 - taken)));
                runs.add(new Run(denoiser, neighbour, model.diffusion()));
                taken += neighbour.count();
            }
            int late = random.nextInt(1, 4);
            Run run = null;
            Images result = null;
            for (int turn = 0; result == null; turn++) {
                if (turn == late) {
                    run = new Run(denoiser, target, model.diffusion());
                    runs.add(random.nextInt(runs.size() + 1), run);
                }
                step(denoiser, runs);
                for (Run ended : runs.stream().filter(Run::done).toList()) {
                    if (ended == run) {
                        result = denoiser.read(run.slots);
                    }
                    denoiser.leave(ended.slots);
                    runs.remove(ended);
                }
            }
            assertEquals(alone, result);
        }
    }

    private static SampleRequest neighbour(Random random) {
        Sampler sampler = random.nextBoolean() ? Sampler.ddpm() : new Ddim().withEta(random.nextInt(3) * 0.5).withClippedOutput(random.nextBoolean());
        NoiseSource noise = List.of(NoiseSource.PHILOX, NoiseSource.TORCH, NoiseSource.TORCH_BATCH).get(random.nextInt(3));
        return SampleRequest.of(1).withSeed(random.nextLong()).withSteps(2 + random.nextInt(9)).withSampler(sampler).withNoise(noise).withLabels(random.nextInt(10))
                .withGuidance(random.nextBoolean() ? 1 : random.nextDouble(-1, 4));
    }

    /// One step of everybody, each by its own row.
    private static void step(Denoiser denoiser, List<Run> runs) {
        Slots slots = null;
        var steps = new ArrayList<Step>();
        for (Run run : runs) {
            slots = slots == null ? run.slots : slots.plus(run.slots);
            Step step = run.plan.get(run.at++);
            for (int i = 0; i < run.slots.size(); i++) {
                steps.add(step);
            }
        }
        if (slots != null) {
            denoiser.step(slots, steps);
        }
    }
}
