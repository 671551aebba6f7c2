"""A whole run by diffusers: 50 DDIM steps (eta 0) for a batch from one torch generator. One `run` is one batch of finished pictures.

Nets without labels go through DDIMPipeline; it takes no labels, so a net that has them gets the same loop written out.
"""
import json
from pathlib import Path

import torch
from diffusers import DDIMPipeline, DDIMScheduler, UNet2DModel
from safetensors.torch import save_file

from bench.peers.torch_unet import prepare


class DiffusersRun:
    def __init__(self, settings):
        torch.set_num_threads(settings["threads"])
        torch.set_num_interop_threads(1)
        self.count, self.steps, self.seed, labels = settings["rows"], settings["steps"], settings["seed"], settings["labels"]
        self.labels = torch.tensor([i % labels for i in range(self.count)]) if labels else None
        if labels:
            folder = Path(settings["pipeline"])
            self.unet = prepare(UNet2DModel.from_pretrained(folder / "unet"), settings["variant"])
            self.scheduler = DDIMScheduler.from_config(json.loads((folder / "scheduler" / "scheduler_config.json").read_text()))
        else:
            self.pipeline = DDIMPipeline.from_pretrained(settings["pipeline"])
            self.pipeline.set_progress_bar_config(disable=True)
            self.pipeline.unet = prepare(self.pipeline.unet, settings["variant"])

    @torch.no_grad()
    def forward(self):
        """Pictures [N, C, H, W] in [-1, 1]."""
        generator = torch.Generator("cpu").manual_seed(self.seed)
        if self.labels is None:
            images = self.pipeline(batch_size=self.count, generator=generator, eta=0.0, num_inference_steps=self.steps, output_type="np").images
            return 2 * torch.from_numpy(images).permute(0, 3, 1, 2) - 1
        config = self.unet.config
        x = torch.randn((self.count, config.in_channels, config.sample_size, config.sample_size), generator=generator)
        self.scheduler.set_timesteps(self.steps)
        for t in self.scheduler.timesteps:
            out = self.unet(x, t, class_labels=self.labels).sample
            x = self.scheduler.step(out, t, x, eta=0.0, generator=generator).prev_sample
        return x.clamp(-1, 1)

    def write(self, path):
        save_file({"images": self.forward().contiguous()}, path)


if __name__ == "__main__":
    from bench.worker import serve
    serve(DiffusersRun)
