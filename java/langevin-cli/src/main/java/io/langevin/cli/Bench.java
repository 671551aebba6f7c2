package io.langevin.cli;

import io.langevin.Condition;
import io.langevin.Denoiser;
import io.langevin.Device;
import io.langevin.Model;
import io.langevin.ModelConfig;
import io.langevin.OpProfile;
import io.langevin.SampleRequest;
import io.langevin.Slots;
import io.langevin.Step;
import java.util.Arrays;
import java.util.List;

/// A batch of images that takes one look at the network again and again: what `langevin bench` times. The images stay as they are.
final class Bench implements Timed {
    /// Evaluates at t = 500 and moves nothing.
    private static final Step LOOK = look(500);
    private static final int CALLS_UNTIL_COMPILED = 20_000;

    final Denoiser denoiser;
    final Slots slots;
    private final int rows;

    Bench(Model model, int rows) {
        this.rows = rows;
        denoiser = model.denoiser(rows);
        slots = denoiser.join(ofSomeClass(SampleRequest.of(rows), model.config()));
    }

    /// Which makes no difference to the time.
    private static SampleRequest ofSomeClass(SampleRequest request, ModelConfig config) {
        return switch (config.classInput()) {
            case NONE -> request;
            case LABEL -> request.withLabels(0);
            case TIMESTEP -> request.withConditions(new Condition.Timestep(1));
            case EMBEDDING -> request.withConditions(new Condition.Embedding(new float[config.embeddingSize()]));
        };
    }

    static Step look(double t) {
        return Step.at(t).withMove(1, 0, 0);
    }

    @Override
    public void step() {
        denoiser.step(slots, LOOK);
        denoiser.await();
    }

    @Override
    public void profiling(boolean on) {
        denoiser.profiling(on);
    }

    @Override
    public List<OpProfile> profile() {
        return denoiser.profile();
    }

    /// Java's own share of a step: filling and queueing the rows, median, the device busy with nothing. On a denoiser without a network, whose rows are filled
    /// and queued by the same code.
    double millisecondsOfJava(Device device) {
        try (var bare = device.denoiser(1, rows)) {
            Slots images = bare.join(SampleRequest.of(rows).withSize(1, 1));
            Step move = Step.withoutNetwork().withMove(1, 0, 0);
            var milliseconds = new double[CALLS_UNTIL_COMPILED];
            for (int i = 0; i < CALLS_UNTIL_COMPILED; i++) {
                long start = System.nanoTime();
                bare.step(images, move);
                milliseconds[i] = (System.nanoTime() - start) * 1e-6;
                if (i % 64 == 0) {
                    bare.await();
                }
            }
            return median(Arrays.copyOfRange(milliseconds, CALLS_UNTIL_COMPILED / 2, CALLS_UNTIL_COMPILED));
        }
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    @Override
    public void close() {
        denoiser.close();
    }
}
