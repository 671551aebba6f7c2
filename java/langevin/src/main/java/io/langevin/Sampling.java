package io.langevin;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// The loop of [Model#sample]: batch after batch, step after step. A step here is a look at the network, with the rows before it that do not look.
final class Sampling {
    /// Images of a batch, where the request leaves it open: large enough that a processor is busy, small enough for previews and memory.
    private static final int BATCH = 32;

    private final SampleRequest request;
    private final Predicate<? super Progress> listener;
    private final List<Step> plan;
    private final int[] ends;       // of each step in the plan: one more than its last row
    private final int batch;

    Sampling(SampleRequest request, Predicate<? super Progress> listener, Diffusion diffusion) {
        this.request = request;
        this.listener = listener;
        this.plan = request.plan(diffusion);
        this.ends = ends(plan);
        boolean together = request.noise() == NoiseSource.TORCH_BATCH;
        int most = request.batch() > 0 ? request.batch() : together ? request.count() : BATCH;
        this.batch = Math.min(most, request.count());
        if (together && batch < request.count()) {
            throw new InvalidArgumentException("batch is " + batch + ", but with noise TORCH_BATCH one generator draws all " + request.count()
                    + " images together; leave batch at 0, or take noise TORCH");
        }
        if (request.noise() == NoiseSource.WRITTEN) {
            throw new InvalidArgumentException("noise WRITTEN needs somebody who writes it: open a denoiser and take the steps yourself");
        }
        if ((long) ends.length * batches() > Integer.MAX_VALUE) {
            throw new InvalidArgumentException(ends.length + " steps for " + batches() + " batches are too many for one request");
        }
    }

    Images run(Model model) {
        int height = request.height() > 0 ? request.height() : model.config().height();
        int width = request.width() > 0 ? request.width() : model.config().width();
        int channels = model.config().inChannels();
        long size = (long) channels * height * width;
        if (size * request.count() > Integer.MAX_VALUE - 8 || size > Integer.MAX_VALUE) {
            throw new InvalidArgumentException(request.count() + " images of " + size + " numbers are more than a Java array holds; ask for fewer at once");
        }
        ClassCheck.check(model.config(), request, 0, request.count());      // also what a later batch would find
        var values = new float[(int) size * request.count()];
        try (var denoiser = model.denoiser(batch)) {
            for (int first = 0; first < request.count(); first += batch) {
                Slots slots = denoiser.join(request, first, Math.min(batch, request.count() - first));
                denoise(denoiser, slots, first);
                Images done = denoiser.read(slots);
                System.arraycopy(done.values(), 0, values, (int) size * first, done.values().length);
                denoiser.leave(slots);
            }
        }
        return new Images(request.count(), channels, height, width, values);
    }

    /// Stays at most two steps ahead of the listener: the device always has something to do, yet progress is live, and a cancelled request stops at once.
    private void denoise(Denoiser denoiser, Slots slots, int first) {
        long before = denoiser.steps();
        int base = first / batch * ends.length;
        int ahead = 1;
        int row = 0;
        int queued = 0;
        for (int done = 0; done < ends.length; ) {
            for (; queued < ends.length && queued - done < ahead; queued++) {
                while (row < ends[queued]) {
                    denoiser.step(slots, plan.get(row++));
                }
            }
            denoiser.await(before + ends[done++]);
            // Whoever looks at every step is shown that step, not the one after.
            ahead = report(new Progress(base + done, ends.length * batches(), first, denoiser, slots)) ? 1 : 2;
        }
    }

    /// Rows that do not look at the network go with the one after them, or, at the end, with the last.
    private static int[] ends(List<Step> plan) {
        int[] ends = IntStream.rangeClosed(1, plan.size()).filter(end -> plan.get(end - 1).evaluated()).toArray();
        if (ends.length == 0) {
            return plan.isEmpty() ? ends : new int[] {plan.size()};
        }
        ends[ends.length - 1] = plan.size();
        return ends;
    }

    /// Whether the listener took a preview.
    private boolean report(Progress progress) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancelledException("cancelled by an interrupt after step " + progress.step() + " of " + progress.steps());
        }
        boolean goOn = listener.test(progress);
        progress.end();
        if (!goOn) {
            throw new CancelledException("cancelled by the listener after step " + progress.step() + " of " + progress.steps());
        }
        return progress.previewed();
    }

    private int batches() {
        return (request.count() + batch - 1) / batch;
    }
}
