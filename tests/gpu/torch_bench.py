#!/usr/bin/env python3
"""How fast PyTorch runs a net on this GPU, in the ways in which a user can ask for it, and how fast Langevin runs the same net.

    torch_bench.py units [--training] [--batches 1 4 16 64 256]    what there is to measure, a line each: VARIANT BATCH
    torch_bench.py run VARIANT BATCH --out FILE.jsonl             measures one, in a process of its own, and appends a line
    torch_bench.py table FILE.jsonl                               a Markdown table of the lines, with each time over Langevin's
    torch_bench.py against-diffusers                              torch_unet.py against diffusers' UNet2DModel, on the CPU

    --net cifar10|tiny|FOLDER  (default cifar10; a folder is a diffusers UNet2DModel)    --device cuda|cpu    --quick: few repeats
    --engine COMMAND           Langevin's command line (default ./langevin)

Variants of a sampling step (the net, and x = a x + b eps):
    eager-tf32        float32, TF32 products, NCHW
    eager-bf16        bfloat16 weights, channels_last, cudnn.benchmark
    graph-bf16        the same, the step captured in a CUDA graph
    compiled-bf16     torch.compile, max-autotune, with the options that diffusers recommends;  compiled-plain-bf16: without them;  frozen-bf16: and freezing
    loop-bf16         compiled without graphs of its own, ten steps with embeddings made before in one CUDA graph: the strongest that PyTorch has
    effort-bf16       the same with one product for Q, K and V
    langevin          `langevin bench --serve` on the device (bfloat16 on a GPU), with these weights: they are written, once, to cache/NET beside FILE.jsonl
Variants of a training step (forward, backward, clipping, AdamW, an average of the weights):
    train-eager       bfloat16 autocast, channels_last;  train-compiled: compiled;  train-graph: and the whole step in a CUDA graph
    ceilings          (batch: of the convolutions) a product of 8192^2, a copy of 1 GiB, and cuDNN alone for every convolution: forward, dgrad, wgrad

Inputs are random and rotate among three sets. Times are CUDA events over at least 50 runs after a second of warm-up: median and quartiles. Langevin's are Java's
clock around the call and the wait for the GPU, so they hold the host's share as well; its images stay on the GPU, as in sampling, and are the same in each step. The
error is the largest difference from the net in float64, over the largest magnitude.
"""
import argparse
import copy
import json
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from torch_unet import open_unet, read_safetensors, write_safetensors, write_unet

SAMPLING = ("eager-tf32", "eager-bf16", "graph-bf16", "compiled-bf16", "compiled-plain-bf16", "frozen-bf16", "loop-bf16", "effort-bf16", "langevin")
TRAINING = ("train-eager", "train-compiled", "train-graph")
STEPS = 10          # of the loop
SETS = 3
WARM_UP, QUICK_WARM_UP = 1.0, 0.1       # seconds
RUNS, QUICK_RUNS = 60, 5


# ---- timing ----

def timed(run, device, quick):
    """Quartiles in milliseconds of run(i)."""
    end, i = time.perf_counter() + (QUICK_WARM_UP if quick else WARM_UP), 0
    while i < 2 or time.perf_counter() < end:
        run(i)
        synchronize(device)
        i += 1
    times = []
    for i in range(QUICK_RUNS if quick else RUNS):
        if device == "cuda":
            begin, done = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            begin.record()
            run(i)
            done.record()
            done.synchronize()
            times.append(begin.elapsed_time(done))
        else:
            start = time.perf_counter()
            run(i)
            times.append(1e3 * (time.perf_counter() - start))
    return statistics.quantiles(times, n=4)


def synchronize(device):
    if device == "cuda":
        torch.cuda.synchronize()


def clocks():
    try:
        return subprocess.run(["nvidia-smi", "--query-gpu=name,clocks.sm,clocks.mem,power.draw,temperature.gpu", "--format=csv,noheader"], capture_output=True, text=True,
                              timeout=20).stdout.strip()
    except OSError:
        return ""


