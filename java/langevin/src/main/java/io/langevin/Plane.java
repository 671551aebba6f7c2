package io.langevin;

/// What a slot of a [Denoiser] holds, float32 [C, H, W] each.
public enum Plane {
    /// The image on its way.
    X,
    /// The estimate of the clean image in the latest update. Read only.
    X0,
    /// What the network said. Written by the caller of a denoiser without a model.
    OUT,
    /// Noise; the index is the draw. Written for [NoiseSource#WRITTEN] only, where the draw does not matter.
    NOISE,
    /// What multistep samplers remember; the index is the history slot, 0 to 3.
    HISTORY
}
