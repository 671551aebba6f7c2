package io.langevin;

/// What a slot of a [Denoiser] holds, float32, [C, H, W] but for [#OUT] and [#MASK]; C is how many channels the network takes.
public enum Plane {
    /// The image on its way.
    X,
    /// The estimate of the clean image in the latest update. Read only.
    X0,
    /// What the network said, with as many channels as it makes: twice C where its variance is learned. Written by the caller of a denoiser without a model.
    OUT,
    /// Noise; the index is the draw. Written for [NoiseSource#WRITTEN] only, where the draw does not matter.
    NOISE,
    /// What multistep samplers remember; the index is the history slot, 0 to 3.
    HISTORY,
    /// The picture that steps keep where [#MASK] is 1.
    KNOWN,
    /// [H, W]: 1 where the picture is known, 0 where it is not, or a share between them.
    MASK
}
