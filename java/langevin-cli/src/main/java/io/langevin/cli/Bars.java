package io.langevin.cli;

import io.langevin.evaluate.EvaluationProgress;
import java.io.PrintWriter;
import java.util.Locale;

/// A progress bar for each stage of an evaluation.
final class Bars {
    private final PrintWriter err;
    private final Interrupt interrupt;
    private String stage = "";
    private ProgressBar bar;
    private long start;

    Bars(PrintWriter err, Interrupt interrupt) {
        this.err = err;
        this.interrupt = interrupt;
    }

    /// Whether to go on.
    boolean show(EvaluationProgress progress) {
        if (!progress.stage().equals(stage)) {
            end();
            stage = progress.stage();
            err.println(stage);
            bar = new ProgressBar(err);
            start = System.nanoTime();
        }
        bar.show(progress.done(), progress.all(), 0, String.format(Locale.ROOT, "%.0f pictures/s", progress.done() / ((System.nanoTime() - start) * 1e-9)));
        return !interrupt.requested();
    }

    void end() {
        if (bar != null) {
            bar.end();
        }
    }
}
