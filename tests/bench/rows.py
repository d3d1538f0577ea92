"""What the canvas' benches measured, in rows: each beside its budget, by the wall clock and by the process' own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, in seconds: of all times the middle and the 95th of a hundred, by both clocks."""

    what: str
    nodes: int
    wall_p50: float
    wall_p95: float
    own_p50: float
    own_p95: float
    budget: float

    @classmethod
    def of(cls, what: str, nodes: int, times: list[tuple[float, float]], budget: float) -> Row:
        walls, owns = (np.array(column) for column in zip(*times, strict=True))
        middle, late = (float(np.quantile(walls, share)) for share in (0.5, 0.95))
        return cls(what, nodes, middle, late, *(float(np.quantile(owns, share)) for share in (0.5, 0.95)), budget)


def timed(do: Callable[[], object]) -> tuple[float, float]:
    """Seconds that something took, by the wall clock and by the process' own."""
    wall, own = time.perf_counter(), time.process_time()
    do()
    return time.perf_counter() - wall, time.process_time() - own


def table(found: list[Row]) -> str:
    """The rows as text, each beside its budget."""
    lines = [f"{'':38}{'nodes':>8}{'p50':>10}{'p95':>10}{'own p50':>10}{'own p95':>10}{'budget':>10}"]
    for row in found:
        figures = (row.wall_p50, row.wall_p95, row.own_p50, row.own_p95, row.budget)
        held = "" if row.wall_p95 <= row.budget else "  *" if row.own_p95 <= row.budget else "  **"
        lines.append(f"{row.what:38}{row.nodes:8,}{''.join(f'{second * 1e3:7.1f} ms' for second in figures)}{held}")
    return "\n".join([*lines, "* by the wall clock above its budget, ** by the process' own as well"])
