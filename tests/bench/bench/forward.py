"""The forward pass, and whatever else is measured in the same way (training.py): every engine in its own process, all loaded, taking turns.

A round is one turn for each engine; the order rotates from round to round. A turn is about a second of passes after one that is not counted
(the caches hold the engine before). A turn in which others used more than FOREIGN of a core counts as disturbed; more rounds are then made, up to `most`.
An engine's time is the median over rounds of each turn's median.
"""
import time
from dataclasses import dataclass
from statistics import median, quantiles

from bench.engines import PACE
from bench.machine import busy_seconds
from bench.process import WorkerFailed

TURN = 1000.0                                               # milliseconds of passes a turn
FOREIGN = 0.12                                              # of a core


@dataclass(frozen=True)
class Pass:
    """What is timed: the case's files that it needs, the one among them that its output is compared with, and how far from it the output may be."""
    title: str
    files: tuple
    reference: str
    keys: tuple
    tolerance: float                                        # of the largest magnitude


# float32 with Winograd against float64; direct convolution is 5e-6
FORWARD = Pass("", ("reference", "onnx"), "reference", ("output",), 3e-5)


def measure(case, engines, rounds, most, say, what=FORWARD):
    """-> {"engines": [...], "failed": [...], "machine_gigaflops": [...], "idle": [...]}"""
    from bench.peers.machine_pace import GIGAFLOPS
    title = case.title + what.title
    case.prepare(what.files, say)
    loaded, failed = [], []
    pace, _ = PACE.start(case, case.cache / "log-machine.txt")
    try:
        for engine in engines:
            say(f"{title}: {engine.name}")
            try:
                loaded.append(Turns(engine, case, what))
            except WorkerFailed as failure:
                failed.append({"name": engine.name, "reason": str(failure)})
                say(f"{title}: {engine.name}: {failure}")
        idle = idle_workers(loaded)
        speeds = []
        for number in range(most):
            if all(turns.quiet() >= rounds for turns in loaded):
                break
            speeds.append(GIGAFLOPS / median(PACE.passes(pace, 8)) * 1e3)
            first = number % len(loaded) if loaded else 0
            for turns in loaded[first:] + loaded[:first]:
                turns.take()
            say(f"{title}: round {number + 1}: " + ", ".join(f"{turns.engine.name} {turns.rounds[-1]['milliseconds']:.1f}" for turns in loaded))
        return {"net": case.net.name, "rows": case.rows, "engines": [turns.result(rounds) for turns in loaded], "failed": failed,
                "machine_gigaflops": speeds, "idle": idle}
    finally:
        for turns in loaded:
            turns.worker.close()
        pace.close()


class Turns:
    """One loaded and checked engine, and its rounds."""

    def __init__(self, engine, case, what):
        self.engine, self.rounds, self.error = engine, [], None
        name = f"{engine.name.replace(' ', '-')}{what.title.replace(' ', '-')}-{case.rows}"
        self.worker, _ = engine.start(case, case.cache / f"log-{name}.txt")
        try:
            output = case.cache / f"output-{name}.safetensors"
            if engine.check(self.worker, case, output):
                self.error = max(distance(output, getattr(case, what.reference), key) for key in what.keys)
                if not self.error <= what.tolerance:
                    raise WorkerFailed(f"wrong output: {self.error:.1e} of the largest magnitude from float64, {what.tolerance:.0e} is allowed")
                output.unlink()
            one = min(engine.passes(self.worker, 3))
            self.passes = max(1, min(200, round(TURN / one)))
        except BaseException:                               # an interrupt too: a worker in the middle of compiling would go on for minutes
            self.worker.close()
            raise

    def take(self):
        busy, own, wall = busy_seconds(), self.worker.cpu_seconds(), time.monotonic()
        extra = 1 if self.passes > 1 else 0                 # one that takes longer than a turn has no use for warm caches
        times = self.engine.passes(self.worker, self.passes + extra)
        times = times[1:] or times
        wall = time.monotonic() - wall
        foreign = (busy_seconds() - busy - (self.worker.cpu_seconds() - own)) / wall
        self.rounds.append({"milliseconds": median(times), "passes": len(times), "foreign_cores": round(max(0.0, foreign), 3)})

    def quiet(self):
        return sum(turn["foreign_cores"] <= FOREIGN for turn in self.rounds)

    def result(self, rounds):
        quiet = [turn for turn in self.rounds if turn["foreign_cores"] <= FOREIGN]
        kept = quiet if len(quiet) >= rounds else self.rounds
        times = [turn["milliseconds"] for turn in kept]
        return {"name": self.engine.name, "peer": self.engine.peer, "variant": self.engine.variant, "milliseconds": median(times),
                "quartiles": quantiles(times, n=4)[::2] if len(times) > 1 else times * 2, "error": self.error,
                "quiet": len(quiet), "undisturbed": len(quiet) >= rounds, "rounds": self.rounds, "details": self.engine.details(self.worker)}


def distance(path, reference, key):
    """Largest difference over the reference's largest magnitude; infinite where the shape is another or a value is not finite."""
    import numpy
    from safetensors.numpy import load_file
    ours, exact = load_file(str(path))[key].astype("float64"), load_file(str(reference))[key].astype("float64")
    if ours.shape != exact.shape or not numpy.isfinite(ours).all():
        return float("inf")
    return float(abs(ours - exact).max() / abs(exact).max())


def idle_workers(loaded):
    """CPU that each worker uses while it waits, in cores: a spinning one would slow down all the others."""
    time.sleep(1.0)
    before, start = [turns.worker.cpu_seconds() for turns in loaded], time.monotonic()
    time.sleep(1.0)
    wall = time.monotonic() - start
    return [{"name": turns.engine.name, "cores": round((turns.worker.cpu_seconds() - used) / wall, 3)} for turns, used in zip(loaded, before)]
