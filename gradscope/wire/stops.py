"""Where the training thread may be held, and the order that says how to go on from there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .breaks import Breakpoint  # noqa: TC001  # read when a message is decoded

PausePoint = Literal[
    "forward",
    "call",
    "operation",
    "loss",
    "backward",
    "node",
    "update",
    "parameter",
    "end",
    "script_end",
    "exception",
    "changed",
]
StepKind = Literal[
    "continue", "pause", "phase", "into", "out", "iteration", "node", "iterations", "loss_below", "loss_above", "epoch"
]


@dataclass(frozen=True, slots=True)
class Step:
    """Run on, and where to stop next. "pause" asks a running script to stop.

    ``node`` and ``fingerprint`` count only for kind "node", and ``place`` finds that node in a graph of another shape.
    ``phase`` counts only for kind "phase": the pause point to run to ("" for whichever comes next). "iterations" runs
    freely to the end of the ``count``-th iteration from here, "loss_below" and "loss_above" until the loss of a pass is
    beyond ``threshold``, "epoch" to the end of the epoch.
    """

    kind: StepKind
    node: int = -1
    fingerprint: str = ""
    phase: str = ""
    count: int = 1
    threshold: float = 0.0
    place: Breakpoint | None = None
