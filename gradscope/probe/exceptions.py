"""Exceptions of the user's script: held where torch is under them, told with everything that explains them.

What it promises. An exception that nothing in the script will catch is noticed where it is raised - in an operation
(detail level), in a module call, in the engine - and, if that is wished, the thread is held there, before ``finally``
and ``with`` have run. One that is raised elsewhere is noticed when it leaves the script; then they have run, and the
fact says ``unwound``. Exception, traceback, exit code and output stay the script's own.

How it works. The places that see an exception pass hand it in and raise it again. The first of them gathers what is
there - the lines, the graph as far as it got, the tensors at the failing line, what the engine's message means in
terms of names and lines - as text and numbers; those further out find it known. Whether anything will catch it is read
from the source of the frames around (``catching``).

What it does not do. It never holds another thread than the training thread; it changes nothing about the exception,
and keeps no reference to it: it is known again by its address and its innermost frame.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from ..wire import messages as m
from . import compat, traces
from .catching import will_be_caught
from .earlier import EarlierPasses
from .exception_pause import Around, hold_at
from .guard import describe, guarded
from .lost_gradients import lost_gradients
from .mutations import mutation
from .naming import expression
from .operands import Operands
from .sighting import Sighting
from .writes import Writes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    import torch

    from .answers import Answers
    from .capture import Capture
    from .parts import Parts
    from .walk import Walk

MOST_CAUGHT = 16  # a script that lives by exceptions must not pay for each of them
SECOND_TIME = "backward through the graph a second time"
NO_GRADIENT = "does not require grad and does not have a grad_fn"


class RunningPass(Protocol):
    """A run of the engine; ``last`` is the row of the node that runs, where that is known."""

    seen: Walk
    index: int
    last: int


class Exceptions:
    """Sees exceptions pass, tells and holds them. ``held_at_end``: the script was held at the one that ends it."""

    def __init__(self, parts: Parts, answers: Answers, capture: Capture) -> None:
        self._parts = parts
        self._answers = answers
        self._capture = capture
        self._sighting = Sighting()
        self._untold: m.ExceptionRaised | None = None
        self._caught = 0
        self.holding: m.Holding = ""
        self.held_at_end = False
        self.around = Around()
        self.current: Callable[[], RunningPass | None] = lambda: None
        self.connect: Callable[[], None] = lambda: None
        self.writes = Writes()
        self.earlier = EarlierPasses(parts)

    def set_holding(self, order: m.HoldExceptions) -> None:
        """Which exceptions hold the script from now on."""
        self.holding = order.holding

    # where exceptions are seen

    @guarded("held exceptions")
    def in_operation(self, name: str, error: BaseException, values: Sequence[Any], outer: FrameType | None) -> None:
        """A torch call that the recorder saw has raised."""
        plan = self.current()
        fault = self._new("operation", error, outer)
        if fault is not None:
            self._finish(replace(fault, operation=name), error, outer, values, plan)

    @guarded("held exceptions")
    def in_module(
        self, module: torch.nn.Module, error: BaseException, values: Sequence[Any], outer: FrameType | None
    ) -> None:
        """A module call has raised."""
        fault = self._new("module", error, outer)
        if fault is not None:
            path = self._parts.paths.path(module)
            own = [(name, value) for name, value in module.named_parameters(recurse=False)]
            prefix = f"{path}." if path else ""
            named = [(f"{prefix}{name}", value) for name, value in own]
            name = path if path is not None else type(module).__name__
            self._finish(replace(fault, module=name), error, outer, values, self.current(), named)

    @guarded("held exceptions")
    def in_backward(
        self, plan: RunningPass | None, error: BaseException, roots: Sequence[Any], outer: FrameType | None
    ) -> None:
        """The engine, or what leads to it, has raised."""
        fault = self._new("backward", error, outer)
        if fault is not None:
            self._finish(replace(fault, phase="backward"), error, outer, roots, plan)

    @guarded("held exceptions")
    def left_script(self, error: BaseException, thread: str = "") -> None:
        """Nothing caught it: ``finally`` and ``with`` have run."""
        if not isinstance(error, Exception) or self._parts.off:
            return
        if self._sighting.again(error, None, "uncaught"):
            if self._untold is None:
                return  # it was told, and held, where it was raised
            known = replace(self._untold, caught=False, unwound=True)
            self._tell(known, traces.user_trace(error, None)[1])
            return
        fault = self._new("uncaught", error, None, thread)
        if fault is not None:
            self._finish(replace(fault, unwound=True, caught=False), error, None, (), None)

    # what is told of them

    def _new(
        self, place: Any, error: BaseException, outer: FrameType | None, thread: str = ""
    ) -> m.ExceptionRaised | None:
        """The beginning of a fact; None for what is no error, or is known already."""
        parts = self._parts
        if not isinstance(error, Exception) or parts.off or self._sighting.again(error, outer, place):
            return None
        if parts.aside or compat.is_tracing():
            return None  # an experiment of ours, or torch's tracer, tries what may fail
        if not thread and threading.get_ident() != parts.thread:
            return None
        caught = outer is not None and will_be_caught(error, outer)
        if caught and self.holding != "raised":
            self._caught += 1
            if self._caught > MOST_CAUGHT:
                return None
        elif not thread:
            self.connect()  # it may be raised before anything else of the script spoke of training: a device, say
        self._sighting.note(error, outer, place)
        self._untold = None
        lines, _ = traces.user_trace(error, outer)
        trained, frozen = parts.parameters.counts()
        return m.ExceptionRaised(
            parts.course.iteration,
            "backward" if parts.in_engine else parts.course.phase,
            type(error).__name__,
            str(error)[:8000],
            place,
            tuple(lines),
            caught=caught,
            detail=parts.detail,
            thread=thread,
            pass_index=parts.course.pass_index,
            trained=trained,
            frozen=frozen,
            grad_enabled=compat.grad_enabled(),
            cause=describe(error.__cause__),
        )

    def _finish(
        self,
        fault: m.ExceptionRaised,
        error: BaseException,
        outer: FrameType | None,
        values: Sequence[Any],
        plan: RunningPass | None,
        named: Sequence[tuple[str, Any]] = (),
    ) -> None:
        parts = self._parts
        _, frame = traces.user_trace(error, outer)
        quietly = fault.caught and self.holding != "raised"
        if plan is None and not quietly and not fault.thread:
            self._picture(frame, is_out_of_memory(fault.message))
        operands = Operands(frame, self._answers.node_of, self._called)
        operands.add_arguments(values)
        for name, value in named:
            operands.add_named(name, value)
        operands.add_line()
        fault = replace(
            fault,
            fingerprint=parts.shown.fingerprint,
            operands=tuple(operands.found),
            expression=_expression(frame) if plan is None and fault.place in ("operation", "module") else "",
        )
        fault = self._in_pass(fault, plan, frame) if plan else self._before_pass(fault, frame, values)
        if quietly:
            self._untold = fault
        else:
            self._tell(fault, frame)

    def _in_pass(self, fault: m.ExceptionRaised, plan: RunningPass, frame: FrameType | None) -> m.ExceptionRaised:
        seen = plan.seen
        fault = replace(fault, fingerprint=seen.fingerprint, pass_index=plan.index, node=plan.last)
        changed = mutation(self._parts, seen, self.writes, fault.message, plan.last, frame)
        if changed is not None:
            fault = replace(fault, mutation=changed, node=changed.saver if changed.saver >= 0 else fault.node)
        if SECOND_TIME in fault.message:
            reuse = self.earlier.reuse(seen, frame)
            fault = replace(fault, reuse=reuse, node=reuse.node if reuse is not None else fault.node)
        if fault.node >= 0:
            fault = replace(fault, made=traces.made_at(seen.nodes[fault.node], self._parts.records))
        return fault

    def _before_pass(
        self, fault: m.ExceptionRaised, frame: FrameType | None, roots: Sequence[Any]
    ) -> m.ExceptionRaised:
        if fault.place == "backward" and fault.operands:
            fault = replace(fault, node=fault.operands[0].node)
        if NO_GRADIENT not in fault.message:
            return fault
        return replace(fault, lost=tuple(lost_gradients(self._parts, frame, roots)))

    def _called(self, tensor: torch.Tensor) -> str:
        index = self._parts.parameters.index_of(tensor)
        return self._parts.parameters.name(index) if index >= 0 else self._parts.paths.buffer_name(tensor)

    def _tell(self, fault: m.ExceptionRaised, frame: FrameType | None) -> None:
        self._untold = None
        wanted = self.holding == "raised" or (self.holding == "uncaught" and not fault.caught)
        hold = wanted and not fault.thread and not self._parts.gate.released
        self._parts.tell(replace(fault, held=hold))
        if hold:
            self.held_at_end = not fault.caught
            hold_at(fault, frame, self._parts, self._answers, self.around)

    @guarded("the picture at an exception")
    def _picture(self, frame: FrameType | None, with_saved: bool) -> None:
        """The graph as far as it got, with what it holds where that matters; before the first operation, the leaves."""
        parts = self._parts
        if parts.course.phase in ("forward", "loss") and any(reference() is not None for reference in parts.results):
            self._capture.under_way(frame, with_saved)
        elif not self._capture.any_told:
            self._capture.leaves_only(frame)


def is_out_of_memory(message: str) -> bool:
    """Whether an allocator refused."""
    return "out of memory" in message.lower() or "can't allocate memory" in message or "not enough memory" in message


def _expression(frame: FrameType | None) -> str:
    return expression(frame) if frame is not None else ""
