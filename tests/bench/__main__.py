"""``python -m tests.bench``: what the probe costs a training step, its memory, and the canvas, against the budgets.

For each model all ways to train are alive at once and take turns of a few steps, so that whatever else the machine does
falls on all of them; medians are compared. The ratio by the training thread's own clock leaves other processes out.
Beside the probe's levels stand torch's anomaly mode and, where they are installed (extra ``bench``), torchviz and
TorchLens, which draw one graph and stop there: theirs is the price of one forward that is looked at.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from . import memory
from .models import MODELS, TITLES
from .peers import PEERS, installed
from .runs import WAYS, TrainingRun

BUDGETS = {
    "resnet18": {"off": 1.02, "light": 1.10, "detail": 1.25},
    "gpt-384": {"off": 1.02, "light": 1.10, "detail": 1.25},
    "gpt-64": {"off": 1.02, "light": 1.4, "detail": 3.5},
    "lstm-100": {"off": 1.02, "light": 1.6, "detail": 3.5},
}
OFF_SECONDS = 50e-6
WARM_UP = 8
STEPS_A_TURN = {"resnet18": 2, "gpt-384": 1, "gpt-64": 4, "lstm-100": 4}


def measure(model: str, ways: list[str], turns: int, threads: int) -> dict[str, Any]:
    """Seconds and sizes of each way to train one model."""
    count = STEPS_A_TURN[model]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        runs = [stack.enter_context(TrainingRun(model, way, Path(folder), threads)) for way in ways]
        for run in runs:
            run.steps(WARM_UP)
        times: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for turn in range(turns):
            for run in runs if turn % 2 else reversed(runs):
                times[run.way] += run.steps(count)
        result: dict[str, Any] = {run.way: _figures(times[run.way], run) for run in runs}
        for run in runs:
            if run.way in ("light", "detail"):
                run.check(WARM_UP)
                result[run.way]["send_seconds"] = statistics.median(run.sends(16))
    for way in ways:
        for clock in ("wall", "thread"):
            result[way][f"{clock}_ratio"] = result[way][f"{clock}_seconds"] / result["plain"][f"{clock}_seconds"]
        result[way]["more_memory"] = result[way]["memory"] - result["plain"]["memory"]
    return result


def peers(model: str) -> dict[str, float]:
    """How many plain forwards one drawing of a peer takes."""
    return {name: PEERS[name](model) for name in installed()}


def _figures(times: list[tuple[float, float]], run: TrainingRun) -> dict[str, float]:
    wall, thread = (statistics.median(column) for column in zip(*times, strict=True))
    return {"wall_seconds": wall, "thread_seconds": thread, "memory": run.memory()}


def table(model: str, result: dict[str, Any]) -> str:
    """A page of figures for one model."""
    lines = [
        f"{TITLES[model]}",
        f"{'':9}{'step':>10}{'ratio':>8}{'own clock':>11}{'budget':>8}{'memory':>11}{'send':>10}",
    ]
    for way, row in result.items():
        budget = BUDGETS[model].get(way)
        told = f"{budget:.2f}" if budget else "-"
        sent = f"{row['send_seconds'] * 1e6:.0f} us" if "send_seconds" in row else "-"
        lines.append(
            f"{way:9}{row['wall_seconds'] * 1e3:7.2f} ms{row['wall_ratio']:8.3f}{row['thread_ratio']:11.3f}{told:>8}"
            f"{row['more_memory'] / 2**20:+7.0f} MiB{sent:>10}"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(MODELS)}; all if left out")
    parser.add_argument("--ways", nargs="+", choices=WAYS[1:], default=WAYS[1:], help="compared to plain training")
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1, help="of torch, in each training process")
    parser.add_argument("-o", "--out", type=Path, default=Path(tempfile.gettempdir()) / "gradscope-bench.json")
    parser.add_argument("--only", choices=("steps", "memory", "canvas"), help="a part of it; all if left out")
    parser.add_argument("--iterations", type=int, default=10_000, help="over which memory is watched")
    arguments = parser.parse_args()
    results: dict[str, Any] = {
        "torch": torch.__version__,
        "python": sys.version.split()[0],
        "threads": arguments.threads,
        "models": {},
    }
    if arguments.only in (None, "steps"):
        for model in arguments.models or MODELS:
            result = measure(model, ["plain", *arguments.ways], arguments.turns, arguments.threads)
            results["models"][model] = result
            print(table(model, result), flush=True)
            result["peers"] = peers(model)
            for name, forwards in result["peers"].items():
                print(f"{name:9}{forwards:7.1f} plain forwards for one drawing", flush=True)
            print(flush=True)
    if arguments.only in (None, "memory") and not arguments.models:
        results["memory"] = memory.measure(arguments.iterations)
    if arguments.only in (None, "canvas") and not arguments.models:
        from . import canvas  # the window's libraries

        measured = canvas.rows()
        results["canvas"] = [asdict(row) for row in measured]
        print(canvas.table(measured))
    arguments.out.write_text(json.dumps(results, indent=1))
    print(f"written to {arguments.out}")


if __name__ == "__main__":
    main()
