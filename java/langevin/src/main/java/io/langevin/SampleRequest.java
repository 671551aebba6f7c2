package io.langevin;

import java.util.List;
import java.util.stream.IntStream;

/// What to draw. Begin with [#of] and change what matters:
///
/// ```java
/// SampleRequest.of(10).withSeed(7).withSteps(50).withLabels(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
/// ```
///
/// @param count      images
/// @param seed       image i has seed `seed + i` (64 bits, wrapping), and comes out alone with that seed
/// @param steps      what the sampler is asked for
/// @param sampler    from noise to a picture
/// @param labels     classes; image i has label `labels[i % labels.size()]`. Empty: without a label (of a model that has labels: its none label)
/// @param conditions for networks that take a number or a vector in place of a label; image i has `conditions[i % conditions.size()]`. Empty: none
/// @param guidance   weight g of the label: the network says g * net(label) + (1 - g) * net(none) (Ho and Salimans, 2022). 1 is one evaluation of the label alone
/// @param noise      where noise comes from
/// @param noneLabel  the label that means "no class"; -1: the one that the model's config names
/// @param batch      images that are computed together, at most; 0: Langevin chooses. Changes no image
/// @param height     in pixels; 0: the model's own
/// @param width      in pixels; 0: the model's own
/// @param start      pictures to begin with; image i begins with picture `i % start.count()`. null: noise
/// @param strength   how much of the run such a picture goes through, above 0 to 1: the last `(int) (steps * strength)` steps
/// @param stop       looks at the network, as [Progress] counts them, after which the images are taken as they are; 0: the run goes to its end
public record SampleRequest(int count, long seed, int steps, Sampler sampler, List<Integer> labels, List<Condition> conditions, double guidance, NoiseSource noise,
                            int noneLabel, int batch, int height, int width, Images start, double strength, int stop) {

    /// @throws InvalidArgumentException for numbers that cannot be
    public SampleRequest {
        labels = List.copyOf(labels);
        conditions = List.copyOf(conditions);
        require(count >= 1, "count", count, "it is 1 or more");
        require(steps >= 1, "steps", steps, "it is 1 or more");
        require(batch >= 0, "batch", batch, "it is 1 or more, or 0 to let Langevin choose");
        require(noneLabel >= -1, "noneLabel", noneLabel, "it is a label, or -1 for the model's own");
        require(height >= 0 && (height > 0) == (width > 0), "height", height, "height and width are both 1 or more, or both 0 for the model's own size");
        require(width >= 0, "width", width, "it is 1 or more, or 0 for the model's own size");
        for (int label : labels) {
            require(label >= 0, "label", label, "it is 0 or more");
        }
        if (!labels.isEmpty() && !conditions.isEmpty()) {
            throw new InvalidArgumentException(labels.size() + " labels and " + conditions.size() + " conditions; a network takes one or the other");
        }
        require(stop >= 0, "stop", stop, "it is 1 or more, or 0 to go to the end");
        if (!(strength > 0 && strength <= 1)) {
            throw new InvalidArgumentException("strength is " + strength + "; it is above 0 and at most 1");
        }
        if (!Double.isFinite(guidance)) {
            throw new InvalidArgumentException("guidance is " + guidance + "; it is a finite number, 1 for none");
        }
        if (sampler == null || noise == null) {
            throw new InvalidArgumentException((sampler == null ? "sampler" : "noise") + " is null");
        }
    }

    /// `count` images from seed 0 by DDIM (eta 0) in 50 steps, with Langevin's own noise, without labels.
    public static SampleRequest of(int count) {
        return new SampleRequest(count, 0, 50, Sampler.ddim(0), List.of(), List.of(), 1, NoiseSource.PHILOX, -1, 0, 0, 0, null, 1, 0);
    }

    /// The same for another number of images.
    public SampleRequest withCount(int count) {
        return new SampleRequest(count, seed, steps, sampler, labels, conditions, guidance, noise, noneLabel, batch, height, width, start, strength, stop);
    }

    /// The same from another seed: image i has seed `seed + i`.
    public SampleRequest withSeed(long seed) {
        return new SampleRequest(count, seed, steps, sampler, labels, conditions, guidance, noise, noneLabel, batch, height, width, start, strength, stop);
    }

    /// The same in another number of steps.
    public SampleRequest withSteps(int steps) {
        return new SampleRequest(count, seed, steps, sampler, labels, conditions, guidance, noise, noneLabel, batch, height, width, start, strength, stop);
    }

    /// The same by another sampler.
    public SampleRequest withSampler(Sampler sampler) {
        return new SampleRequest(count, seed, steps, sampler, labels, conditions, guidance, noise, noneLabel, batch, height, width, start, strength, stop);
    }

    /// Labels, one after the other, over and over.
    public SampleRequest withLabels(int... labels) {
        return withLabels(IntStream.of(labels).boxed().toList());
    }

    /// Labels, one after the other, over and over; an empty list: no labels.
    public SampleRequest withLabels(List<Integer> labels) {
        return new SampleRequest(count, seed, steps, sampler, labels, conditions, guidance, noise, noneLabel, batch, height, width, start, strength, stop);
    }

    /// Conditions, one after the other, over and over, for networks that take a number or a vector in place of a label; none: no conditions.
    public SampleRequest withConditions(Condition... conditions) {
        return withConditions(List.of(conditions));
    }

    /// Conditions, one after the other, over and over; an empty list: no conditions.
    public SampleRequest withConditions(List<? extends Condition> conditions) {
        return new SampleRequest(count, seed, steps, sampler, labels, List.copyOf(conditions), guidance, noise, noneLabel, batch, height, width, start,
                strength, stop);
    }

    /// The same with another weight of the label; 1 is none.
    public SampleRequest withGuidance(double guidance) {
        return new SampleRequest(count, seed, steps, sampler, labels, conditions, guidance, noise, noneLabel, batch, height, width, start, strength, stop);
    }

    /// The same with noise from another source.
    public SampleRequest withNoise(NoiseSource noise) {
        return new SampleRequest(count, seed, steps, sampler, labels, conditions, guidance, noise, noneLabel, batch, height, width, start, strength, stop);
    }

    /// The same with this label for "no class", for models whose config names none.
    public SampleRequest withNoneLabel(int noneLabel) {
        return new SampleRequest(count, seed, steps, sampler, labels, conditions, guidance, noise, noneLabel, batch, height, width, start, strength, stop);
    }

    /// The same, so many images at a time; 0 lets Langevin choose.
    public SampleRequest withBatch(int batch) {
        return new SampleRequest(count, seed, steps, sampler, labels, conditions, guidance, noise, noneLabel, batch, height, width, start, strength, stop);
    }

    /// The same in another size, in pixels; 0 and 0 is the model's own.
    public SampleRequest withSize(int height, int width) {
        return new SampleRequest(count, seed, steps, sampler, labels, conditions, guidance, noise, noneLabel, batch, height, width, start, strength, stop);
    }

    /// The same beginning with pictures (img2img; Meng et al., 2022, SDEdit): as much noise is added as belongs to the step where the run begins. `strength` 1
    /// goes through the whole run and keeps little of them; 0.3 goes through the last three tenths and changes details.
    public SampleRequest withStart(Images start, double strength) {
        return new SampleRequest(count, seed, steps, sampler, labels, conditions, guidance, noise, noneLabel, batch, height, width, start, strength, stop);
    }

    /// The same, ending after so many looks at the network with the images as they are, noise and all; 0: going to the end.
    public SampleRequest withStop(int stop) {
        return new SampleRequest(count, seed, steps, sampler, labels, conditions, guidance, noise, noneLabel, batch, height, width, start, strength, stop);
    }

    /// The rows of one of these images.
    ///
    /// @throws InvalidArgumentException for a strength that leaves no step, and for a stop beyond the end
    List<Step> plan(Diffusion diffusion) {
        List<Step> plan = start == null ? sampler.plan(diffusion, steps) : sampler.planFrom(diffusion, steps, first());
        if (stop == 0) {
            return plan;
        }
        int looks = 0;
        for (int row = 0; row < plan.size(); row++) {
            looks += plan.get(row).evaluated() ? 1 : 0;
            if (looks == stop) {
                return plan.subList(0, row + 1);
            }
        }
        throw new InvalidArgumentException("stop is " + stop + ", but this run ends after " + looks + " looks at the network");
    }

    private int first() {
        int last = (int) (steps * strength);
        if (last == 0) {
            throw new InvalidArgumentException("strength is " + strength + ": of " + steps + " steps that leaves none; take at least " + 1.0 / steps);
        }
        return steps - last;
    }

    /// The label of image i, or -1.
    int label(int i) {
        return labels.isEmpty() ? -1 : labels.get(i % labels.size());
    }

    /// The condition of image i, or null.
    Condition condition(int i) {
        return conditions.isEmpty() ? null : conditions.get(i % conditions.size());
    }

    private static void require(boolean holds, String name, long value, String wish) {
        if (!holds) {
            throw new InvalidArgumentException(name + " is " + value + "; " + wish);
        }
    }
}
