"""Times truescore, PyTorch and JAX in turn on the same recipes and prints a table (Markdown).

    python3 -m venv .venv && .venv/bin/pip install torch jax numpy     # several GB, once
    .venv/bin/python benches/peers/compare.py [ROUNDS]

One core each: every process is pinned to the same core, one after the other, round by round; the medians
over the rounds count. All cores: PyTorch as it comes, with its default threads, against one truescore
process a core, as a sweep runs them.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
CORES = sorted(os.sched_getaffinity(0))


def build():
    """Builds the bench; returns its path."""
    command = ["cargo", "bench", "--bench", "speed", "--no-run", "--message-format=json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    artifacts = (json.loads(line) for line in lines.splitlines() if line.startswith("{"))
    return next(a["executable"] for a in artifacts if a.get("target", {}).get("name") == "speed" and a.get("executable"))


def start(command, core):
    prefix = ["taskset", "-c", str(core)] if core is not None else []
    return subprocess.Popen(prefix + command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def finish(process):
    out, _ = process.communicate()
    if process.returncode:
        sys.exit(f"{process.args} failed")
    return {r["recipe"]: r for r in map(json.loads, out.splitlines())}


def main():
    ours = [build(), "--json"]
    torch = [sys.executable, str(HERE / "torch_train.py")]
    jax = [sys.executable, str(HERE / "jax_train.py")]
    speeds = {}

    def note(who, found):
        for recipe, result in found.items():
            for kind in ("train", "reverse"):
                speeds.setdefault((recipe, kind, who), []).append(result[kind])

    core = CORES[-1]
    for _ in range(ROUNDS):
        note("ours", finish(start(ours, core)))
        note("torch", finish(start(torch + ["1"], core)))
        note("jax", finish(start(jax, core)))
        note("torch all", finish(start(torch, None)))
        together = [finish(p) for p in [start(ours, core) for core in CORES]]
        total = {
            name: {kind: sum(one[name][kind] for one in together) for kind in ("train", "reverse")}
            for name in together[0]
        }
        note("ours all", total)
    median = lambda *key: statistics.median(speeds[key])
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
    print(f"{model}, {len(CORES)} cores; medians of {ROUNDS} rounds; a ratio above 1 is in truescore's favour.\n")
    print("| | truescore | PyTorch | ratio | JAX | ratio | all cores: truescore | PyTorch | ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    for kind, unit in (("train", "training steps/s"), ("reverse", "reverse steps/s of 10,000 points")):
        for recipe in dict.fromkeys(name for name, _, _ in speeds):
            one, torch1, jax1 = (median(recipe, kind, who) for who in ("ours", "torch", "jax"))
            cells = [f"{recipe}, {unit}", f"{one:.0f}", f"{torch1:.0f}", f"{one / torch1:.2f}×", f"{jax1:.0f}", f"{one / jax1:.2f}×"]
            every, torch_all = median(recipe, kind, "ours all"), median(recipe, kind, "torch all")
            cells += [f"{every:.0f}", f"{torch_all:.0f}", f"{every / torch_all:.2f}×"]
            print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
