"""The nets, and what is put into them. Every engine opens the same diffusers folder and gets the same safetensors file of inputs.

cifar10   google/ddpm-cifar10-32's architecture: 32x32x3, 35,746,307 parameters, 12.4 GFLOP an image. The weights are drawn from a seed,
          as the golden case `unet-seeded-cifar10` draws them, so no download is needed: the time does not depend on what a net has learned.
mnist     tests/models/mnist: 28x28x1, labels 0 to 9, 1.1 M parameters, 0.38 GFLOP an image.
"""
import hashlib
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

CIFAR10_SEED = 150
CIFAR10_UNET = dict(
    sample_size=32, in_channels=3, out_channels=3, layers_per_block=2, block_out_channels=(128, 256, 256, 256),
    down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D", "DownBlock2D"),
    up_block_types=("UpBlock2D", "UpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
    downsample_padding=0, flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-6, attention_head_dim=None)
CIFAR10_NOISE = dict(num_train_timesteps=1000, beta_schedule="linear", beta_start=1e-4, beta_end=0.02, variance_type="fixed_large", clip_sample=True)


@dataclass(frozen=True)
class Net:
    name: str
    folder: Path

    @property
    def unet(self):
        """The folder that holds config.json: `unet/` of a pipeline, or the folder itself."""
        return self.folder / "unet" if (self.folder / "unet").is_dir() else self.folder

    @property
    def config(self):
        return json.loads((self.unet / "config.json").read_text())

    @property
    def labels(self):
        """How many labels pictures have; 0 for a net without. A row of the table that means "none" is not a label."""
        config = self.config
        count = config.get("num_class_embeds") or 0
        return count - 1 if "langevin_none_label" in config else count

    @property
    def key(self):
        """Names the weights: files derived from a net (ONNX, reference outputs) are made again when they change."""
        digest = hashlib.sha256()
        for path in sorted(self.unet.iterdir()):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
        return f"{self.name}-{digest.hexdigest()[:12]}"

    def refuse_what_cannot_be_measured(self):
        if not (self.unet / "config.json").is_file():
            raise SystemExit(f"error: {self.folder} is not a diffusers folder: there is neither unet/config.json nor config.json")
        kind, size = self.config.get("class_embed_type"), self.config.get("sample_size")
        if kind is not None:
            raise SystemExit(f"error: {self.folder}: class_embed_type is {kind}; this benchmark feeds labels or nothing")
        if size is None:
            raise SystemExit(f"error: {self.folder}: config.json names no sample_size, so there is no size to measure at")


def write_cifar10(folder):
    """Writes the folder as diffusers writes one (model_index.json, unet/, scheduler/). Imports torch, so call it in a process of its own."""
    import torch
    from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel

    unet = UNet2DModel(**CIFAR10_UNET).eval()
    generator = torch.Generator("cpu").manual_seed(CIFAR10_SEED)
    with torch.no_grad():
        for name, parameter in unet.named_parameters():
            z = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim > 1:
                parameter.copy_(z / math.sqrt(parameter[0].numel()))
            elif name.endswith(".weight"):
                parameter.copy_(1 + 0.2 * z)
            else:
                parameter.copy_(0.2 * z)
    DDPMPipeline(unet=unet, scheduler=DDPMScheduler(**CIFAR10_NOISE)).save_pretrained(folder)


def write_inputs(net, rows, path):
    """sample [rows, C, H, W] float32, timestep [rows] float32 (whole numbers), class_labels [rows] int64 where the net has labels."""
    import torch
    from safetensors.torch import save_file

    config = net.config
    size = config["sample_size"]
    height, width = (size, size) if isinstance(size, int) else size
    tensors = {
        "sample": torch.randn((rows, config["in_channels"], height, width), generator=torch.Generator("cpu").manual_seed(CIFAR10_SEED + 1)),
        "timestep": torch.tensor([float((37 + 411 * i) % 1000) for i in range(rows)]),
    }
    if net.labels:
        tensors["class_labels"] = torch.tensor([i % net.labels for i in range(rows)])
    save_file(tensors, str(path))


if __name__ == "__main__":
    write_cifar10(sys.argv[1])
