package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class AllocationTest {
    private static final int STEPS = 2_000;

    @Test
    void a_step_allocates_nothing_on_the_heap() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Device device = Device.cpu(1); Denoiser denoiser = device.denoiser(1, 4)) {
            Slots slots = denoiser.join(SampleRequest.of(4).withSize(1, 1));
            Step step = Step.withoutNetwork().withMove(0.5, 0, 0);
            List<Step> steps = Collections.nCopies(4, step);
            long least = Long.MAX_VALUE;
            // The compiler is at work in the first rounds; what a step itself needs shows in the best one.
            for (int round = 0; round < 30 && least > 0; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < STEPS; i++) {
                    denoiser.step(slots, step);
                    denoiser.step(slots, steps);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
                denoiser.await();
            }
            assertEquals(0, least, "bytes in " + 2 * STEPS + " steps");
        }
    }
}
