package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class SampleRequestTest {
    private static final Images START = new Images(1, 1, 1, 2, new float[] {0.5f, -0.5f});

    @Test
    void each_with_changes_its_own_component() {
        var request = SampleRequest.of(1).withCount(2).withSeed(3).withSteps(4).withSampler(Sampler.ddpm()).withLabels(5, 6).withGuidance(7).withNoise(NoiseSource.TORCH)
                .withNoneLabel(8).withBatch(9).withSize(10, 11).withStart(START, 0.5).withStop(12);
        assertEquals(new SampleRequest(2, 3, 4, Sampler.ddpm(), List.of(5, 6), List.of(), 7, NoiseSource.TORCH, 8, 9, 10, 11, START, 0.5, 12), request);
    }

    @Test
    void labels_cycle() {
        var request = SampleRequest.of(5).withLabels(4, 2);
        assertEquals(List.of(4, 2, 4, 2, 4), List.of(request.label(0), request.label(1), request.label(2), request.label(3), request.label(4)));
        assertEquals(-1, SampleRequest.of(5).label(3));
    }

    @Test
    void a_picture_to_begin_with_goes_through_the_last_part_of_the_run() {
        Diffusion diffusion = Diffusion.of(NoiseSchedule.linear(0.0001, 0.02, 1000));
        var request = SampleRequest.of(1).withSteps(10).withStart(START, 0.35);
        assertEquals(Sampler.ddim(0).planFrom(diffusion, 10, 7), request.plan(diffusion), "int(10 * 0.35) = 3 steps, as diffusers counts");
        assertEquals(11, request.withStart(START, 1).plan(diffusion).size());
        assertEquals("strength is 0.05: of 10 steps that leaves none; take at least 0.1",
                assertThrows(InvalidArgumentException.class, () -> request.withStart(START, 0.05).plan(diffusion)).getMessage());
    }

    @Test
    void a_stop_counts_looks_at_the_network() {
        Diffusion diffusion = Diffusion.of(NoiseSchedule.linear(0.0001, 0.02, 1000));
        var request = SampleRequest.of(1).withSteps(10).withSampler(Sampler.named("heun")).withStop(4);
        assertEquals(request.withStop(0).plan(diffusion).subList(0, 5), request.plan(diffusion), "the row that scales the noise, and two steps of two looks");
        assertEquals("stop is 20, but this run ends after 19 looks at the network",
                assertThrows(InvalidArgumentException.class, () -> request.withStop(20).plan(diffusion)).getMessage());
    }

    @Test
    void numbers_that_cannot_be_are_refused_by_name() {
        assertEquals("count is 0; it is 1 or more", assertThrows(InvalidArgumentException.class, () -> SampleRequest.of(0)).getMessage());
        var request = SampleRequest.of(1);
        assertThrows(InvalidArgumentException.class, () -> request.withSteps(0));
        assertThrows(InvalidArgumentException.class, () -> request.withBatch(-1));
        assertThrows(InvalidArgumentException.class, () -> request.withNoneLabel(-2));
        assertThrows(InvalidArgumentException.class, () -> request.withLabels(1, -1));
        assertThrows(InvalidArgumentException.class, () -> request.withLabels(1).withConditions(new Condition.Timestep(2)));
        assertThrows(InvalidArgumentException.class, () -> new Condition.Timestep(1e39));
        assertThrows(InvalidArgumentException.class, () -> new Condition.Embedding(null));
        assertThrows(InvalidArgumentException.class, () -> request.withGuidance(Double.NaN));
        assertThrows(InvalidArgumentException.class, () -> request.withSize(28, 0));
        assertThrows(InvalidArgumentException.class, () -> request.withSize(-1, -1));
        assertThrows(InvalidArgumentException.class, () -> request.withSampler(null));
        assertThrows(InvalidArgumentException.class, () -> request.withStop(-1));
        assertThrows(InvalidArgumentException.class, () -> request.withStart(START, 0));
        assertThrows(InvalidArgumentException.class, () -> request.withStart(START, 1.1));
        assertThrows(InvalidArgumentException.class, () -> request.withStart(START, Double.NaN));
    }
}
