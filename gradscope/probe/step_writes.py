"""Parameter by parameter through an optimizer's step, where the step itself goes that way.

torch's optimizers write one parameter after the other on the CPU; each write is a call that the function mode sees, and
before it the thread can be held: this parameter and those after it are still as they were. With ``foreach`` or
``fused``, the usual choice on an accelerator, one call writes all of them: then there is one pause before it, which
says so, and the difference by parameter is seen at the end. Compiled steps and optimizers of other make that write
through ``.data`` in a kernel of their own are one piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..wire import messages as m
    from .parts import Parts


class StepWrites:
    """Told of every in-place call inside a step while it is stepped through; pauses before a parameter's first."""

    def __init__(self, parts: Parts, pause: Callable[[m.PausePoint, str], None]) -> None:
        self._parts = parts
        self._pause = pause
        self._written: set[int] = set()

    def begin(self) -> None:
        """A step begins."""
        self._written.clear()

    def before(self, target: Any) -> None:
        """``target`` is about to be written: a tensor, or a list of them in one call."""
        parameters = self._parts.parameters
        tensors = [target] if isinstance(target, torch.Tensor) else list(target) if type(target) is list else []
        found = [parameters.index_of(tensor) for tensor in tensors if isinstance(tensor, torch.Tensor)]
        fresh = [index for index in found if index >= 0 and index not in self._written]
        if not fresh:
            return
        self._written.update(fresh)
        name = parameters.name(fresh[0])
        self._pause("parameter", name if len(fresh) == 1 else f"{len(fresh)} parameters in one call: {name}, ...")