def captured(work):
    """What work() queues, as a function that replays it."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay


# ---- sampling ----

def sampling_case(batch, args):
    """The net; SETS of inputs, on the CPU; their timesteps and labels; and what the net says of the first two images in float64."""
    device = args.device
    net = open_unet(args.net).to(device).eval()
    config = net.config
    shape = (batch, config["in_channels"], config["sample_size"], config["sample_size"])
    generator = torch.Generator().manual_seed(7)
    exact = [torch.randn(shape, generator=generator) for _ in range(SETS)]
    labels = torch.arange(batch, device=device) % config["num_class_embeds"] if config["num_class_embeds"] else None
    t = torch.full((batch,), 500, device=device)
    with torch.inference_mode():
        few = min(batch, 2)
        wanted = copy.deepcopy(net).double()(exact[0][:few].double().to(device), t[:few], None if labels is None else labels[:few])
    return net, exact, t, labels, wanted


def error_of(got, wanted):
    return float((got[:len(wanted)].to(wanted) - wanted).abs().max() / wanted.abs().max())


def sampling_unit(variant, batch, args):
    device, bf16 = args.device, variant.endswith("bf16")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = variant == "eager-tf32"
    torch.backends.cudnn.benchmark = True
    net, exact, t, labels, wanted = sampling_case(batch, args)
    layout = torch.channels_last if bf16 else torch.contiguous_format
    net = net.to(torch.bfloat16 if bf16 else torch.float32, memory_format=layout)
    net.frequencies = net.frequencies.float()
    if variant == "effort-bf16":
        net.fuse()
    inputs = [x.to(device, torch.bfloat16 if bf16 else torch.float32, memory_format=layout) for x in exact]

    loop = variant in ("loop-bf16", "effort-bf16")
    run_net = net
    if variant.split("-")[0] in ("compiled", "frozen", "loop", "effort"):
        from torch._inductor import config as inductor
        if "plain" not in variant:
            inductor.conv_1x1_as_mm = inductor.coordinate_descent_tuning = inductor.coordinate_descent_check_all_directions = True
            inductor.epilogue_fusion = False
        inductor.freezing = variant == "frozen-bf16"
        run_net = torch.compile(net, mode="max-autotune-no-cudagraphs" if loop else "max-autotune", fullgraph=True, dynamic=False)

    start = time.perf_counter()
    with torch.inference_mode():
        if loop:
            temb = [net.embed(t, labels) for _ in range(STEPS)]
            x, out = inputs[0].clone(memory_format=torch.preserve_format), None

            def steps():
                nonlocal out
                h = x
                for one in temb:
                    h = 0.99 * h - 0.01 * run_net(h, temb=one)
                out = h
        else:
            x = inputs[0].clone(memory_format=torch.preserve_format)

            def steps():
                return 0.99 * x - 0.01 * run_net(x, t, labels)
        got = run_net(x, temb=temb[0]) if loop else run_net(x, t, labels)
        error = error_of(got, wanted)
        replay = captured(steps) if variant in ("graph-bf16", "loop-bf16", "effort-bf16") and device == "cuda" else steps

        def run(i):
            x.copy_(inputs[i % SETS])
            replay()
        ready = time.perf_counter() - start
        quartiles = [q / (STEPS if loop else 1) for q in timed(run, device, args.quick)]
    return {"error": error, "ready_s": ready, "ms": quartiles, "images_s": 1e3 * batch / quartiles[1]}


# ---- Langevin ----

def net_folder(net, args):
    """Where the net is as files: its own folder, or one that is written beside the results. A pipeline's folder holds it as unet/."""
    if Path(args.net).is_dir():
        return Path(args.net)
    folder = Path(args.out).resolve().parent / "cache" / args.net
    if not (folder / "config.json").exists():
        write_unet(net, folder)
    return folder


