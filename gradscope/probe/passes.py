"""Runs of the engine: what happens around and inside ``backward()`` and ``autograd.grad``.

One private function of torch is replaced while the probe is armed, the one through which every run of the engine goes.
Around it the graph is walked and told; inside, a prehook at every node sees the gradient w.r.t. the node's outputs,
measures it, and may hold the thread. Gradients are reduced or cloned at once, never kept. Hook closures hold an index,
not a node: a node held by its own hook is a cycle that no garbage collector sees.
"""

from __future__ import annotations

import struct
import time
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from ..wire import messages as m
from . import compat, frames
from .collector import CollectorWaits
from .figures import Figures
from .guard import describe, guarded, guarded_hook
from .inside import Inside
from .naming import user_frame
from .node_times import NodeTimes
from .pass_plan import PassPlan
from .passing import Passing
from .stacks import spot_of
from .tensors import holds_anything, scalar, untouchable
from .walk import input_places
from .watch import Watch, install

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .breakpoints import Stop
    from .capture import Capture
    from .exceptions import Exceptions
    from .parts import Parts
    from .recorder import ForwardRecorder


class Passes:
    """Wraps the engine. ``hold_at_node(passing, position, total, stop)`` pauses before a node."""

    def __init__(self, parts: Parts, capture: Capture, hold_at_node: Callable[..., None]) -> None:
        self.recorder: ForwardRecorder | None = None
        self._parts = parts
        self._capture = capture
        self._hold_at_node = hold_at_node
        self.current: PassPlan | None = None
        self.exceptions: Exceptions | None = None
        self._hooks_made = -1
        self.collector = CollectorWaits()
        self.figures = Figures(parts)
        self.on_ended: list[Callable[[PassPlan], None]] = []

    def run(self, original: Callable[..., Any], outputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The engine's own call, with everything of ours around it."""
        parts = self._parts
        lighter = parts.detail and parts.forward_only and not parts.gate.stepping and self.current is None
        parts.detail = parts.detail and not lighter
        try:
            with nullcontext() if parts.detail or self.current is not None else self.collector:
                return self._run(original, outputs, args, kwargs)
        finally:
            parts.detail = parts.detail or lighter

    def _run(self, original: Callable[..., Any], outputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        parts, outer = self._parts, self.current
        shown = (parts.shown, parts.fingerprint, parts.loss)
        at = parts.clock.now()
        plan = self._begin(outputs, args, kwargs)
        if plan is None:
            return self._alone(original, outputs, args, kwargs)
        self.current = plan
        parts.in_engine += 1
        try:
            with plan.threading(), self._recording(plan):
                parts.clock.go_on(at)
                result = original(outputs, *args, **kwargs)
                at = parts.clock.now()
        except BaseException as error:
            self._end(plan, None, error)
            self._saw(plan, error, outputs)
            raise
        else:
            self._end(plan, result, None)
            parts.clock.go_on(at)
            return result
        finally:
            parts.in_engine -= 1
            self.current = outer
            if plan.nested:
                parts.shown, parts.fingerprint, parts.loss = shown

    def _alone(self, original: Callable[..., Any], outputs: Any, args: Any, kwargs: Any) -> Any:
        """Torch is about to say that this cannot be differentiated, or it is none of ours."""
        try:
            return original(outputs, *args, **kwargs)
        except BaseException as error:
            self._saw(None, error, outputs)
            raise

    def _saw(self, plan: PassPlan | None, error: BaseException, outputs: Any) -> None:
        if self.exceptions is not None:
            self.exceptions.in_backward(plan, error, tuple(outputs), frames.caller(1))

    @guarded("backward")
    def _begin(self, outputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> PassPlan | None:
        parts = self._parts
        roots = tuple(outputs)
        if any(isinstance(root, torch.Tensor) and untouchable(root) for root in roots):
            return None
        if not all(getattr(root, "requires_grad", True) for root in roots):
            return None  # torch is about to raise
        nested = self.current is not None
        if nested:
            parts.course.nested_backward_called()
        else:
            parts.calls.unwind() if parts.calls.depth == 0 else None
            parts.course.backward_called()
        frame = frames.outside_modes(user_frame(start=frames.caller(1)))
        seen, root_name = self._capture.whole(roots, frame)
        kind = "backward" if kwargs.get("accumulate_grad", False) else "grad"
        parts.loss = scalar(roots[0])
        plan = PassPlan(seen, kind, args[3] if len(args) > 3 else (), parts.detail, parts.gate.stepping)
        plan.index, plan.nested = parts.course.pass_index, nested
        plan.retained = bool(args[1]) if len(args) > 1 else False
        if frame is not None:
            plan.place.take_place(frame)
            plan.place.stack = spot_of(frame) if plan.detail else None
        self._tell_started(plan, root_name)
        if not nested:
            self.figures.pass_begins(seen, roots, root_name, frame)
        if parts.detail:
            self._capture.tell_values()
            self._capture.tell_forward(plan.index)
        if not nested:
            parts.course.backward_ready()
        self._arm(plan)
        self._hook(plan)  # first: hooks that others made since the last pass must be told from those of ``Inside``
        if plan.detail:
            plan.inside = Inside(parts, seen, plan.index, derives=len(args) > 2 and bool(args[2]))
        return plan

    @guarded("breakpoints")
    def _arm(self, plan: PassPlan) -> None:
        """After the pause before backward, at which breakpoints may have been set and stepping begun."""
        parts = self._parts
        calls = parts.calls.attributable
        parts.gate.aim(lambda wish: parts.breaks.aimed(wish, plan.seen, calls))
        plan.breaks = parts.breaks.for_pass(plan.seen, calls, parts.course.iteration, plan.index)
        plan.stepped = plan.stepped or parts.gate.stepping or plan.breaks is not None

    def _tell_started(self, plan: PassPlan, root_name: str) -> None:
        parts, course, seen = self._parts, self._parts.course, plan.seen
        old: list[int] = []
        if plan.index == 0:
            old = [
                row
                for row, leaf in seen.leaves.items()
                if leaf.grad is not None and holds_anything(leaf.grad, parts.detail)
            ]
            if not old and course.iteration > 0:
                parts.tell(m.GradientsCleared(course.iteration))
        plan.told = m.PassStarted(
            course.iteration,
            plan.index,
            "backward" if plan.kind == "backward" else "grad",
            seen.fingerprint,
            "detail" if parts.detail else "light",
            root_name,
            parts.loss,
            b"",
            struct.pack(f"<{len(old)}i", *old),
            self.current.index if self.current is not None else -1,
        )
        parts.tell(plan.told)

    @contextmanager
    def _recording(self, plan: PassPlan) -> Iterator[None]:
        """In detail, note what is computed inside: ``backward`` came through a call of the recorder, which is off then.

        Nodes that the engine itself makes (``create_graph``) belong to the line that called it.
        """
        recorder = self.recorder
        number = compat.sequence_number
        if not plan.detail or recorder is None or number is None:
            yield
            return
        add = not any(mode is recorder for mode in compat.mode_stack())
        start = number()
        if add:
            compat.push_mode(recorder)
        try:
            yield
        finally:
            if add:
                compat.remove_mode(recorder)
            plan.place.start, plan.place.end = start, number()
            if plan.place.end > start:
                self._parts.records.operations.append(plan.place)

    def _hook(self, plan: PassPlan) -> None:
        seen, gate = plan.seen, self._parts.gate
        certain = plan.kind == "backward" and not plan.inputs and not plan.nested and not plan.stepped
        free = not plan.stepped and not (
            plan.detail and self._parts.kept.budget
        )  # nobody may ask for a gradient itself
        certain = certain and free and compat.hooks_made() == self._hooks_made
        plan.watch = Watch(seen, certain, every=plan.detail)
        if plan.nested and self.current is not None and self.current.seen.variant is not None:
            self.current.seen.variant.unlike = True  # what a leaf's .grad comes to is not of one pass alone
        if not free:
            hook = guarded_hook("gradients", partial(self._see_each, plan))
        else:
            plan.gather()
            hook = plan.gatherer.hook(gate, partial(self._maybe_hold, plan))
            hook = partial(self._pass_by, plan, hook) if plan.detail else hook
        if plan.detail:
            plan.times = NodeTimes(self._parts.clock)
            hook = plan.times.before(hook)
            plan.handles = plan.times.install(seen, plan.watch.rows)
        plan.handles += install(seen, plan.watch.rows, hook)

    def _pass_by(self, plan: PassPlan, hook: Callable[..., Any], row: int, gradients: tuple[Any, ...]) -> Any:
        """In detail while nobody may ask for a gradient: what ran is known, and only figures are taken."""
        plan.ran += 1
        plan.last = row
        if plan.inside is not None:
            plan.inside.began(row)
        plan.watch.ran.append(row)
        if plan.ran == 1:
            self._tell_order(plan)
        return hook(row, gradients)

    def _see_each(self, plan: PassPlan, row: int, gradients: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """In detail, or where a stop at this node is possible."""
        plan.ran += 1
        plan.last = row
        if plan.inside is not None:
            plan.inside.began(row)
        if plan.ran == 1:
            self._tell_order(plan)
        for output, gradient in enumerate(gradients):
            self._measure(plan, row, output, gradient)
        stop = self._stop_at(plan, row, gradients) if plan.breaks is not None else None
        if self._parts.kept.all_passing and not plan.detail:
            self._keep(plan, row, gradients)
        if stop is not None or self._parts.gate.fine:
            if not plan.detail and (stop is not None or self._wants(plan, row)):
                self._keep(plan, row, gradients)
            return self._maybe_hold(plan, row, gradients, stop)
        return None

    @guarded("breakpoints")
    def _stop_at(self, plan: PassPlan, row: int, gradients: tuple[Any, ...]) -> Stop | None:
        return plan.breaks.at(row, gradients) if plan.breaks is not None else None

    def _keep(self, plan: PassPlan, row: int, gradients: tuple[Any, ...]) -> None:
        for output, gradient in enumerate(gradients):
            if gradient is not None:
                self._parts.kept.keep(("gradient", plan.index, row, output), gradient)

    def _wants(self, plan: PassPlan, row: int) -> bool:
        return self._parts.gate.wants("node", row, plan.seen.fingerprint)

    def _measure(self, plan: PassPlan, row: int, output: int, gradient: Any) -> None:
        if gradient is None or not untouchable(gradient):
            plan.reducer.add(row, output, gradient)
        if gradient is not None and plan.detail:
            self._parts.kept.keep(("gradient", plan.index, row, output), gradient)

    def _tell_order(self, plan: PassPlan) -> None:
        started = plan.told
        if not plan.in_order or started is None:
            return
        idle = plan.never_run()
        known = plan.seen.rows
        rows = [known[id(node)] for node in compat.execution_order() if known.get(id(node), -1) not in idle]
        if not rows:  # torch does not say where one root is given twice
            return
        plan.total = len(rows)
        self._parts.tell(
            m.PassStarted(
                started.iteration,
                started.pass_index,
                started.kind,
                started.fingerprint,
                started.level,
                started.root,
                started.loss,
                struct.pack(f"<{len(rows)}i", *rows),
                started.old_gradients,
                started.outer,
            )
        )

    def _maybe_hold(
        self, plan: PassPlan, row: int, gradients: tuple[Any, ...], stop: Stop | None = None
    ) -> tuple[Any, ...] | None:
        """What a person put in the place of the gradients during the pause, if there was one."""
        if len(plan.watch.rows) < len(plan.seen.nodes):
            return None  # running free not every node is hooked: a stop here would pass over others; the next is behind
        if stop is None and not self._wants(plan, row):
            return None
        self._tell_gradients(plan, plan.watch.takes())
        passing = Passing(row, plan.seen.names[row], gradients)
        self._hold_at_node(passing, plan.ran if plan.detail or plan.stepped else -1, plan.total, stop)
        return passing.replacement()

    def _tell_gradients(self, plan: PassPlan, takes: Sequence[tuple[int, int]]) -> None:
        course = self._parts.course
        plan.gatherer.flush()
        table = plan.reducer.finish(takes)
        if table.rows:
            self._parts.tell(m.GradientsMeasured(course.iteration, plan.index, table))
        if plan.times is not None and (times := plan.times.table()).rows:
            self._parts.tell(m.BackwardTimed(course.iteration, plan.index, times))

    @guarded("backward")
    def _end(self, plan: PassPlan, result: Any, error: BaseException | None) -> None:
        seconds = time.perf_counter() - plan.started
        compat.remove_hooks(plan.handles)
        plan.handles.clear()
        if plan.kind == "grad" and result is not None:
            self._add_captured(plan, result)
        whole = error is None
        if whole or plan.detail:
            plan.watch.look_at_leaves(plan.gatherer, whole)
        self._tell_gradients(plan, plan.watch.takes() if whole or plan.detail else ())
        if plan.inside is not None:
            plan.inside.ended(whole=error is None)
        plan.watch.check()
        self._hooks_made = compat.hooks_made()
        course = self._parts.course
        self._parts.tell(m.PassEnded(course.iteration, plan.index, seconds, describe(error)))
        if error is None and self.exceptions is not None and not plan.retained:
            self.exceptions.earlier.note(plan.index, plan.place)
        if not plan.nested:
            for listener in self.on_ended:
                listener(plan)

    def _add_captured(self, plan: PassPlan, result: Any) -> None:
        """In an ``autograd.grad`` pass captured nodes never run: theirs is what the call returned."""
        for (row, output), gradient in zip(input_places(plan.seen, plan.inputs), result, strict=False):
            if row >= 0:
                self._measure(plan, row, output, gradient)
