"""What a model has learned, as arrays: the numbers of a ``LearnedTold`` in the shapes that it declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradscope.wire.messages import LearnedTold

__all__ = ["LearnedTold", "LearnedView"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class LearnedView:
    """``grid``, ``examples`` and ``pictures`` as the message describes them for its kind; empty where it has none."""

    told: LearnedTold
    grid: Floats
    examples: Floats
    pictures: NDArray[np.uint8]

    @classmethod
    def from_message(cls, told: LearnedTold) -> LearnedView:
        """The arrays of a message.

        Raises:
            ValueError: they do not have the sizes that the message declares.
        """
        flat = np.frombuffer(told.grid, "<f4")
        shape: tuple[int, ...] = (told.rows, told.columns, 2) if told.kind == "boundary" else (-1, 2)
        pictures: NDArray[Any] = np.frombuffer(told.pictures, np.uint8)
        if told.kind == "pictures":
            pictures = pictures.reshape(told.count, told.rows, told.columns, 3)
        examples = np.frombuffer(told.examples, "<f4")
        width = _EXAMPLE_WIDTH.get(told.kind, 1)
        return cls(told, flat.reshape(shape), examples.reshape(told.count, width), pictures)

    def title(self) -> str:
        """What the picture shows, with how well it fits: one line."""
        return _TITLES[self.told.kind].format(share=self._right(), error=self._error(), model=self.told.model)

    def right(self) -> float | None:
        """The share of examples taken for what they are; None where no target is known."""
        columns = {"boundary": (2, 3), "pictures": (0, 1), "classes": (0, 1)}.get(self.told.kind)
        if columns is None or not len(self.examples):
            return None
        target, answer = self.examples[:, columns[0]], self.examples[:, columns[1]]
        known = target >= 0
        return float((target[known] == answer[known]).mean()) if known.any() else None

    def confusion(self) -> NDArray[np.int64]:
        """(classes, classes) counts of examples by target (row) and answer (column)."""
        known = self.examples[self.examples[:, 0] >= 0].astype(int)
        size = int(known.max(initial=0)) + 1
        size = max(size, len(self.told.names))
        counts = np.zeros((size, size), np.int64)
        np.add.at(counts, (known[:, 0], known[:, 1]), 1)
        return counts

    def _right(self) -> str:
        share = self.right()
        return "" if share is None else f" · {share:.1%} of the last {len(self.examples)} examples right"

    def _error(self) -> str:
        if self.told.kind != "quantities" or not len(self.examples):
            return ""
        return f" · mean absolute error {np.abs(self.examples[:, 0] - self.examples[:, 1]).mean():.4g}"


_EXAMPLE_WIDTH = {"boundary": 4, "curve": 2, "pictures": 3, "classes": 2, "quantities": 2}
_TITLES = {
    "none": "No picture of {model}",
    "boundary": "Where {model} decides for which class{share}",
    "curve": "What {model} answers along its input",
    "pictures": "What {model} takes the last pictures for{share}",
    "text": "What {model} writes on after the last text",
    "classes": "Targets and answers of {model}{share}",
    "quantities": "Answers of {model} beside the targets{error}",
}
