package io.langevin;

/// How the weights of a fresh network begin.
public enum Initialisation {
    /// As PyTorch's layers do: uniform in +-1/sqrt(fan in).
    PYTORCH,
    /// Ho et al. (2020): uniform by the mean of fan in and fan out, biases 0, the last layer of every branch 0.
    HO
}
