"""UNet2DModel in plain PyTorch, with the parameter names of diffusers, for machines that have PyTorch alone. It computes what diffusers' computes (compared with
it by torch_bench.py against-diffusers: 1e-6 apart), written as a user would write it: F.group_norm, F.scaled_dot_product_attention, Conv2d.

x: [N, C, H, W]   t: [N]   labels: [N] or None   ->   [N, C, H, W]
"""
import ctypes
import json
import math
import struct
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

CIFAR10 = dict(
    sample_size=32, in_channels=3, out_channels=3, layers_per_block=2, block_out_channels=(128, 256, 256, 256),
    down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D", "DownBlock2D"),
    up_block_types=("UpBlock2D", "UpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
    downsample_padding=0, flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-6, attention_head_dim=None)
# Small enough for a processor, with every kind of block: what the scripts' own check runs.
TINY = dict(
    sample_size=16, in_channels=1, out_channels=1, layers_per_block=1, block_out_channels=(16, 32), norm_num_groups=4,
    down_block_types=("DownBlock2D", "AttnDownBlock2D"), up_block_types=("AttnUpBlock2D", "UpBlock2D"), attention_head_dim=8)
DEFAULTS = dict(downsample_padding=1, flip_sin_to_cos=True, freq_shift=0, norm_eps=1e-5, norm_num_groups=32, attention_head_dim=8, num_class_embeds=None)


class TimestepEmbedding(nn.Module):
    def __init__(self, channels, out):
        super().__init__()
        self.linear_1 = nn.Linear(channels, out)
        self.linear_2 = nn.Linear(out, out)

    def forward(self, x):
        return self.linear_2(F.silu(self.linear_1(x)))


class ResnetBlock(nn.Module):
    def __init__(self, channels, out, temb, groups, eps):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, channels, eps)
        self.conv1 = nn.Conv2d(channels, out, 3, padding=1)
        self.time_emb_proj = nn.Linear(temb, out)
        self.norm2 = nn.GroupNorm(groups, out, eps)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(channels, out, 1) if channels != out else None

    def forward(self, x, temb):
        h = self.conv1(F.silu(self.norm1(x)))
        h = h + self.time_emb_proj(F.silu(temb))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return (x if self.conv_shortcut is None else self.conv_shortcut(x)) + h


class Attention(nn.Module):
    def __init__(self, channels, head_dim, groups, eps):
        super().__init__()
        self.heads = channels // head_dim if head_dim else 1
        self.group_norm = nn.GroupNorm(groups, channels, eps)
        self.to_q = nn.Linear(channels, channels)
        self.to_k = nn.Linear(channels, channels)
        self.to_v = nn.Linear(channels, channels)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])
        self.to_qkv = None

    def fuse(self):
        """One product for Q, K and V, from then on: "PyTorch plus effort"."""
        three = (self.to_q, self.to_k, self.to_v)
        self.to_qkv = nn.Linear(self.to_q.in_features, 3 * self.to_q.in_features).to(self.to_q.weight)
        self.to_qkv.weight.data = torch.cat([one.weight.data for one in three])
        self.to_qkv.bias.data = torch.cat([one.bias.data for one in three])

    def forward(self, x):
        n, c, height, width = x.shape
        h = self.group_norm(x.view(n, c, height * width) if x.is_contiguous() else x)
        h = h.reshape(n, c, height * width).transpose(1, 2)
        q, k, v = (self.to_q(h), self.to_k(h), self.to_v(h)) if self.to_qkv is None else self.to_qkv(h).chunk(3, dim=-1)
        q, k, v = (one.view(n, -1, self.heads, c // self.heads).transpose(1, 2) for one in (q, k, v))
        h = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, -1, c)
        return self.to_out[0](h).transpose(-1, -2).reshape(n, c, height, width) + x


class Downsample(nn.Module):
    def __init__(self, channels, padding):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=padding)

    def forward(self, x):
        return self.conv(F.pad(x, (0, 1, 0, 1)) if self.conv.padding == (0, 0) else x)


