package io.langevin;

/// How far a request is: what [Model#sample(SampleRequest, java.util.function.Predicate)] tells its listener after each step.
public final class Progress {
    private final int step;
    private final int steps;
    private final int first;
    private final int images;
    private final Denoiser denoiser;
    private final Slots slots;
    private boolean previewed;
    private boolean over;

    Progress(int step, int steps, int first, Denoiser denoiser, Slots slots) {
        this.step = step;
        this.steps = steps;
        this.first = first;
        this.images = slots.size();
        this.denoiser = denoiser;
        this.slots = slots;
    }

    /// Steps that are done, 1 to [#steps]: looks at the network, of which some samplers need two for a step of theirs. A request that needs several batches counts on through all of them.
    public int step() {
        return step;
    }

    /// Steps of the whole request.
    public int steps() {
        return steps;
    }

    /// Number of the first image of the batch that is being drawn.
    public int first() {
        return first;
    }

    /// How many images the batch that is being drawn holds.
    public int images() {
        return images;
    }

    /// The images of this batch as they are, with the noise that is still in them. Copied from the device when asked for; else as [#preview].
    ///
    /// @throws ClosedException when the listener has returned
    public Images noisy() {
        return read("noisy", Plane.X);
    }

    /// The present estimate of the finished images of this batch, in [-1, 1] where the sampler clips. Copied from the device when asked for. Listeners that ask
    /// in every step see exactly that step; one that asks now and then may see the step after, since it is computed already.
    ///
    /// @throws ClosedException when the listener has returned
    public Images preview() {
        return read("preview", Plane.X0);
    }

    private Images read(String what, Plane plane) {
        if (over) {
            throw new ClosedException(what + ": the listener has returned; ask while it runs");
        }
        previewed = true;
        return denoiser.read(slots, plane);
    }

    boolean previewed() {
        return previewed;
    }

    void end() {
        over = true;
    }
}
