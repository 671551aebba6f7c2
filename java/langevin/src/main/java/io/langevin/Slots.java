package io.langevin;

import java.util.Arrays;

/// Images that sit in slots of a [Denoiser], in an order, each with its label and guidance. Made by [Denoiser#join]; immutable. After [Denoiser#leave]
/// they are refused.
public final class Slots {
    final Denoiser denoiser;
    final int[] slot;
    final int[] generation;     // of the slot when the image joined: tells it from an image that came later
    final int[] condition;      // entry of the denoiser's table, or -1
    final int[] none;           // the same for "no class"
    final double[] guidance;

    Slots(Denoiser denoiser, int[] slot, int[] generation, int[] condition, int[] none, double[] guidance) {
        this.denoiser = denoiser;
        this.slot = slot;
        this.generation = generation;
        this.condition = condition;
        this.none = none;
        this.guidance = guidance;
    }

    /// How many images.
    public int size() {
        return slot.length;
    }

    /// The images from number `from` (the first is 0) up to, not including, number `to`.
    public Slots slice(int from, int to) {
        if (from < 0 || to > slot.length || from >= to) {
            throw new InvalidArgumentException("images " + from + " to " + to + " (not included) of " + slot.length);
        }
        return new Slots(denoiser, Arrays.copyOfRange(slot, from, to), Arrays.copyOfRange(generation, from, to), Arrays.copyOfRange(condition, from, to),
                Arrays.copyOfRange(none, from, to), Arrays.copyOfRange(guidance, from, to));
    }

    /// These images, then those: one step call may move both, each by its own [Step].
    public Slots plus(Slots those) {
        if (those.denoiser != denoiser) {
            throw new InvalidArgumentException("slots of two denoisers do not step together");
        }
        int n = slot.length;
        int all = n + those.slot.length;
        var sum = new Slots(denoiser, Arrays.copyOf(slot, all), Arrays.copyOf(generation, all), Arrays.copyOf(condition, all), Arrays.copyOf(none, all),
                Arrays.copyOf(guidance, all));
        System.arraycopy(those.slot, 0, sum.slot, n, those.slot.length);
        System.arraycopy(those.generation, 0, sum.generation, n, those.slot.length);
        System.arraycopy(those.condition, 0, sum.condition, n, those.slot.length);
        System.arraycopy(those.none, 0, sum.none, n, those.slot.length);
        System.arraycopy(those.guidance, 0, sum.guidance, n, those.slot.length);
        return sum;
    }

    @Override
    public String toString() {
        return "Slots" + Arrays.toString(slot);
    }
}
