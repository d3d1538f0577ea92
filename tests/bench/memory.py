"""``python -m tests.bench.memory``: whether both processes stay as large as they are, over ten thousand iterations.

The resident size of the training process and of the one that listens and records is taken ten times between the first
tenth of the iterations and the last; nobody collects garbage for it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradscope.session.launch import LaunchSpec
from gradscope.session.session import Session

if TYPE_CHECKING:
    from gradscope.graph.state import RunState

SCRIPTS = {"line": "the lesson with a line", "shapes": "a network of changing shapes"}
BUDGET = 10 << 20
SAMPLES = 10
_SCRIPT = Path(__file__).with_name("endless.py")


def resident(pid: int) -> int:
    """Bytes of a process that are in memory now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Sampler:
    """Takes a sample whenever a tenth of the iterations has gone by."""

    def __init__(self, iterations: int) -> None:
        self._every = iterations // SAMPLES
        self.samples: list[tuple[int, int, int]] = []

    def see(self, state: RunState, _: object) -> None:
        """The session's listener: (iteration, training process, this process)."""
        due = self._every * (len(self.samples) + 1) - 1
        if state.hello is not None and state.iteration >= due and len(self.samples) < SAMPLES:
            self.samples.append((state.iteration, resident(state.hello.pid), resident(os.getpid())))


def watch(script: str, iterations: int) -> list[tuple[int, int, int]]:
    """Samples of one run, recorded and free."""
    sampler = Sampler(iterations)
    with tempfile.TemporaryDirectory() as folder:
        session = Session(sampler.see)
        words = (str(_SCRIPT), script, str(iterations))
        place = f"{folder}/{script}.gscope"
        session.start(LaunchSpec(words, python=sys.executable, level="light", record_to=place, cwd=folder))
        session.wait(3600)
        session.close(leave_running=False)
    assert len(sampler.samples) == SAMPLES, f"{script} ended after {len(sampler.samples)} samples"
    return sampler.samples


def growth(samples: list[tuple[int, int, int]]) -> dict[str, Any]:
    """What was added between the first sample and the largest one after it, in each process."""
    _, training, listening = zip(*samples, strict=True)
    return {
        "samples": samples,
        "training": max(training) - training[0],
        "listening": max(listening) - listening[0],
    }


def table(script: str, result: dict[str, Any]) -> str:
    """A page of figures for one script."""
    rows = [f"{SCRIPTS[script]}", f"{'iteration':>10}{'training':>12}{'listening':>12}"]
    rows += [f"{at:10}{one / 2**20:8.1f} MiB{two / 2**20:8.1f} MiB" for at, one, two in result["samples"]]
    rows += [f"{'growth':>10}{result['training'] / 2**20:+8.1f} MiB{result['listening'] / 2**20:+8.1f} MiB"]
    return "\n".join([*rows, f"{'budget':>10}{BUDGET / 2**20:+8.1f} MiB{BUDGET / 2**20:+8.1f} MiB"])


def measure(iterations: int) -> dict[str, Any]:
    """All scripts, printed as they come."""
    results = {}
    for script in SCRIPTS:
        results[script] = growth(watch(script, iterations))
        print(table(script, results[script]), end="\n\n", flush=True)
    return results


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__.splitlines()[0])
    parser.add_argument("--iterations", type=int, default=10_000)
    measure(parser.parse_args().iterations)


if __name__ == "__main__":
    main()
