package io.langevin;

import java.util.List;

/// How to train. Begin with [#defaults] or [#of] and change what matters:
///
/// ```java
/// TrainPlan.defaults().withLearningRate(LearningRate.cosine(2e-4, 500, 100_000)).withEma(0.9999).withSeed(7)
/// ```
///
/// The same plan, the same batches and the same device kind give the same bits.
///
/// @param diffusion      what models made of the trainer say of themselves (their scheduler_config.json), so that they sample as they were trained; classifiers say nothing
///                       of the kind
/// @param objective      what is asked of the network; by default what `diffusion` says, all timesteps weighing the same
/// @param optimizer      how gradients become new weights
/// @param learningRate   over the updates
/// @param maxGradNorm    a longer gradient is scaled down to this; infinity: never
/// @param emas           moving averages of the weights that are kept, at most 4; [Trainer#model()] gives the first
/// @param seed           of everything random: initial weights, noise, timesteps, flips, dropout. Image n of the run, counted from 0, has seed `seed + n`
/// @param initialisation of fresh weights
/// @param labelDropout   probability that an image's label is replaced by the one that means none, which is what guidance needs (Ho and Salimans, 2022)
/// @param flip           whether images are mirrored left to right, each with probability 1/2
/// @param labelNames     names of a fresh network's labels, in their order; empty: none
public record TrainPlan(Diffusion diffusion, Objective objective, Optimizer optimizer, LearningRate learningRate, double maxGradNorm, List<Ema> emas, long seed,
                        Initialisation initialisation, double labelDropout, boolean flip, List<String> labelNames) {
    /// Moving averages at most.
    public static final int MOST_EMAS = 4;

    /// @throws InvalidArgumentException for numbers that cannot be
    public TrainPlan {
        if (diffusion == null || objective == null || optimizer == null || learningRate == null || initialisation == null) {
            throw new InvalidArgumentException("training plan: " + (diffusion == null ? "diffusion" : objective == null ? "objective" : optimizer == null ? "optimizer"
                    : learningRate == null ? "learningRate" : "initialisation") + " is null");
        }
        emas = List.copyOf(emas);
        labelNames = List.copyOf(labelNames);
        if (!(maxGradNorm > 0)) {
            throw new InvalidArgumentException("maxGradNorm is " + maxGradNorm + "; it is above 0, and infinity for no clipping");
        }
        if (emas.size() > MOST_EMAS) {
            throw new InvalidArgumentException(emas.size() + " moving averages; at most " + MOST_EMAS + " are kept");
        }
        if (!(labelDropout >= 0 && labelDropout <= 1)) {
            throw new InvalidArgumentException("labelDropout is " + labelDropout + "; it is a probability, usually 0 or 0.1");
        }
    }

    /// Ho et al. (2020) on their schedule (1000 timesteps, linear betas from 0.0001 to 0.02, predicting noise): AdamW at a constant rate of 1e-4, gradients clipped to
    /// length 1, one moving average of rate 0.9999 with warm-up, seed 0, PyTorch's initialisation, no label dropout, no flips.
    public static TrainPlan defaults() {
        return of(Diffusion.of(NoiseSchedule.linear(0.0001, 0.02, 1000)));
    }

    /// The same for another schedule or prediction: [Model#diffusion] of the model to train on, for one.
    ///
    /// @throws InvalidArgumentException for EDM's continuous noise levels, which need an objective of their own
    public static TrainPlan of(Diffusion diffusion) {
        return of(diffusion, Objective.of(diffusion, Weighting.constant()));
    }

    /// The same with an objective of the caller's. Models say of themselves what `diffusion` says: that the two fit is the caller's business.
    public static TrainPlan of(Diffusion diffusion, Objective objective) {
        return new TrainPlan(diffusion, objective, Optimizer.adamW(), LearningRate.constant(1e-4), 1, List.of(Ema.warmup(0.9999)), 0, Initialisation.PYTORCH, 0, false,
                List.of());
    }

    /// Of a classifier: the same, asked for what is on the pictures as they are. A classifier says nothing of a diffusion.
    public static TrainPlan classification() {
        return of(defaults().diffusion(), Objective.classification());
    }

    /// The same, timesteps weighing otherwise: the objective of `diffusion` with this weighting.
    public TrainPlan withWeighting(Weighting weighting) {
        return new TrainPlan(diffusion, Objective.of(diffusion, weighting), optimizer, learningRate, maxGradNorm, emas, seed, initialisation, labelDropout, flip, labelNames);
    }

    /// The same by another optimizer.
    public TrainPlan withOptimizer(Optimizer optimizer) {
        return new TrainPlan(diffusion, objective, optimizer, learningRate, maxGradNorm, emas, seed, initialisation, labelDropout, flip, labelNames);
    }

    /// The same at a constant rate.
    public TrainPlan withLearningRate(double rate) {
        return withLearningRate(LearningRate.constant(rate));
    }

    /// The same at another rate.
    public TrainPlan withLearningRate(LearningRate learningRate) {
        return new TrainPlan(diffusion, objective, optimizer, learningRate, maxGradNorm, emas, seed, initialisation, labelDropout, flip, labelNames);
    }

    /// The same with gradients clipped to another length; infinity: not at all.
    public TrainPlan withMaxGradNorm(double maxGradNorm) {
        return new TrainPlan(diffusion, objective, optimizer, learningRate, maxGradNorm, emas, seed, initialisation, labelDropout, flip, labelNames);
    }

    /// The same with one moving average of this rate, with warm-up.
    public TrainPlan withEma(double decay) {
        return withEma(Ema.warmup(decay));
    }

    /// The same with these moving averages, at most 4; none: without.
    public TrainPlan withEma(Ema... emas) {
        return new TrainPlan(diffusion, objective, optimizer, learningRate, maxGradNorm, List.of(emas), seed, initialisation, labelDropout, flip, labelNames);
    }

    /// The same from another seed.
    public TrainPlan withSeed(long seed) {
        return new TrainPlan(diffusion, objective, optimizer, learningRate, maxGradNorm, emas, seed, initialisation, labelDropout, flip, labelNames);
    }

    /// The same with weights that begin otherwise.
    public TrainPlan withInitialisation(Initialisation initialisation) {
        return new TrainPlan(diffusion, objective, optimizer, learningRate, maxGradNorm, emas, seed, initialisation, labelDropout, flip, labelNames);
    }

    /// The same, labels being dropped with this probability.
    public TrainPlan withLabelDropout(double labelDropout) {
        return new TrainPlan(diffusion, objective, optimizer, learningRate, maxGradNorm, emas, seed, initialisation, labelDropout, flip, labelNames);
    }

    /// The same with images mirrored at random, or not.
    public TrainPlan withFlip(boolean flip) {
        return new TrainPlan(diffusion, objective, optimizer, learningRate, maxGradNorm, emas, seed, initialisation, labelDropout, flip, labelNames);
    }

    /// The same with names for the labels of a fresh network.
    public TrainPlan withLabelNames(List<String> labelNames) {
        return new TrainPlan(diffusion, objective, optimizer, learningRate, maxGradNorm, emas, seed, initialisation, labelDropout, flip, labelNames);
    }
}
