"""What the model has learned so far, for whoever watches: its answers, computed from a copy of it.

On wish only. At the end of an iteration the module that was called last from outside is copied, without its hooks and
in evaluation mode, and the copy is asked: over a plane, along a line, on the last pictures, or to write on. So nothing
of the run changes: no dropout is drawn, no batch is counted, no hook of the user's is called, and the random numbers
stand where they stood. It takes at most a tenth of the training's time.
"""

from __future__ import annotations

import copy
import sys
import time
from typing import TYPE_CHECKING, Any

import torch

from ..wire import messages as m
from . import frames
from .guard import guarded
from .likeness import Asked, Examples, likeness
from .naming import user_frame
from .tensors import quiet, untouchable

if TYPE_CHECKING:
    from .parts import Parts

LARGEST = 64 << 20  # bytes of a model that is copied
KEPT = 1 << 20  # bytes of a batch that is kept until the next one comes
SHARE = 10  # it may take one part in so many of the time
# What a forward raises when it is asked something new; anything stranger switches the feature off.
_RAISED = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


class Learned:
    """``called`` and ``look`` are the training thread's; ``watch`` is an order's."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.watching = False
        self._seconds = 0.5
        self._next = 0.0
        self._module: torch.nn.Module | None = None
        self._input: torch.Tensor | None = None
        self._examples = Examples()
        self.busy = False

    def watch(self, order: m.WatchLearned) -> None:
        """Begin or cease. In the wire thread, or at a pause."""
        self._seconds = max(0.05, order.seconds)
        self._next = 0.0
        self.watching = order.on

    @guarded("what the model learned")
    def called(self, module: torch.nn.Module, arguments: tuple[Any, ...]) -> None:
        """A module is called: the outermost with parameters is the model, its first tensor the question."""
        if self._parts.calls.depth != 1 or not arguments or not torch.is_grad_enabled():
            return
        first = arguments[0]
        if isinstance(first, torch.Tensor) and not untouchable(first) and next(module.parameters(), None) is not None:
            if module is not self._module:
                self._examples = Examples()
            self._module, self._input = module, first

    @guarded("what the model learned")
    def look(self) -> None:
        """At an iteration's end: ask a copy of the model, if it is time to."""
        module, question = self._module, self._input
        if not self.watching or module is None or question is None:
            self._input = None
            return
        if question.numel() * question.element_size() > KEPT:
            self._input = None
        frame = user_frame(start=frames.caller(1))
        space = {**frame.f_globals, **frame.f_locals} if frame is not None else {}
        self._examples.add(question, space)
        if time.perf_counter() >= self._next:
            self._input = None
            self._show(module, question, space)

    @guarded("what the model learned")
    def look_last(self) -> None:
        """At the script's end: the last iteration, if its answers were not told. Its variables are still there."""
        module, question, self._input = self._module, self._input, None
        if self.watching and module is not None and question is not None:
            self._show(module, question, vars(sys.modules["__main__"]))

    def _show(self, module: torch.nn.Module, question: torch.Tensor, space: dict[str, Any]) -> None:
        began = time.perf_counter()
        self.busy = True
        try:
            told = self._ask(module, question, space)
        finally:
            self.busy = False
        took = time.perf_counter() - began
        self._next = began + max(self._seconds, took * SHARE)
        self._parts.tell(told(self._parts.course.iteration, took))

    def _ask(self, module: torch.nn.Module, question: torch.Tensor, space: dict[str, Any]) -> Any:
        name = self._parts.paths.path(module) or type(module).__name__
        size = sum(p.numel() * p.element_size() for p in module.parameters())
        if size > LARGEST:
            return _nothing(name, f"the model holds {size >> 20} MiB, and one of at most {LARGEST >> 20} MiB is copied")
        state = torch.get_rng_state()
        try:
            with quiet():
                model = bare_copy(module)
                fields = likeness(Asked(model, question, space, self._examples))
        except _RAISED as error:
            return _nothing(name, f"asked on its own the model raised {type(error).__name__}: {error}"[:400])
        finally:
            torch.set_rng_state(state)
        return lambda iteration, took: m.LearnedTold(iteration, model=name, seconds=took, **fields)


def _nothing(name: str, why: str) -> Any:
    return lambda iteration, took: m.LearnedTold(iteration, "none", name, why, seconds=took)


def bare_copy(module: torch.nn.Module) -> torch.nn.Module:
    """The same module in evaluation mode, with copies of its tensors and without its hooks."""
    copied = copy.deepcopy(module)
    for part in copied.modules():
        part.training = False
        for hooks in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks"):
            getattr(part, hooks).clear()
    return copied
