"""The numbers by which a person follows a training: each loss by its own name, and leaves that are one number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FigureKind = Literal["root", "term", "leaf"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of an iteration.

    "root": what ``backward()`` was called on; "term": what was added into it; both as the forward computed them.
    "leaf": a leaf of one element, behind the update.
    """

    name: str
    kind: FigureKind
    value: float
