"""An optimizer's step in detail level that nobody watches: the recorder leaves the thread for as long as it takes.

An Adam step is hundreds of torch calls, none of which makes a node; each would pay for being seen. What is kept of them
is which parameters were written, for the explanation of a later pass that finds them changed. Where somebody may stop
in the middle of the step, where it is differentiated, or where a mode of the user's was entered after ours (it would
pop ours in place of itself), the recorder stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import compat, frames

if TYPE_CHECKING:
    from .parts import Parts
    from .recorder import ForwardRecorder
    from .writes import Versions


class UnseenSteps:
    """Told when the outermost step begins (depth 1) and has ended (0)."""

    def __init__(self, parts: Parts, recorder: ForwardRecorder) -> None:
        self._parts = parts
        self._recorder = recorder
        self._below: list[Any] | None = None  # the modes that are left, while ours is out
        self._versions: Versions = []

    def step(self, depth: int, optimizer: Any) -> None:
        """Take the recorder out, or put it back where it was."""
        writes = self._recorder.exceptions.writes
        if depth:
            stack = compat.mode_stack()
            if not self._watched(optimizer) and stack and stack[-1] is self._recorder:
                self._versions = writes.look(([leaf for _, leaf in self._parts.parameters.living()],), {})
                compat.remove_mode(self._recorder)
                self._below = compat.mode_stack()
        elif self._below is not None:
            same = len(self._below) == len(compat.mode_stack())
            self._below = None
            if same:  # else the next module call finds it missing
                compat.push_mode(self._recorder)
            writes.compare(self._versions, f"{type(optimizer).__name__}.step", frames.caller(1), named=False)
            self._versions = []

    def _watched(self, optimizer: Any) -> bool:
        parts = self._parts
        if not parts.detail or parts.off or parts.gate.stepping or parts.kept.budget:
            return True
        return any(group.get("differentiable") for group in optimizer.param_groups)
