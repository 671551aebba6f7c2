package io.langevin;

/// Where an image's noise comes from. noise(0) is where it starts, noise(1), noise(2), ... is what a sampler adds on the way.
public enum NoiseSource {
    /// Langevin's own: Philox4x32-10 keyed by the image's 64-bit seed. The same bits on every device; image i of a request has seed `seed + i`.
    PHILOX,
    /// What PyTorch gives a `torch.Generator("cpu").manual_seed(seed + i)` of the image's own: draw k is the k-th `randn(1, C, H, W)`.
    TORCH,
    /// What PyTorch gives one generator with `seed` for the whole batch: draw k is the k-th `randn(N, C, H, W)`. The only source with which an image
    /// depends on its place in the batch, so a request has to fit one batch.
    TORCH_BATCH,
    /// Whatever was last written to [Plane#NOISE]. Images start as zeros; the caller writes [Plane#X] too. For recorded noise and for noise of one's own.
    WRITTEN
}
