"""Who wrote to gradients between ``backward()`` and the update: clipping, unscaling, a reduction, a line of the user's.

Only detail level sees single operations. Gradients are known again by where their memory begins; nothing is held.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import torch

from . import frames
from .naming import expression, user_frame

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 16
_FOREACH = ("_foreach_", "_amp_foreach_")


class GradWrites:
    """``texts`` are the calls that wrote, as the user wrote them, each once."""

    def __init__(self) -> None:
        self._addresses: frozenset[int] = frozenset()
        self.texts: list[str] = []

    def watch(self, gradients: Iterable[torch.Tensor]) -> None:
        """A pass has ended: these are the gradients to look after."""
        self._addresses = frozenset(_address(gradient) for gradient in gradients)
        self.texts.clear()

    def stop(self) -> None:
        """The update begins, or another pass: what is written now is meant to be."""
        self._addresses = frozenset()

    def notice(self, name: str, args: tuple[Any, ...], depth: int) -> None:
        """An operation without gradient is about to run; ``depth`` calls up is where it was called."""
        if not self._addresses or not args or len(self.texts) >= _MOST:
            return
        if not (name.endswith("_") and not name.endswith("__")) and not name.startswith("__i"):
            return
        targets = args[0] if name.startswith(_FOREACH) else args[:1]
        if any(isinstance(t, torch.Tensor) and _address(t) in self._addresses for t in targets):
            self._note(name, depth + 1)

    def _note(self, name: str, depth: int) -> None:
        frame = user_frame(start=frames.caller(depth))
        if frame is None:
            return
        place = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"  # noqa: PTH119  # pathlib is slow
        text = f"{expression(frame) or name} ({place})"
        if text not in self.texts:
            self.texts.append(text)


def _address(tensor: torch.Tensor) -> int:
    return tensor.data_ptr() if tensor.layout is torch.strided and tensor.numel() else -1
