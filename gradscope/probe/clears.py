"""Who cleared gradients, and at which line: ``zero_grad`` of an optimizer or a module, or by hand. Seen in detail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from ..wire import messages as m
from .naming import user_frame

if TYPE_CHECKING:
    from .parts import Parts

_ZEROING = ("zero_", "_foreach_zero_")


class Clears:
    """Tells each line that clears gradients once an iteration."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._told: tuple[Any, ...] = ()

    def setting_to_none(self, leaf: torch.Tensor) -> None:
        """``leaf.grad = None`` is about to run."""
        if leaf.grad is not None:
            self._tell()

    def zeroed(self, name: str, args: tuple[Any, ...]) -> bool:
        """Whether a call that has run wrote zeros over gradients."""
        if name not in _ZEROING or not args:
            return False
        first = args[0][0] if isinstance(args[0], (list, tuple)) and args[0] else args[0]
        if not isinstance(first, torch.Tensor) or first.requires_grad:
            return False
        if all(leaf.grad is not first for _, leaf in self._parts.parameters.living()):
            return False
        self._tell()
        return True

    def _tell(self) -> None:
        frame = user_frame()
        if frame is None:
            return
        course = self._parts.course
        iteration = course.iteration + int(course.updated)
        passes = 0 if course.updated else course.pass_index + 1
        place = (frame.f_code.co_filename, frame.f_lineno or -1, frame.f_code.co_name)
        if self._told != (iteration, passes, *place):
            self._told = (iteration, passes, *place)
            self._parts.tell(m.ClearedAt(iteration, passes, m.Frame(*place)))
