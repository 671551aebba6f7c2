package io.langevin.cli;

import io.langevin.OpProfile;
import java.util.Arrays;
import java.util.List;

/// What `langevin bench` does again and again: looks of a batch at the network ([Bench]), or steps of training ([TrainingBench]).
interface Timed extends AutoCloseable {
    /// One step of the whole batch, until the device is done.
    void step();

    /// Starts a profile from zero, or ends it.
    void profiling(boolean on);

    /// The profile since it was turned on.
    List<OpProfile> profile();

    @Override
    void close();

    /// Milliseconds of each of `steps` steps.
    default double[] milliseconds(int steps) {
        var milliseconds = new double[steps];
        for (int i = 0; i < steps; i++) {
            long start = System.nanoTime();
            step();
            milliseconds[i] = (System.nanoTime() - start) * 1e-6;
        }
        return milliseconds;
    }

    /// Steps until `seconds` have passed, ten at least.
    default double[] millisecondsFor(double seconds) {
        double[] all = milliseconds(10);
        while (Arrays.stream(all).sum() < seconds * 1e3) {
            double[] more = milliseconds(10);
            double[] both = Arrays.copyOf(all, all.length + more.length);
            System.arraycopy(more, 0, both, all.length, more.length);
            all = both;
        }
        return all;
    }

    /// Where the time of `steps` steps went.
    default List<OpProfile> profile(int steps) {
        profiling(true);
        milliseconds(steps);
        List<OpProfile> profile = profile();
        profiling(false);
        return profile;
    }
}
