"""Exported runs in diffusers. tests/parity/export-in-diffusers says how it is called: the launcher, the config of a small network."""
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy
import torch
from diffusers import DDIMPipeline, DDIMScheduler, DDPMPipeline, UNet2DModel
from diffusers.utils import logging
from safetensors.torch import load_file, save_file

logging.set_verbosity_error()
logging.disable_progress_bar()
warnings.filterwarnings("ignore")

STEPS = 10
SEED = 3
ALLOWED = 1  # of 255: design, pipelines


def langevin(*words):
    done = subprocess.run([launcher, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"langevin {' '.join(map(str, words))}:\n{done.stderr}")


def generator():
    return torch.Generator().manual_seed(SEED)


def ours(model, *words):
    file = folder / "images.safetensors"
    langevin("sample", model, "--noise", "torch", "--seed", SEED, "--count", 1, "--steps", STEPS, "--out", file, *words)
    return (load_file(file)["images"][0].permute(1, 2, 0).numpy() / 2 + 0.5).clip(0, 1)


def compare(name, drawn, wanted):
    difference = float(numpy.abs(drawn - wanted.reshape(drawn.shape)).max()) * 255
    print(f"export-in-diffusers: {name} {STEPS} steps, largest difference {difference:.4f} / 255, allowed {ALLOWED}")
    return difference <= ALLOWED


def trained(name, *words):
    run, exported = folder / name, folder / (name + "-exported")
    langevin("train", "--data", data, "--model", config, "--out", run, "--steps", 20, "--batch", 8, "--sample-every", 0, "--ema", "constant:0.9", *words)
    langevin("export", run, "--out", exported)
    return run, exported


launcher, config = sys.argv[1:]
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    data = folder / "data.safetensors"
    pixels = torch.randint(0, 256, (32, 1, 28, 28), generator=generator(), dtype=torch.uint8)
    save_file({"images": pixels, "labels": torch.arange(32) % 3}, data)

    run, exported = trained("plain")
    right = True
    for pipeline_class, sampler in (DDIMPipeline, "ddim"), (DDPMPipeline, "ddpm"):
        pipeline = pipeline_class.from_pretrained(exported)
        pipeline.set_progress_bar_config(disable=True)
        wanted = pipeline(batch_size=1, generator=generator(), num_inference_steps=STEPS, output_type="np").images[0]
        right &= compare(f"plain {sampler.upper()}", ours(run, "--sampler", sampler), wanted)

    run, exported = trained("classes", "--classes")
    net = UNet2DModel.from_pretrained(exported / "unet")
    scheduler = DDIMScheduler.from_pretrained(exported / "scheduler")
    scheduler.set_timesteps(STEPS)
    x = torch.randn(1, 1, 28, 28, generator=generator())
    with torch.no_grad():
        for t in scheduler.timesteps:
            x = scheduler.step(net(x, t, class_labels=torch.tensor([2])).sample, t, x).prev_sample
    right &= compare("class 2 DDIM", ours(run, "--class", 2), (x[0].permute(1, 2, 0).numpy() / 2 + 0.5).clip(0, 1))
sys.exit(0 if right else 1)
