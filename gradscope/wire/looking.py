"""What is asked at a pause beyond a tensor: another frame's variables, what an update does, whether a node is right."""

from __future__ import annotations

from dataclasses import dataclass, field

from .table import Table

# One row a parameter. -1: no gradient or not measured; cosine is 2 where there is no earlier update to compare with.
UPDATE_COLUMNS = ("parameter", "grad_norm", "before_norm", "after_norm", "update_norm", "ratio", "cosine")


@dataclass(frozen=True, slots=True)
class RequestVariables:
    """Ask for the tensors of a frame of the held stack, 0 being the innermost. The answer is ``VariablesTold``."""

    frame: int = 0


@dataclass(frozen=True, slots=True)
class RequestUpdate:
    """Ask what the update does: before it a preview on copies, after it what it did."""

    request: int


@dataclass(frozen=True, slots=True)
class UpdateTold:
    """The answer to ``RequestUpdate``. ``table`` has UPDATE_COLUMNS; cosines are against the update of ``since``."""

    request: int
    iteration: int
    available: bool
    why: str = ""
    optimizer: str = ""
    done: bool = False  # it has happened; else this is what would happen
    table: Table = field(default_factory=lambda: Table(UPDATE_COLUMNS, 0, "f8", b""))
    since: int = -1


@dataclass(frozen=True, slots=True)
class CheckNode:
    """Ask for a comparison of a node's backward with finite differences."""

    request: int
    node: int


@dataclass(frozen=True, slots=True)
class InputCheck:
    """One input of a checked operation: the largest difference found, and where.

    ``along`` is the difference along one random direction through all elements, 1 being what is tolerated;
    ``max_abs`` and ``max_rel`` are the largest over ``checked`` single elements; ``worst`` is the place of the largest,
    ``analytic`` and ``numeric`` what backward and the differences say there. ``kinks`` elements were left out: they
    have no derivative.
    """

    name: str
    shape: tuple[int, ...]
    agrees: bool
    checked: int = 0
    kinks: int = 0
    along: float = 0.0
    max_abs: float = 0.0
    max_rel: float = 0.0
    worst: tuple[int, ...] = ()
    analytic: float = 0.0
    numeric: float = 0.0


@dataclass(frozen=True, slots=True)
class NodeChecked:
    """The answer to ``CheckNode``; ``why`` says why it could not be checked, or what is to be known of the result."""

    request: int
    node: int
    available: bool
    why: str = ""
    function: str = ""
    dtype: str = ""
    inputs: tuple[InputCheck, ...] = ()
