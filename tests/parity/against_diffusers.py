"""Random UNet2DModel configs through diffusers and through lgv_parity. tests/parity/against-diffusers says how it is called.

A network is drawn as a config, by a generator with a seed of its own, so that config N is always the same one; what diffusers cannot build or run is
drawn again. It becomes a golden case of kind `unet` (tests/goldens/README.md) in a folder that goes afterwards, and lgv_parity compares with diffusers in
double and sees to batch invariance. Its tolerance is 1e-5 of the largest magnitude. Small random nets may be worse conditioned than that (a norm over a
few nearly equal pixels): where PyTorch's own float32 is further than half of it from double, twice its distance is allowed.
"""
import argparse
import json
import math
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import warnings

import torch
from diffusers import UNet2DModel
from diffusers.utils import logging
from safetensors.torch import save_file

logging.set_verbosity_error()
warnings.filterwarnings("ignore")  # of draws that cannot be
torch.set_num_threads(1)

PLAIN_DOWN = ["DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D"]
PLAIN_UP = ["UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D"]
SKIP_DOWN = ["SkipDownBlock2D", "AttnSkipDownBlock2D"]
SKIP_UP = ["SkipUpBlock2D", "AttnSkipUpBlock2D"]
LARGEST_WORK = 60_000_000  # parameters times pixels of a quarter of the picture: a network takes about a second


def draw_blocks(dice, levels, family, plain, skip):
    """All of one family, or, in "mixed" nets, whatever."""
    choices = {"plain": plain, "skip": skip, "mixed": plain + skip}[family]
    return [dice.choice(choices) for _ in range(levels)]


def draw_config(dice):
    levels = dice.choice([1, 2, 2, 3, 3, 4])
    down, up = dice.choice([("plain", "plain")] * 5 + [("skip", "skip")] * 3 + [("skip", "plain"), ("plain", "skip"), ("mixed", "mixed")])
    with_skips = (down, up) != ("plain", "plain")
    step = dice.choice([32, 32, 16, 4]) if with_skips else dice.choice([1, 2, 4, 4, 8, 8, 16])
    layers = dice.choice([0, 1, 1, 1, 2, 2, 3])
    channels = [step * dice.choice([1, 1, 2, 3]) for _ in range(levels)]
    if layers == 0:
        channels = [channels[0]] * levels
    time = dice.choice(["positional", "positional", "fourier", "learned"])
    return dict(
        sample_size=dice.choice([None, 8, 16, [8, 16]]),
        in_channels=3 if with_skips else dice.choice([1, 2, 3, 4, 7, 12]),
        out_channels=3 if up != "plain" else dice.choice([1, 2, 3, 4, 6, 8, 24]),
        center_input_sample=dice.random() < 0.4,
        time_embedding_type=time,
        time_embedding_dim=dice.choice([None, None, 0, 5, 24, 32]),
        freq_shift=dice.choice([0, 0, 1, 2, 0.5]),
        flip_sin_to_cos=dice.random() < 0.5,
        down_block_types=draw_blocks(dice, levels, down, PLAIN_DOWN, SKIP_DOWN),
        mid_block_type=dice.choice(["UNetMidBlock2D", "UNetMidBlock2D", None]),
        up_block_types=draw_blocks(dice, levels, up, PLAIN_UP, SKIP_UP),
        block_out_channels=channels,
        layers_per_block=layers,
        mid_block_scale_factor=dice.choice([1, 1, math.sqrt(2), 0.7, -2]),
        downsample_padding=dice.choice([0, 1, 1, 2]),
        downsample_type=dice.choice(["conv", "conv", "resnet", None]),
        upsample_type=dice.choice(["conv", "conv", "resnet", None]),
        dropout=dice.choice([0.0, 0.1, 1.0]),
        act_fn=dice.choice(["silu", "swish", "mish", "gelu", "relu", "SiLU"]),
        attention_head_dim=dice.choice([None, 1, 3, 4, 5, 8, 16]),
        norm_num_groups=dice.choice([None, 1, 2, 4, 8, 32]),
        attn_norm_num_groups=dice.choice([None, None, 1, 2, 4]),
        norm_eps=dice.choice([1e-5, 1e-6, 1e-3]),
        resnet_time_scale_shift=dice.choice(["default", "default", "scale_shift"]),
        add_attention=dice.random() < 0.7,
        class_embed_type=dice.choice([None, None, "timestep", "identity"]),
        num_class_embeds=dice.choice([None, 1, 11]),
        num_train_timesteps=dice.choice([1000, 17]) if time == "learned" else dice.choice([None, 1000]),
    )


def draw_size(dice, levels):
    """A side that halves as often as it must; not always square, seldom a power of two; not the 1 x 1 that torch broadcasts."""
    unit = 2 ** (levels - 1)
    sides = [side for side in range(unit, 33, unit) if side > 1]
    return dice.choice(sides), dice.choice(sides)