class Upsample(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class Block(nn.Module):
    """Resnet blocks, each with attention or without, then a change of resolution, or none."""

    def __init__(self, widths, attention, temb, groups, eps, head_dim, down=None, up=False):
        super().__init__()
        self.resnets = nn.ModuleList(ResnetBlock(channels, out, temb, groups, eps) for channels, out in widths)
        out = widths[-1][1]
        self.attentions = nn.ModuleList(Attention(out, head_dim, groups, eps) for _ in widths) if attention else None
        self.downsamplers = None if down is None else nn.ModuleList([Downsample(out, down)])
        self.upsamplers = nn.ModuleList([Upsample(out)]) if up else None


class Mid(nn.Module):
    def __init__(self, channels, temb, groups, eps, head_dim):
        super().__init__()
        self.attentions = nn.ModuleList([Attention(channels, head_dim, groups, eps)])
        self.resnets = nn.ModuleList(ResnetBlock(channels, channels, temb, groups, eps) for _ in range(2))


class UNet(nn.Module):
    def __init__(self, **config):
        super().__init__()
        config = {**DEFAULTS, **config}
        self.config = config
        widths, layers = list(config["block_out_channels"]), config["layers_per_block"]
        groups, eps, head_dim = config["norm_num_groups"], config["norm_eps"], config["attention_head_dim"]
        temb, last = 4 * widths[0], len(widths) - 1
        more = dict(temb=temb, groups=groups, eps=eps, head_dim=head_dim)
        self.conv_in = nn.Conv2d(config["in_channels"], widths[0], 3, padding=1)
        self.time_embedding = TimestepEmbedding(widths[0], temb)
        self.class_embedding = nn.Embedding(config["num_class_embeds"], temb) if config["num_class_embeds"] else None
        self.down_blocks = nn.ModuleList()
        skips, channels = [widths[0]], widths[0]
        for i, (kind, out) in enumerate(zip(config["down_block_types"], widths)):
            pairs = [(channels if j == 0 else out, out) for j in range(layers)]
            self.down_blocks.append(Block(pairs, kind.startswith("Attn"), **more, down=None if i == last else config["downsample_padding"]))
            skips += [out] * (layers + (i != last))
            channels = out
        self.mid_block = Mid(channels, **more)
        self.up_blocks = nn.ModuleList()
        for i, (kind, out) in enumerate(zip(config["up_block_types"], reversed(widths))):
            pairs = [((channels if j == 0 else out) + skips.pop(), out) for j in range(layers + 1)]
            self.up_blocks.append(Block(pairs, kind.startswith("Attn"), **more, up=i != last))
            channels = out
        self.conv_norm_out = nn.GroupNorm(groups, channels, eps)
        self.conv_out = nn.Conv2d(channels, config["out_channels"], 3, padding=1)
        half = widths[0] // 2
        self.register_buffer("frequencies", torch.exp(-math.log(10000) * torch.arange(half, dtype=torch.float32) / (half - config["freq_shift"])), persistent=False)

    def embed(self, t, labels=None):
        """[N, 4 C]: what a step computes once for its timesteps and labels."""
        angles = t[:, None].float() * self.frequencies[None, :]
        parts = (torch.cos(angles), torch.sin(angles)) if self.config["flip_sin_to_cos"] else (torch.sin(angles), torch.cos(angles))
        temb = self.time_embedding(torch.cat(parts, dim=-1).to(self.conv_in.weight.dtype))
        return temb if labels is None else temb + self.class_embedding(labels)

    def forward(self, x, t=None, labels=None, temb=None):
        temb = self.embed(t, labels) if temb is None else temb
        h = self.conv_in(x)
        skips = [h]
        for block in self.down_blocks:
            for i, resnet in enumerate(block.resnets):
                h = resnet(h, temb)
                h = h if block.attentions is None else block.attentions[i](h)
                skips.append(h)
            if block.downsamplers is not None:
                h = block.downsamplers[0](h)
                skips.append(h)
        h = self.mid_block.resnets[0](h, temb)
        h = self.mid_block.resnets[1](self.mid_block.attentions[0](h), temb)
        for block in self.up_blocks:
            for i, resnet in enumerate(block.resnets):
                h = resnet(torch.cat([h, skips.pop()], dim=1), temb)
                h = h if block.attentions is None else block.attentions[i](h)
            h = h if block.upsamplers is None else block.upsamplers[0](h)
        return self.conv_out(F.silu(self.conv_norm_out(h)))

    def fuse(self):
        for module in self.modules():
            if isinstance(module, Attention):
                module.fuse()


# ---- files, without the package of the name safetensors ----

TYPES = {"F64": torch.float64, "F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16, "I64": torch.int64, "I32": torch.int32}


def read_safetensors(path):
    data = bytearray(Path(path).read_bytes())
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    return {name: torch.frombuffer(data, dtype=TYPES[one["dtype"]], offset=8 + size + one["data_offsets"][0],
                                   count=math.prod(one["shape"])).reshape(one["shape"]) for name, one in header.items()}


def write_safetensors(path, tensors):
    names, header, parts, end = {dtype: name for name, dtype in TYPES.items()}, {}, [], 0
    for name, tensor in tensors.items():
        tensor = tensor.detach().cpu().contiguous()
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [end, end + tensor.nbytes]}
        parts.append(ctypes.string_at(tensor.data_ptr(), tensor.nbytes))       # numpy need not be there
        end += tensor.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        out.writelines(parts)


def write_unet(unet, folder):
    """The folder of a diffusers UNet2DModel. The config comes last: where it is, the weights are whole."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_safetensors(folder / "diffusion_pytorch_model.safetensors", unet.state_dict())
    (folder / "config.json").write_text(json.dumps({"_class_name": "UNet2DModel", **unet.config}))


def open_unet(name):
    """A net by name (cifar10, tiny: weights from seed 150) or by the folder that holds config.json and the weights of a diffusers UNet2DModel."""
    torch.manual_seed(150)
    if name in ("cifar10", "tiny"):
        return UNet(**(CIFAR10 if name == "cifar10" else TINY))
    folder = Path(name) / "unet" if (Path(name) / "unet").is_dir() else Path(name)
    known = json.loads((folder / "config.json").read_text())
    unet = UNet(**{key: known[key] for key in {**DEFAULTS, **CIFAR10} if key in known})
    unet.load_state_dict(read_safetensors(folder / "diffusion_pytorch_model.safetensors"))
    return unet
