package io.langevin.bench;

import io.langevin.Denoiser;
import io.langevin.Device;
import io.langevin.NoiseSource;
import io.langevin.SampleRequest;
import io.langevin.Slots;
import io.langevin.Step;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What a step costs in Java: filling the rows and one downcall that queues them. `gc.alloc.rate.norm` of the profiler `gc` must be 0 B/op.
///
/// The denoiser has no network and one-pixel images, so the device keeps up; each call waits for it, since a queue without end would be measured otherwise.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
public class StepBenchmark {
    private static final int CALLS_PER_WAIT = 256;

    @Param({"1", "16", "64"})
    public int images;

    private Device device;
    private Denoiser denoiser;
    private Slots slots;
    private Step step;
    private List<Step> steps;
    private int calls;

    @Setup(Level.Trial)
    public void open() {
        device = Device.cpu(1);
        denoiser = device.denoiser(1, images);
        slots = denoiser.join(SampleRequest.of(images).withSize(1, 1).withNoise(NoiseSource.PHILOX));
        step = Step.withoutNetwork().withMove(0.5, 0, 0).withNoise(0.5, 1);
        steps = Collections.nCopies(images, step);
    }

    @TearDown(Level.Trial)
    public void close() {
        denoiser.close();
        device.close();
    }

    @Benchmark
    public void oneStepForAll() {
        denoiser.step(slots, step);
        pace();
    }

    @Benchmark
    public void aStepForEach() {
        denoiser.step(slots, steps);
        pace();
    }

    private void pace() {
        if (++calls % CALLS_PER_WAIT == 0) {
            denoiser.await();
        }
    }
}
