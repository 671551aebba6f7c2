"""What the numbers depend on and readers must know: processor, versions, environment; and who else computes while we measure."""
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

PACKAGES = ("torch", "diffusers", "onnx", "onnxruntime", "openvino", "numpy", "safetensors")
FLAGS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16")
VARIABLES = ("OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "MALLOC_", "GLIBC_", "LANGEVIN_ISA", "JAVA_TOOL", "JDK_JAVA", "LD_PRELOAD")
TICKS = os.sysconf("SC_CLK_TCK")


def processor():
    fields = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    have = fields.get("flags", "").split()
    caches = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        if (index / "type").read_text().strip() != "Instruction":
            caches[f"L{(index / 'level').read_text().strip()}"] = (index / "size").read_text().strip()
    return {
        "model": fields.get("model name", platform.processor()), "family": fields.get("cpu family"), "model_number": fields.get("model"),
        "cores": len(os.sched_getaffinity(0)), "flags": [flag for flag in FLAGS if flag in have], "caches": caches,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2 ** 30, 1),
        "hypervisor": "hypervisor" in have,
    }


def versions(root, langevin):
    found = {"python": platform.python_version(), "kernel": platform.release()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    found["langevin"] = first_line([langevin, "--version"]) if langevin else None
    commit = first_line(["git", "-C", root, "rev-parse", "--short=12", "HEAD"])
    changed = first_line(["git", "-C", root, "status", "--porcelain", "--untracked-files=no"])
    found["commit"] = f"{commit} with local changes" if commit and changed else commit
    return {name: version for name, version in found.items() if version}


def first_line(command):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    return result.stdout.strip().partition("\n")[0] if result.returncode == 0 else None


def environment():
    return {name: value for name, value in sorted(os.environ.items()) if name.startswith(VARIABLES)}


def busy_seconds():
    """CPU time of the whole machine that somebody used, with what the hypervisor gave to others (steal)."""
    user, nice, system, _idle, _wait, irq, softirq, steal = (int(field) for field in open("/proc/stat").readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS
