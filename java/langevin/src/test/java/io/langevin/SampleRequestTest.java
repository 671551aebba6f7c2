package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class SampleRequestTest {
    @Test
    void each_with_changes_its_own_component() {
        var request = SampleRequest.of(1).withCount(2).withSeed(3).withSteps(4).withSampler(Sampler.ddpm()).withLabels(5, 6).withGuidance(7).withNoise(NoiseSource.TORCH)
                .withNoneLabel(8).withBatch(9).withSize(10, 11);
        assertEquals(new SampleRequest(2, 3, 4, Sampler.ddpm(), List.of(5, 6), 7, NoiseSource.TORCH, 8, 9, 10, 11), request);
    }

    @Test
    void labels_cycle() {
        var request = SampleRequest.of(5).withLabels(4, 2);
        assertEquals(List.of(4, 2, 4, 2, 4), List.of(request.label(0), request.label(1), request.label(2), request.label(3), request.label(4)));
        assertEquals(-1, SampleRequest.of(5).label(3));
    }

    @Test
    void numbers_that_cannot_be_are_refused_by_name() {
        assertEquals("count is 0; it is 1 or more", assertThrows(InvalidArgumentException.class, () -> SampleRequest.of(0)).getMessage());
        var request = SampleRequest.of(1);
        assertThrows(InvalidArgumentException.class, () -> request.withSteps(0));
        assertThrows(InvalidArgumentException.class, () -> request.withBatch(-1));
        assertThrows(InvalidArgumentException.class, () -> request.withNoneLabel(-2));
        assertThrows(InvalidArgumentException.class, () -> request.withLabels(1, -1));
        assertThrows(InvalidArgumentException.class, () -> request.withGuidance(Double.NaN));
        assertThrows(InvalidArgumentException.class, () -> request.withSize(28, 0));
        assertThrows(InvalidArgumentException.class, () -> request.withSize(-1, -1));
        assertThrows(InvalidArgumentException.class, () -> request.withSampler(null));
    }
}