def weigh(model, generator):
    """Every parameter a value that matters (as make_goldens.py does it). Fourier frequencies stay as they were drawn."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            z = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim > 1:
                parameter.copy_(z / math.sqrt(parameter[0].numel()))
            elif name == "time_proj.weight":
                parameter.copy_(16 * z)
            else:
                parameter.copy_(1 + 0.2 * z if name.endswith("weight") else 0.2 * z)


def draw_inputs(dice, generator, config, model, count, size):
    x = torch.randn((count, config["in_channels"], *size), generator=generator)
    steps = config["num_train_timesteps"] if config["time_embedding_type"] == "learned" else 1000
    if config["time_embedding_type"] == "fourier":
        t = torch.tensor([dice.uniform(0.01, 80) for _ in range(count)])
    elif config["time_embedding_type"] == "positional" and dice.random() < 0.3:
        t = torch.tensor([dice.uniform(0, 1000) for _ in range(count)])
    else:
        t = torch.tensor([dice.randrange(steps) for _ in range(count)])
    labels = None
    if config["class_embed_type"] == "timestep":
        labels = torch.tensor([dice.randrange(1, steps) for _ in range(count)])
    elif config["class_embed_type"] == "identity":
        labels = torch.randn((count, config["time_embedding_dim"] or 4 * config["block_out_channels"][0]), generator=generator)
    elif config["num_class_embeds"] is not None:
        labels = torch.tensor([dice.randrange(config["num_class_embeds"]) for _ in range(count)])
    return x, t, labels


def in_double(model, config, x, t, labels):
    """The forward pass in double. Sines of timesteps are float32 in diffusers whatever the model is; their class twin forgets to convert them."""
    model = model.double()
    hook = model.time_proj.register_forward_hook(lambda module, inputs, output: output.double())
    fourier = config["time_embedding_type"] == "fourier"
    if labels is not None and (labels.is_floating_point() or (fourier and config["class_embed_type"] == "timestep")):
        labels = labels.double()
    out = model(x.double(), t.double() if fourier else t, class_labels=labels).sample
    hook.remove()
    return out


def make_case(seed, folder):
    """Writes a case for the first draw of this seed that diffusers runs; returns the config, PyTorch's own error, and how many draws it refused."""
    dice = random.Random(seed)
    refused = 0
    while True:
        config = draw_config(dice)
        size, count = draw_size(dice, len(config["block_out_channels"])), dice.choice([1, 2, 3])
        try:
            torch.manual_seed(seed)
            model = UNet2DModel(**config).eval()
            if sum(p.numel() for p in model.parameters()) * size[0] * size[1] / 4 > LARGEST_WORK:
                continue
            generator = torch.Generator("cpu").manual_seed(seed)
            weigh(model, generator)
            x, t, labels = draw_inputs(dice, generator, config, model, count, size)
            with torch.no_grad():
                single = model(x, t, class_labels=labels).sample
        except Exception:  # diffusers and torch raise what they like
            refused += 1
            continue
        model.save_pretrained(folder / "model")
        with torch.no_grad():
            exact = in_double(model, config, x, t, labels)
        if not torch.isfinite(exact).all():
            refused += 1
            continue
        tensors = dict(sample=x, timestep=t, output=single, output_f64_as_f32=exact.float())
        if labels is not None:
            tensors["class_labels"] = labels
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "tensors.safetensors")
        (folder / "case.json").write_text(json.dumps({"kind": "unet", "size": size}) + "\n")
        own = float((single.double() - exact).abs().max() / exact.abs().max())
        return config, own, refused


def check(parity, folder):
    """The line of lgv_parity for one case: error and verdict."""
    run = subprocess.run([parity, str(folder)], capture_output=True, text=True)
    words = run.stdout.split()
    if len(words) < 7 or words[1] != "output":
        return math.inf, f"exit code {run.returncode}: {(run.stdout + run.stderr).strip()}"
    return (math.inf if words[3] == "-" else float(words[3])), run.stdout.strip().splitlines()[0]


def main():
    options = argparse.ArgumentParser(prog="against-diffusers")
    options.add_argument("--count", type=int, default=200)
    options.add_argument("--seed", type=int, default=0, help="config N has seed + N")
    options.add_argument("--keep", type=pathlib.Path, help="folder for the cases that differ")
    options.add_argument("--parity", required=True)
    options = options.parse_args()

    worst, where, bad, refused = 0.0, None, 0, 0
    for number in range(options.count):
        with tempfile.TemporaryDirectory(prefix="langevin-against-") as name:
            folder = pathlib.Path(name) / f"config-{number}"
            folder.mkdir()
            config, own, more = make_case(options.seed + number, folder)
            refused += more
            error, line = check(options.parity, folder)
            if " PASS " not in line and not (" FAIL of the largest" in line and error <= 2 * own):
                bad += 1
                print(line, json.dumps(config), sep="\n    ", flush=True)
                if options.keep:
                    shutil.copytree(folder, options.keep / folder.name, dirs_exist_ok=True)
            elif error >= worst:
                worst, where = error, number
        if sys.stderr.isatty():
            print(f"\r{number + 1}/{options.count}", end="", file=sys.stderr, flush=True)
    print(f"against-diffusers: {options.count} networks, {bad} outside their tolerance, worst error {worst:.1e} (config {where}); "
          f"diffusers itself refused {refused} draws")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
