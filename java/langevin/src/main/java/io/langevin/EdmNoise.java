package io.langevin;

/// Noise levels of an EDM network (Karras et al., 2022, "Elucidating the design space of diffusion-based generative models"): x = x_0 + sigma eps with any
/// sigma from `sigmaMin` to `sigmaMax`. Such a network sees x / sqrt(sigma^2 + sigmaData^2) and is told ln(sigma) / 4.
///
/// @param sigmaMin    the smallest
/// @param sigmaMax    the largest
/// @param sigmaData   standard deviation of the pictures
/// @param rho         how levels of a run crowd towards the small ones (equation 5): sigma^(1/rho) is evenly spaced
/// @param exponential ln(sigma) is evenly spaced instead
public record EdmNoise(double sigmaMin, double sigmaMax, double sigmaData, double rho, boolean exponential) implements NoiseLevels {
    /// @throws InvalidArgumentException for levels that are not above 0, not finite, or out of order
    public EdmNoise {
        positive("sigma_min", sigmaMin);
        positive("sigma_max", sigmaMax);
        positive("sigma_data", sigmaData);
        if (!(rho >= 1 && rho <= 1000)) {
            throw new InvalidArgumentException("rho is " + rho + "; it is 1 to 1000, usually 7");
        }
        if (sigmaMax <= sigmaMin) {
            throw new InvalidArgumentException("sigma_max is " + sigmaMax + ", not above sigma_min, " + sigmaMin);
        }
    }

    private static void positive(String name, double value) {
        if (!(value >= 1e-9 && value <= 1e9)) {
            throw new InvalidArgumentException(name + " is " + value + "; it is between 1e-9 and 1e9");
        }
    }
}
