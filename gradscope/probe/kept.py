"""Copies of forward values and gradients of the iteration on screen, within a stated budget.

Only detail level keeps anything. What is kept is cloned at once: a kept reference would turn a stolen gradient into a
copied one, a kept ``.detach()`` would change with it. Beyond the budget nothing more is kept, and the answer says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .tensors import quiet, untouchable

if TYPE_CHECKING:
    from collections.abc import Hashable

    import torch

BUDGET_BYTES = 512 << 20
BEYOND = "not kept: the memory budget of {} MiB for this iteration is used up"


class Kept:
    """Tensors by key. ``over_budget`` holds the keys that were refused."""

    def __init__(self, budget: int = BUDGET_BYTES) -> None:
        self.budget = budget
        self.bytes = 0
        self._tensors: dict[Hashable, torch.Tensor] = {}
        self.refused: dict[Hashable, str] = {}

    def keep(self, key: Hashable, tensor: torch.Tensor) -> None:
        """Clone a tensor under a key, if it may be touched and the budget allows."""
        reason = untouchable(tensor)
        size = 0 if reason else tensor.numel() * tensor.element_size()
        if not reason and self.bytes + size > self.budget:
            reason = BEYOND.format(self.budget >> 20)
        if reason:
            self.refused[key] = reason
            return
        with quiet():
            self._tensors[key] = tensor.detach().clone()
        self.bytes += size

    def get(self, key: Hashable) -> torch.Tensor | None:
        """The copy, if there is one."""
        return self._tensors.get(key)

    def drop(self, key: Hashable) -> None:
        """Forget one: another tensor has taken its place."""
        tensor = self._tensors.pop(key, None)
        self.refused.pop(key, None)
        if tensor is not None:
            self.bytes -= tensor.numel() * tensor.element_size()

    def clear(self) -> None:
        """Forget everything: a new iteration begins."""
        self._tensors.clear()
        self.refused.clear()
        self.bytes = 0
