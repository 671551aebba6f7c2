"""The whole benchmark in order: nets, forward passes, our own step, whole runs, or training steps; report. `tests/bench/run --help` explains the options."""
import argparse
import datetime
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from bench import forward, machine, report, training, whole
from bench.case import Case
from bench.engines import FORWARD, TRAINING, WHOLE_RUN, Langevin, LangevinTraining, chosen
from bench.nets import Net

ROOT = Path(__file__).resolve().parents[3]


def say(text):
    print(f"{datetime.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run", add_help=False)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--batch", type=int, nargs="+")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--engines", type=lambda names: names.split(","), default=[])
    parser.add_argument("--only", choices=("forward", "whole"))
    parser.add_argument("--training", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "target" / "bench" / "report")
    options = parser.parse_args()
    if options.training and options.only:
        parser.error("--training measures training steps alone: without --only")
    if not options.training:
        options.batch = options.batch or ([1, 8] if options.quick else [1, 8, 64])
    options.rounds = options.rounds or (3 if options.quick else 10)
    if options.threads < 1 or options.rounds < 1 or min(options.batch or [1]) < 1:
        parser.error("--threads, --rounds and --batch are at least 1")
    return options


def nets(options, build):
    if options.model:
        return [Net(options.model.resolve().name, options.model.resolve())]
    cifar10 = build / "cifar10"
    if not (cifar10 / "model_index.json").exists():         # written last by diffusers
        say("cifar10: drawing the weights")
        subprocess.run([sys.executable, "-m", "bench.nets", str(cifar10)], check=True, stdout=subprocess.DEVNULL)
    return [Net("cifar10", cifar10), Net("mnist", ROOT / "tests" / "models" / "mnist")]


def own_step(case, ours):
    """`langevin bench --json` once: the profile by op and Java's own share, which no peer has."""
    result = subprocess.run(ours.command(case), capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"langevin bench ended with status {result.returncode}: {result.stderr.strip()[-600:]}")
    return {"net": case.net.name, "rows": case.rows, **json.loads(result.stdout)}


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C: the workers are closed on the way out
    build = ROOT / "target" / "bench"
    build.mkdir(parents=True, exist_ok=True)
    launcher = str(ROOT / "langevin")
    ours = chosen([LangevinTraining(launcher) if options.training else Langevin(launcher)], options.engines)
    launcher = ours[0].launcher if ours else None
    if ours:
        say("building Langevin")
        if subprocess.run([launcher, "--version"], stdout=sys.stderr).returncode != 0:
            raise SystemExit(f"error: {launcher} --version failed, see above. The peers alone: --engines PyTorch,ONNX,OpenVINO,diffusers")
    peers = [peer for peer in chosen(TRAINING if options.training else FORWARD, options.engines)
             if options.engines or not (options.quick and "compiled" in peer.variant)]
    measured = nets(options, build)
    for net in measured:
        net.refuse_what_cannot_be_measured()

    results = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": machine.processor(), "versions": machine.versions(ROOT, launcher), "environment": machine.environment(),
        "settings": {"threads": options.threads, "batch": options.batch, "rounds": options.rounds, "quick": options.quick, "dtype": "float32",
                     "command": " ".join(["tests/bench/run"] + sys.argv[1:])},
        "forward": [], "own": [], "whole": [], "training": [], "failed": [],
    }
    most = options.rounds * (1 if options.quick else 2)
    if options.training:
        for net in measured:
            for rows in options.batch or [training.rows_of(net)]:
                found = training.measure(Case(net, rows, options.threads, build), ours + peers, options.rounds, most, say)
                found["ratios"] = ratios(found, peers)
                results["training"].append(found)
                write(results, options.out)
        measured = []
    for net in measured:
        for rows in options.batch if options.only != "whole" else []:
            case = Case(net, rows, options.threads, build)
            found = forward.measure(case, ours + peers, options.rounds, most, say)
            found["ratios"] = ratios(found, peers)
            results["forward"].append(found)
            if ours:
                try:
                    results["own"].append(own_step(case, ours[0]))
                except (RuntimeError, ValueError) as failure:
                    results["failed"].append(f"Langevin's own step ({case.title}): {failure}")
            write(results, options.out)
    for net in measured if options.only != "forward" else []:
        if options.quick and net.name == "cifar10":         # a minute a run
            continue
        runs = [peer for peer in chosen(WHOLE_RUN, options.engines) if options.engines or not (options.quick and "compiled" in peer.variant)]
        results["whole"].append(whole.measure(Case(net, 16, options.threads, build, steps=50), runs, launcher, 1 if options.quick else 3, say))
        write(results, options.out)

    print(report.markdown(results))
    print(f"written: {options.out}.md and {options.out}.json", file=sys.stderr)
    failures = results["failed"] + [failure for part in results["forward"] + results["whole"] + results["training"] for failure in part["failed"]]
    return 1 if failures else 0


def ratios(found, peers):
    return [found_ratio for peer in dict.fromkeys(peer.peer for peer in peers) if (found_ratio := report.ratio(found, peer))]


def write(results, out):
    """After every case, so that an interrupted run leaves what it has."""
    out.parent.mkdir(parents=True, exist_ok=True)
    Path(f"{out}.json").write_text(json.dumps(results, indent=1) + "\n")
    Path(f"{out}.md").write_text(report.markdown(results))


if __name__ == "__main__":
    sys.exit(main())