class Engine:
    """`langevin bench --serve` (BenchServer.java): answers the commands in order."""

    def __init__(self, folder, batch, args):
        self.process = subprocess.Popen([*shlex.split(args.engine), "bench", str(folder), "--device", args.device, "--batch", str(batch), "--serve"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def send(self, line):
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            sys.exit(f"error: Langevin ended with exit code {self.process.wait()}")

    def milliseconds(self, steps):
        self.send(f"run {steps}")
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"error: Langevin ended with exit code {self.process.wait()}")
        return json.loads(answer)["milliseconds"]

    def check(self, x, t, labels):
        with tempfile.TemporaryDirectory() as scratch:
            given, told = Path(scratch) / "in", Path(scratch) / "out"
            write_safetensors(given, {"sample": x, "timestep": t.float(), **({} if labels is None else {"class_labels": labels})})
            self.send(f"check {given} {told}")
            self.milliseconds(1)
            return read_safetensors(told)["output"]

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            sys.exit(f"error: Langevin ended with exit code {self.process.returncode}")


def langevin_unit(_, batch, args):
    net, exact, t, labels, wanted = sampling_case(batch, args)
    folder = net_folder(net, args)
    del net
    if args.device == "cuda":
        torch.cuda.empty_cache()
    start = time.perf_counter()
    engine = Engine(folder, batch, args)
    engine.milliseconds(1)
    ready = time.perf_counter() - start
    error = error_of(engine.check(exact[0], t, labels), wanted)
    end = time.perf_counter() + (QUICK_WARM_UP if args.quick else WARM_UP)
    while time.perf_counter() < end:
        engine.milliseconds(10)
    quartiles = statistics.quantiles(engine.milliseconds(QUICK_RUNS if args.quick else RUNS), n=4)
    engine.close()
    return {"error": error, "ready_s": ready, "ms": quartiles, "images_s": 1e3 * batch / quartiles[1]}


# ---- training ----

def training_unit(variant, batch, args):
    device = args.device
    torch.backends.cudnn.benchmark = True
    net = open_unet(args.net).to(device, memory_format=torch.channels_last).train()
    config = net.config
    shape = (batch, config["in_channels"], config["sample_size"], config["sample_size"])
    cuda = device == "cuda"
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4, fused=cuda or None, capturable=cuda)
    averages = [p.detach().clone() for p in net.parameters()]
    weights = list(net.parameters())
    images = [torch.rand(shape, device=device).mul_(2).sub_(1).to(memory_format=torch.channels_last) for _ in range(SETS)]
    x0, t = images[0].clone(memory_format=torch.preserve_format), torch.randint(0, 1000, (batch,), device=device)
    labels = torch.arange(batch, device=device) % config["num_class_embeds"] if config["num_class_embeds"] else None
    alpha = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, device=device), 0)
    run_net = net if variant == "train-eager" else torch.compile(net, mode="max-autotune-no-cudagraphs", fullgraph=True, dynamic=False)
    loss = None

    def step():
        nonlocal loss
        z = torch.randn_like(x0)
        a = alpha[t][:, None, None, None]
        with torch.autocast(device, torch.bfloat16):
            out = run_net(a.sqrt() * x0 + (1 - a).sqrt() * z, t, labels)
        loss = F.mse_loss(out.float(), z)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0, foreach=True)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(averages, weights, 1e-3)
        optimizer.zero_grad(set_to_none=variant != "train-graph")

    start = time.perf_counter()
    step()
    replay = captured(step) if variant == "train-graph" and cuda else step

    def run(i):
        x0.copy_(images[i % SETS])
        replay()
    ready = time.perf_counter() - start
    quartiles = timed(run, device, args.quick)
    return {"error": float(loss.detach()), "ready_s": ready, "ms": quartiles, "images_s": 1e3 * batch / quartiles[1]}


# ---- ceilings ----

def ceilings_unit(_, batch, args):
    device, quick = args.device, args.quick
    torch.backends.cudnn.benchmark = True
    size, bytes_ = (8192, 1 << 30) if device == "cuda" else (128, 1 << 20)
    rows = {}
    with torch.inference_mode():
        a, b = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
        rows[f"matmul {size}"] = {"TFLOP/s": 2e-9 * size ** 3 / timed(lambda i: a @ b, device, quick)[1]}
        source = torch.randint(0, 255, (bytes_,), device=device, dtype=torch.uint8)
        target = torch.empty_like(source)
        rows["copy"] = {"TB/s": 2e-9 * bytes_ / timed(lambda i: target.copy_(source), device, quick)[1]}
        net, seen = open_unet(args.net).to(device, torch.bfloat16, memory_format=torch.channels_last), {}
        net.frequencies = net.frequencies.float()
        hooks = [m.register_forward_hook(lambda m, x, y: seen.setdefault((m, tuple(x[0].shape)), tuple(y.shape)) and None)
                 for m in net.modules() if isinstance(m, torch.nn.Conv2d)]
        config = net.config
        x = torch.randn(batch, config["in_channels"], config["sample_size"], config["sample_size"], device=device, dtype=torch.bfloat16)
        labels = torch.zeros(batch, dtype=torch.long, device=device) if config["num_class_embeds"] else None
        net(x.to(memory_format=torch.channels_last), torch.zeros(batch, device=device), labels)
        for hook in hooks:
            hook.remove()
        shapes = {}
        for (m, at), to in seen.items():
            shapes.setdefault((at, to, m.kernel_size, m.stride, m.padding), m.weight.detach())
        for (at, to, kernel, stride, padding), w in shapes.items():
            x = torch.randn(at, device=device, dtype=torch.bfloat16).to(memory_format=torch.channels_last)
            dy = torch.randn(to, device=device, dtype=torch.bfloat16).to(memory_format=torch.channels_last)
            flops = 2e-9 * to[0] * to[1] * to[2] * to[3] * at[1] * kernel[0] * kernel[1]

            def backward(mask):
                return torch.ops.aten.convolution_backward(dy, x, w, None, stride, padding, (1, 1), False, (0, 0), 1, mask)
            rows[f"conv {at[1]}->{to[1]} {kernel[0]}x{kernel[1]}/{stride[0]} at {to[2]}x{to[3]}"] = {
                "forward TFLOP/s": flops / timed(lambda i: F.conv2d(x, w, None, stride, padding), device, quick)[1],
                "dgrad TFLOP/s": flops / timed(lambda i: backward((True, False, False)), device, quick)[1],
                "wgrad TFLOP/s": flops / timed(lambda i: backward((False, True, False)), device, quick)[1]}
    return {"rows": rows}


