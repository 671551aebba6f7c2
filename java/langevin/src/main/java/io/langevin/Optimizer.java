package io.langevin;

/// How gradients become new weights.
public sealed interface Optimizer {
    /// Loshchilov and Hutter (2019), as torch.optim.AdamW: weights decay by themselves, by learning rate times `weightDecay` an update.
    ///
    /// @param beta1       memory of the mean of gradients, 0 to below 1
    /// @param beta2       memory of the mean of their squares, 0 to below 1
    /// @param eps         added to the root of that mean, above 0
    /// @param weightDecay 0 or more
    record AdamW(double beta1, double beta2, double eps, double weightDecay) implements Optimizer {

        /// @throws InvalidArgumentException for numbers that cannot be
        public AdamW {
            check(beta1, beta2, eps, weightDecay);
        }
    }

    /// Kingma and Ba (2015), as torch.optim.Adam: weight decay is part of the gradient.
    ///
    /// @param beta1       memory of the mean of gradients, 0 to below 1
    /// @param beta2       memory of the mean of their squares, 0 to below 1
    /// @param eps         added to the root of that mean, above 0
    /// @param weightDecay 0 or more
    record Adam(double beta1, double beta2, double eps, double weightDecay) implements Optimizer {

        /// @throws InvalidArgumentException for numbers that cannot be
        public Adam {
            check(beta1, beta2, eps, weightDecay);
        }
    }

    /// AdamW with PyTorch's defaults: betas 0.9 and 0.999, eps 1e-8, weight decay 0.01.
    static AdamW adamW() {
        return new AdamW(0.9, 0.999, 1e-8, 0.01);
    }

    /// Adam with PyTorch's defaults: betas 0.9 and 0.999, eps 1e-8, no weight decay.
    static Adam adam() {
        return new Adam(0.9, 0.999, 1e-8, 0);
    }

    private static void check(double beta1, double beta2, double eps, double weightDecay) {
        require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "it is 0 or more and below 1, usually 0.9");
        require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "it is 0 or more and below 1, usually 0.999");
        require(eps > 0 && Double.isFinite(eps), "eps", eps, "it is above 0, usually 1e-8");
        require(weightDecay >= 0 && Double.isFinite(weightDecay), "weight decay", weightDecay, "it is 0 or more, usually 0.01 with AdamW");
    }

    private static void require(boolean holds, String name, double value, String wish) {
        if (!holds) {
            throw new InvalidArgumentException("optimizer: " + name + " is " + value + "; " + wish);
        }
    }
}
