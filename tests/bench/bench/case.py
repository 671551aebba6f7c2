"""One thing to measure: a net, rows, threads; and the files derived from it, made when they are missing."""
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.nets import Net


@dataclass(frozen=True)
class Case:
    net: Net
    rows: int
    threads: int
    build: Path
    steps: int = 0                                          # of a whole run; 0 for a forward pass
    seed: int = 0

    @cached_property
    def cache(self):
        return self.build / self.net.key

    @property
    def inputs(self):
        return self.cache / f"inputs-{self.rows}.safetensors"

    @property
    def reference(self):
        return self.cache / f"reference-{self.rows}.safetensors"

    @property
    def training(self):
        return self.cache / f"training-{self.rows}.safetensors"

    @property
    def onnx(self):
        return self.cache / "unet.onnx"

    @property
    def title(self):
        return f"{self.net.name} batch {self.rows}"

    def prepare(self, files, say):
        """Inputs, and what is wanted of `reference`, `onnx`, `training`. The net's digest is in the folder's name, so what is there is right."""
        from bench.nets import write_inputs
        self.cache.mkdir(parents=True, exist_ok=True)
        if not self.inputs.exists():
            write_inputs(self.net, self.rows, self.inputs)
        for what in files:
            path = getattr(self, what)
            if not path.exists():
                say(f"{self.title}: {what}")
                unfinished = path.with_name("unfinished-" + path.name)
                subprocess.run([sys.executable, "-m", "bench.derived", what, str(self.net.unet), str(self.inputs), str(unfinished)], check=True,
                               stdout=subprocess.DEVNULL, stderr=None if os.environ.get("LANGEVIN_BENCH_VERBOSE") else subprocess.DEVNULL)
                unfinished.rename(path)
