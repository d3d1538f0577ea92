"""What a model has learned, as a picture: its answers over a plane, along a line, on pictures, or as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LearnedKind = Literal["none", "boundary", "curve", "pictures", "text", "classes", "quantities"]


@dataclass(frozen=True, slots=True)
class WatchLearned:
    """Tell what the model has learned, at most every ``seconds``, or stop telling it."""

    on: bool
    seconds: float = 0.5


@dataclass(frozen=True, slots=True)
class LearnedTold:
    """A model's answers at the end of an iteration. All arrays are little-endian and row by row.

    "boundary": ``grid`` (rows, columns, 2) float32 holds class and its probability over ``bounds`` (x low, x high,
    y low, y high); ``examples`` (count, 4) float32 holds x, y, target, answer. "curve": ``grid`` (rows, 2) float32
    holds x and answer; ``examples`` (count, 2) x and target. "pictures": ``pictures`` (count, rows, columns, 3) uint8,
    ``examples`` (count, 3) target, answer and its probability. "text": ``text`` is what the model wrote after
    ``prompt``. "classes": ``examples`` (count, 2) float32 holds target and answer; "quantities" the same of numbers.
    A target of -1 is unknown. "none": ``why`` says what would be needed.
    """

    iteration: int
    kind: LearnedKind
    model: str = ""
    why: str = ""
    rows: int = 0
    columns: int = 0
    count: int = 0
    grid: bytes = b""
    examples: bytes = b""
    pictures: bytes = b""
    bounds: tuple[float, ...] = ()
    names: tuple[str, ...] = ()
    prompt: str = ""
    text: str = ""
    seconds: float = 0.0  # what it took
