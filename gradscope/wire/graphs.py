"""What is told of graphs and of the passes through them: structure once, figures each time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .columns import PARAMETER_COLUMNS
from .figures import Figure  # noqa: TC001  # the codec reads type hints
from .table import Table

Level = Literal["off", "light", "detail"]


@dataclass(frozen=True, slots=True)
class GraphCaptured:
    """The structure of a graph, sent once per fingerprint. Node ids are rows of ``nodes``.

    ``partial`` marks a picture taken before the graph was whole (leaves before the first forward, a forward under way);
    it is shown but never matched against.
    """

    fingerprint: str
    strings: tuple[str, ...]
    nodes: Table
    outputs: Table
    edges: Table
    calls: Table
    partial: bool = False
    iteration: int = -1
    saved: Table = field(default_factory=Table)  # columns: SAVED_COLUMNS; empty in light level
    cuts: Table = field(default_factory=Table)  # columns: CUT_COLUMNS; no columns in light level
    links: Table = field(default_factory=Table)  # columns: LINK_COLUMNS; empty in light level
    hooks: Table = field(default_factory=Table)  # columns: HOOK_COLUMNS; the user's own; empty in light level
    stacks: Table = field(default_factory=Table)  # columns: STACK_COLUMNS; empty in light level


@dataclass(frozen=True, slots=True)
class PassStarted:
    """One run of the engine is about to begin, or its graph has just been walked at the loss."""

    iteration: int
    pass_index: int
    kind: Literal["backward", "grad"]
    fingerprint: str
    level: Level
    root: str = ""
    loss: float | None = None
    order: bytes = b""  # int32 node ids in the engine's own run order; empty if not known beforehand
    old_gradients: bytes = b""  # int32 ids of leaves that still carry a gradient of an earlier iteration
    outer: int = -1  # the pass inside which the engine was entered again


@dataclass(frozen=True, slots=True)
class GradientsMeasured:
    """Gradients that have passed so far (while stepping: those new since the last one). Columns: STATISTIC_COLUMNS."""

    iteration: int
    pass_index: int
    statistics: Table


@dataclass(frozen=True, slots=True)
class ValuesMeasured:
    """Statistics of forward values by node, in detail level. Columns: STATISTIC_COLUMNS."""

    iteration: int
    fingerprint: str
    statistics: Table


@dataclass(frozen=True, slots=True)
class PassEnded:
    """The engine returned; ``error`` holds the exception's text if it raised."""

    iteration: int
    pass_index: int
    seconds: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class GradientsCleared:
    """The script cleared gradients (``zero_grad`` or by hand)."""

    iteration: int


@dataclass(frozen=True, slots=True)
class IterationEnded:
    """An update is done and nothing of the next iteration has begun; seconds by phase, without the time held.

    Told again when a further update of the same iteration follows: the last one counts.
    """

    iteration: int
    label: str = ""
    skipped: bool = False
    cleared: bool = False
    loss: float | None = None
    fingerprint: str = ""
    phase_names: tuple[str, ...] = ()
    phase_seconds: tuple[float, ...] = ()
    parameters: Table = field(default_factory=lambda: Table(PARAMETER_COLUMNS, 0, "f8", b""))
    learning_rate: float | None = None
    figures: tuple[Figure, ...] = ()