# ---- commands ----

def units(args):
    for variant in TRAINING if args.training else SAMPLING:
        for batch in args.batches:
            print(variant, batch)
    if not args.training:
        print("ceilings", max(args.batches))


def run(args):
    if args.device == "cuda" and not torch.cuda.is_available():
        print("skipped: no CUDA device (PyTorch sees none)")
        return
    unit = {**dict.fromkeys(SAMPLING, sampling_unit), **dict.fromkeys(TRAINING, training_unit), "langevin": langevin_unit, "ceilings": ceilings_unit}.get(args.variant)
    if unit is None:
        sys.exit(f"error: there is no variant {args.variant}: {', '.join(SAMPLING + TRAINING)} or ceilings")
    before = clocks()
    line = {"variant": args.variant, "batch": args.batch, "net": args.net, **unit(args.variant, args.batch, args), "torch": torch.__version__, "device": clocks() or "cpu",
            "device_before": before, "at": time.strftime("%Y-%m-%dT%H:%M:%S")}
    with open(args.out, "a") as out:
        out.write(json.dumps(line) + "\n")
    print(json.dumps(line))


def table(args):
    lines = [json.loads(line) for line in Path(args.file).read_text().splitlines()]
    ours = {}
    for line in lines:
        if line["variant"] == "langevin":
            ours.setdefault(line["batch"], []).append(line["ms"][1])
    print("| variant | batch | ms, quartiles | times Langevin's | images/s | error or loss | ready after, s |\n|---|---|---|---|---|---|---|")
    for line in sorted((line for line in lines if "ms" in line), key=lambda line: (line["batch"], line["ms"][1])):
        low, middle, high = line["ms"]
        times = "" if line["variant"] in TRAINING or line["batch"] not in ours else f"{middle / statistics.median(ours[line['batch']]):.2f}"
        print(f"| {line['variant']} | {line['batch']} | {middle:.3f} ({low:.3f} to {high:.3f}) | {times} | {line['images_s']:.1f} | {line['error']:.2e} | {line['ready_s']:.0f} |")
    for line in lines:
        for name, row in line.get("rows", {}).items():
            print(f"\n{name}, batch {line['batch']}: " + ", ".join(f"{key} {value:.4g}" for key, value in row.items()), end="")
    print(f"\n\nPyTorch {lines[-1]['torch']}, {lines[-1]['device']}" if lines else "")


def against_diffusers(args):
    from diffusers import UNet2DModel
    import torch_unet
    worst = 0.0
    for name, config in (("tiny", torch_unet.TINY), ("tiny, labels", {**torch_unet.TINY, "num_class_embeds": 11, "downsample_padding": 0}), ("cifar10", torch_unet.CIFAR10)):
        torch.manual_seed(1)
        theirs, ours = UNet2DModel(**config).eval(), torch_unet.UNet(**config).eval()
        ours.load_state_dict(theirs.state_dict())
        x = torch.randn(2, config["in_channels"], config["sample_size"], config["sample_size"])
        t, labels = torch.tensor([17, 901]), torch.tensor([3, 10]) if config.get("num_class_embeds") else None
        with torch.inference_mode():
            wanted, got = theirs(x, t, class_labels=labels).sample, ours(x, t, labels)
            ours.fuse()
            fused = ours(x, t, labels)
        error, fused_error = (float((one - wanted).abs().max() / wanted.abs().max()) for one in (got, fused))
        print(f"{name}: largest difference {error:.1e} of the largest magnitude, {fused_error:.1e} with one product for Q, K and V")
        worst = max(worst, error, fused_error)
    # The same operations on the same numbers; sums in an order of its own where a layout or a product differs.
    sys.exit(0 if worst <= 1e-5 else f"FAIL: {worst}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("units")
    one.add_argument("--training", action="store_true")
    one.add_argument("--batches", type=int, nargs="+", default=[1, 4, 16, 64, 256])
    one.set_defaults(call=units)
    one = commands.add_parser("run")
    one.add_argument("variant")
    one.add_argument("batch", type=int)
    one.add_argument("--net", default="cifar10")
    one.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    one.add_argument("--quick", action="store_true")
    one.add_argument("--engine", default="./langevin")
    one.add_argument("--out", required=True)
    one.set_defaults(call=run)
    one = commands.add_parser("table")
    one.add_argument("file")
    one.set_defaults(call=table)
    commands.add_parser("against-diffusers").set_defaults(call=against_diffusers)
    args = parser.parse_args()
    args.call(args)


if __name__ == "__main__":
    main()
