"""A whole run: from a folder and a seed to finished pictures, 50 DDIM steps for 16 images, against diffusers.

diffusers is given two times: `milliseconds` is the drawing alone in a warm process (compiled: after compilation), `start_milliseconds` its
process start, imports and load. Ours is the command, from the shell's point of view: JVM, load, packing, drawing, writing. So ours is compared
with the drawing alone, which is the harder way round. Both draw from torch's generator with one seed, so the pictures must agree to 1/255.
"""
import os
import subprocess
import time
from statistics import median

from bench.forward import distance
from bench.process import WorkerFailed

TOLERANCE = 2 / 255                                         # pictures lie in [-1, 1]


def measure(case, engines, launcher, rounds, say):
    case.cache.mkdir(parents=True, exist_ok=True)
    title = f"{case.title}: whole run of {case.steps} steps"
    running, failed = [], []
    reference = case.cache / "images-diffusers.safetensors"
    try:
        for number, engine in enumerate(engines):
            say(f"{title}: {engine.name}")
            output = case.cache / f"images-{engine.name.replace(' ', '-')}.safetensors"
            try:
                worker, start = engine.start(case, case.cache / f"log-whole-{engine.name.replace(' ', '-')}.txt")
                running.append({"engine": engine, "worker": worker, "start": start, "rounds": []})
                engine.check(worker, case, output)
                if number == 0:
                    output.replace(reference)
                    running[-1]["difference"] = 0.0
                else:
                    running[-1]["difference"] = agreed(output, reference)
            except WorkerFailed as failure:
                failed.append({"name": engine.name, "reason": str(failure)})
                say(f"{title}: {engine.name}: {failure}")
                if running and running[-1]["engine"] is engine:
                    running.pop()["worker"].close()
        ours = {"rounds": [], "difference": None}
        for _ in range(rounds):
            for entry in running:
                entry["rounds"].append(entry["engine"].passes(entry["worker"], 1)[0])
            if launcher:
                try:
                    ours["rounds"].append(command(case, launcher))
                    if reference.exists():
                        ours["difference"] = agreed(case.cache / "images-ours.safetensors", reference)
                except WorkerFailed as failure:
                    failed.append({"name": "Langevin", "reason": str(failure)})
                    say(f"{title}: Langevin: {failure}")
                    launcher, ours["rounds"] = None, []
            say(f"{title}: " + ", ".join(f"{entry['engine'].name} {entry['rounds'][-1] / 1e3:.1f} s" for entry in running)
                + (f", Langevin {ours['rounds'][-1] / 1e3:.1f} s" if ours["rounds"] else ""))
        rows = [{"name": entry["engine"].name, "milliseconds": median(entry["rounds"]), "start_milliseconds": 1e3 * entry["start"],
                 "difference": entry["difference"], "rounds": entry["rounds"]} for entry in running if entry["rounds"]]
        if ours["rounds"]:
            rows.insert(0, {"name": "Langevin", "milliseconds": median(ours["rounds"]), "start_milliseconds": None,
                            "difference": ours["difference"], "rounds": ours["rounds"]})
        return {"net": case.net.name, "rows": case.rows, "steps": case.steps, "engines": rows, "failed": failed}
    finally:
        for entry in running:
            entry["worker"].close()


def command(case, launcher):
    """Milliseconds of `langevin sample`, all of it."""
    output = case.cache / "images-ours.safetensors"
    output.unlink(missing_ok=True)
    start = time.perf_counter()
    result = subprocess.run([launcher, "sample", str(case.net.folder), "--count", str(case.rows), "--batch", str(case.rows), "--seed", str(case.seed),
                             "--sampler", "ddim", "--steps", str(case.steps), "--eta", "0", "--threads", str(case.threads), "--device", "cpu",
                             "--noise", "torch-batch", "--out", str(output)], capture_output=True, text=True, env=dict(os.environ))
    taken = 1e3 * (time.perf_counter() - start)
    if result.returncode != 0 or not output.exists():
        raise WorkerFailed(f"langevin sample ended with status {result.returncode}: {result.stderr.strip()[-600:]}")
    return taken


def agreed(path, reference):
    """The largest difference of a pixel; the reference reaches 1, so relative to its largest magnitude and absolute are the same up to that."""
    difference = distance(path, reference, "images")
    if not difference <= TOLERANCE:
        raise WorkerFailed(f"other pictures than diffusers' from the same seed: a pixel is {difference:.2e} away, {TOLERANCE:.2e} is allowed")
    return difference
