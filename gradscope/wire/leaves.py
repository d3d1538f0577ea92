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


USE_COLUMNS = (
    "leaf",
    "target",  # the node that sent it this part
    "target_input",  # and by which of its inputs
    "norm",
    "share",  # its part of the sum along the sum itself: the shares of a leaf add up to 1
    "cosine",  # of the angle to the sum: below 0 it works against the others
)


@dataclass(frozen=True, slots=True)
class GradientUses:
    """What each use of a leaf that is used in several places brought to its gradient, in detail level."""

    iteration: int
    pass_index: int
    uses: Table = field(default_factory=lambda: Table(USE_COLUMNS, 0, "f8", b""))
