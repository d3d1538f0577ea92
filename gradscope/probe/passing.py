"""The gradients in front of the node at which training is held, and what is put in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class Passing:
    """What is about to flow into node ``row``. The originals are held only as long as the pause lasts."""

    __slots__ = ("name", "now", "original", "row")

    def __init__(self, row: int, name: str, gradients: tuple[Any, ...]) -> None:
        self.row = row
        self.name = name
        self.original = gradients
        self.now: list[torch.Tensor | None] = list(gradients)

    def replacement(self) -> tuple[Any, ...] | None:
        """What the prehook returns: None where nothing was changed, or all was taken back."""
        same = all(one is other for one, other in zip(self.now, self.original, strict=True))
        return None if same else tuple(self.now)
