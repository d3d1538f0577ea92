"""What leaves hold in ``.grad`` at one moment: when a pass has ended, and just before an update takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .table import Table

LEAF_GRADIENT_COLUMNS = ("parameter", "norm")  # index of ParametersKnown; 2-norm of its .grad, -1 for None


@dataclass(frozen=True, slots=True)
class LeafGradients:
    """The gradients that leaves hold, in detail level.

    ``moment`` "pass": pass ``pass_index`` has ended; "update": the update begins. Between the two, ``changed_by`` wrote
    to them: the calls as the user wrote them, with file and line, in order.
    """

    iteration: int
    pass_index: int
    moment: Literal["pass", "update"]
    norms: Table = field(default_factory=lambda: Table(LEAF_GRADIENT_COLUMNS, 0, "f8", b""))
    changed_by: tuple[str, ...] = ()
