package io.langevin;

/// The noise that a network was trained with: a table over timesteps, or EDM's continuous levels.
public sealed interface NoiseLevels permits NoiseSchedule, EdmNoise {
}
