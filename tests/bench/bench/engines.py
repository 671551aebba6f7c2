"""The engines that are compared, each behind the same four verbs: start, check, passes, close.

A peer is a Python worker. Ours is `langevin bench --serve`, so its time is taken inside Java, around the same call that a Java program makes;
a training step is timed by `langevin bench --training`, a process for each turn.
"""
import json
import os
import sys
from dataclasses import dataclass

from bench.process import Command, Worker

COMPILING = 1800.0                                          # seconds that a first pass may take: torch tunes every matrix product of the net


@dataclass(frozen=True)
class Peer:
    peer: str
    variant: str
    module: str

    @property
    def name(self):
        return f"{self.peer} {self.variant}".strip()

    def start(self, case, log):
        """A process with the net loaded, threads asleep."""
        worker = Worker([sys.executable, "-m", f"bench.peers.{self.module}"], peer_environment(case), log)
        settings = {"folder": str(case.net.unet), "pipeline": str(case.net.folder), "labels": case.net.labels, "variant": self.variant,
                    "rows": case.rows, "threads": case.threads, "inputs": str(case.inputs), "onnx": str(case.onnx), "steps": case.steps, "seed": case.seed}
        try:
            return worker, worker.ask("load " + json.dumps(settings), "seconds")
        except BaseException:
            worker.close()
            raise

    def check(self, worker, case, output):
        """Writes what one pass gives; False where nothing is written."""
        worker.ask(f"check {output}", "written", COMPILING)
        return True

    def passes(self, worker, count):
        """Milliseconds of each."""
        return worker.ask(f"run {count}", "milliseconds")

    def details(self, worker):
        return None


@dataclass(frozen=True)
class Langevin:
    launcher: str
    peer: str = "Langevin"
    variant: str = ""

    @property
    def name(self):
        return self.peer

    def command(self, case):
        return [self.launcher, "bench", str(case.net.folder), "--batch", str(case.rows), "--threads", str(case.threads), "--json"]

    def start(self, case, log):
        return Worker(self.command(case) + ["--serve"], dict(os.environ), log), None

    def check(self, worker, case, output):
        """Commands are answered in order, so the output is complete once the pass after it has been timed."""
        worker.send(f"check {case.inputs} {output}")
        worker.ask("run 1", "milliseconds")
        return True

    def passes(self, worker, count):
        return worker.ask(f"run {count}", "milliseconds")

    def details(self, worker):
        return None


@dataclass(frozen=True)
class LangevinTraining:
    """Each turn is a command of its own, which warms itself up and measures for some seconds. Its steps are checked by the golden training cases."""
    launcher: str
    peer: str = "Langevin"
    variant: str = ""

    @property
    def name(self):
        return self.peer

    def start(self, case, log):
        return Command([self.launcher, "bench", str(case.net.folder), "--training", "--batch", str(case.rows), "--threads", str(case.threads), "--json"],
                       log), None

    def check(self, worker, case, output):
        return False

    def passes(self, worker, count):
        """One number, whatever the count: the command makes as many steps as it wants."""
        return [worker.run("milliseconds_per_step")["milliseconds_per_step"]]

    def details(self, worker):
        """What the last command said besides: the profile."""
        return worker.last


def peer_environment(case):
    """As users run them: default spinning and allocation. One pool a process: a second one (OpenBLAS's) would spin against the first."""
    return dict(os.environ, OMP_NUM_THREADS=str(case.threads), MKL_NUM_THREADS=str(case.threads), OPENBLAS_NUM_THREADS="1",
                TORCHINDUCTOR_CACHE_DIR=str(case.cache / "inductor"), CUDA_VISIBLE_DEVICES="", HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false")


TORCH = ("eager NCHW", "eager channels_last", "compiled NCHW", "compiled channels_last")
FORWARD = [Peer("PyTorch", variant, "torch_unet") for variant in TORCH] + [
    Peer("ONNX Runtime", "", "onnxruntime_unet"), Peer("OpenVINO", "f32", "openvino_unet")]
TRAINING = [Peer("PyTorch", variant, "torch_training") for variant in TORCH]
WHOLE_RUN = [Peer("diffusers", variant, "diffusers_run") for variant in ("eager NCHW", "eager channels_last", "compiled channels_last")]
PACE = Peer("machine", "", "machine_pace")


def chosen(engines, names):
    """Those whose name contains one of `names` (case aside); all without names."""
    return [engine for engine in engines if not names or any(name.lower() in engine.name.lower() for name in names)]
