"""The training script that is priced: trains one model, so many steps whenever the bench asks, and times each.

It is run by its path, as a user's script is, and takes turns with its like over a connection: "steps N" answers the
seconds of each step by the wall's clock and by its own thread's, "sends N" the seconds that queueing messages took on
the training thread in each step, "memory" the largest resident size so far.
"""

from __future__ import annotations

import resource
import sys
import time
from multiprocessing.connection import Client
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.models import step_of

if TYPE_CHECKING:
    from collections.abc import Callable


def timed(step: Callable[[], None], count: int) -> list[tuple[float, float]]:
    """(wall seconds, seconds of this thread) of each of ``count`` steps."""
    times = []
    for _ in range(count):
        wall, own = time.perf_counter(), time.thread_time()
        step()
        times.append((time.perf_counter() - wall, time.thread_time() - own))
    return times


def sends(step: Callable[[], None], count: int) -> list[float]:
    """Seconds a step spent in handing messages to the wire's thread; nothing without a probe."""
    link: Any = sys.modules.get("_gradscope_agent.probe.link")
    if link is None:
        return []
    original, spent = link.Link.send, [0.0]

    def send(self: Any, fact: Any) -> None:
        began = time.perf_counter()
        original(self, fact)
        spent[0] += time.perf_counter() - began

    link.Link.send = send
    seconds = []
    for _ in range(count):
        spent[0] = 0.0
        step()
        seconds.append(spent[0])
    link.Link.send = original
    return seconds


def main(address: str, model: str, threads: str, anomaly: str) -> None:
    torch.set_num_threads(int(threads))
    torch.autograd.set_detect_anomaly(anomaly == "anomaly", check_nan=True)
    step = step_of(model)
    with Client(address) as bench:
        while True:
            order, count = bench.recv()
            if order == "steps":
                bench.send(timed(step, count))
            elif order == "sends":
                bench.send(sends(step, count))
            elif order == "memory":
                bench.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
            else:
                return


if __name__ == "__main__":
    main(*sys.argv[1:])
