"""One probe in one training process: its pieces joined, its hooks' entry points, its orders.

Every entry point from the user's code is guarded. The connection is made at the first of them, so that launchers,
workers and scripts that only import torch stay out.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from ..wire import messages as m
from . import compat, frames, greeting, traces
from .answers import Answers, running
from .breakpoints import Breakpoints
from .calls import Calls
from .capture import Capture
from .compiled import Compiled
from .course import Course
from .exceptions import Exceptions
from .gate import Gate
from .goals import Goals
from .guard import FAULTS, describe, guarded
from .interventions import Interventions
from .kept import Kept, budget
from .learned import Learned
from .lineage import Lineage
from .link import Link
from .names import ModulePaths, Parameters
from .naming import assigned_name, modules_of, user_frame
from .onnx_export import export_onnx
from .orders import Orders
from .outermost import Outermost
from .parts import Parts
from .passes import Passes
from .pauses import Pauses
from .progress import ProgressCounter
from .recorder import ForwardRecorder
from .records import Records
from .unseen_steps import UnseenSteps
from .updates import Updates
from .watching import ParameterWatch

if TYPE_CHECKING:
    from .pass_plan import PassPlan

WELCOME_SECONDS = 10.0
DETAILED_PASSES = 16  # of one iteration, while nobody steps


class Agent:
    """Joins the pieces. ``endpoint`` and ``token_file`` say where the session listens."""

    def __init__(self, endpoint: str, token_file: str) -> None:
        self._endpoint = endpoint
        self._token_file = token_file
        self._welcome: m.Welcome | None = None
        self._welcomed = threading.Event()
        self._asked = False
        self.detached = False
        self.link = Link(self._on_order, self._on_lost, lambda: self.gate.held)
        self.orders = Orders()
        self.gate = Gate(self.tell, self.orders.carry_out)
        self.course = Course(self.tell, self.pause)
        parameters = Parameters()
        paths = ModulePaths(parameters)
        breaks, lineage = Breakpoints(self.tell, parameters), Lineage(parameters)
        self.parts = Parts(
            self.tell, self.gate, self.course, parameters, paths, Calls(paths), Records(), Kept(), breaks, lineage
        )
        self.capture = Capture(self.parts)
        self.answers = Answers(self.parts)
        self.learned = Learned(self.parts)
        self.outermost = Outermost(self.parts)
        self.exceptions = Exceptions(self.parts, self.answers, self.capture)
        self.exceptions.current, self.exceptions.connect = lambda: self.passes.current, self.connect
        self.progress = ProgressCounter()
        self.goals = Goals(self.course, self.progress)
        self.pauses = Pauses(self.parts, self.capture, self.answers, self.goals, greeting.script())
        self.passes = Passes(self.parts, self.capture, self.pauses.at_node)
        self.updates = Updates(self.parts, self.connect, self.pause)
        self.interventions = Interventions(self.parts, self.updates, self.answers, self.capture)
        self.pauses.on_begin += [self.interventions.pause_begins, self.passes.collector.held]
        self.pauses.on_over.append(self.interventions.pause_over)
        self.exceptions.around.begins, self.exceptions.around.over = self.pauses.on_begin, self.pauses.on_over
        self.recorder = ForwardRecorder(self.parts, self.before_operation, self.updates, self.exceptions)
        self.unseen_steps = UnseenSteps(self.parts, self.recorder)
        self.passes.recorder, self.passes.exceptions = self.recorder, self.exceptions
        self.compiled = Compiled(self)
        self.watching = ParameterWatch(self.parts, self.pauses)
        self._take_orders()
        self.updates.on_step_depth = self._step_depth
        self.course.summarise = self.updates.summary
        self.updates.followed = self.passes.figures.told
        self.course.on_iteration_ending.append(self.learned.look)
        self.course.on_new_iteration += [
            self.parts.new_iteration,
            self.outermost.new_iteration,
            self.recorder.new_iteration,
            self.updates.new_iteration,
            self.passes.figures.new_iteration,
            self._choose_level,
        ]
        self.passes.on_ended.append(self._pass_ended)
        FAULTS.tell = lambda feature, reason: self.tell(m.FeatureLost(feature, reason))

    # the connection

    def tell(self, fact: m.Fact) -> None:
        """A fact for the session; nobody listens before the first hook or after it is gone."""
        if self._asked:
            self.link.send(fact)

    def connect(self) -> None:
        """At the first hook: dial, greet, wait for the first order. Without an answer the probe takes itself out."""
        if self._asked:
            return
        self._asked = True
        self.parts.thread = threading.get_ident()
        if not self.link.open(self._endpoint, self._token_file):
            self._on_lost()
            return
        self.tell(greeting.hello())
        for feature, reason in list(FAULTS.lost.items()):  # before anybody listened
            self.tell(m.FeatureLost(feature, reason))
        if self._welcomed.wait(WELCOME_SECONDS) and self._welcome is not None:
            self._start(self._welcome)

    def _start(self, welcome: m.Welcome) -> None:
        self.course.steps = welcome.steps
        self.parts.breaks.set(welcome.breakpoints)
        self.exceptions.holding = welcome.hold_exceptions
        if welcome.pause:
            self.gate.wish = m.Step("phase")
        if welcome.level == "off":
            self.parts.off = True
        self._choose_level(first=True)

    def _on_order(self, order: m.Order) -> None:
        """In the wire thread: nothing here touches torch, imports or logs."""
        if isinstance(order, m.Welcome):
            self._welcome = order
            self.link.redial.kept = order.keep_held
            if self._welcomed.is_set():  # a session found again, or another one
                self.parts.breaks.set(order.breakpoints)
            self._welcomed.set()
        elif isinstance(order, m.RequestStack):
            frame = compat.thread_frames().get(self.parts.thread)
            self.tell(m.StackTold(order.request, frames.stack(frame)))
        elif isinstance(order, m.SetBreakpoints):
            self.parts.breaks.set(order.breakpoints)
        elif isinstance(order, m.Detach):
            self.link.close()
        elif self.gate.held or not self.orders.answer(order):
            self.gate.take(order)

    def _take_orders(self) -> None:
        """Each kind of order that is carried out at a pause, and by whom."""
        add, tell = self.orders.add, self.tell
        add(m.HoldExceptions, self.exceptions.set_holding, self.exceptions.set_holding)
        add(m.RequestTensor, lambda order: tell(self.answers.tensor(order)), lambda order: tell(running(order)))
        add(m.SetLevel, self._set_level, self._set_level)
        add(m.WatchLearned, self.learned.watch, self.learned.watch)
        add(m.ExportOnnx, lambda order: tell(export_onnx(self.parts, self.outermost, order)))
        self.interventions.listen(self.orders, tell)

    def _on_lost(self) -> None:
        self._welcomed.set()
        self.parts.off = True
        self.parts.breaks.set(())
        self.gate.release()

    # levels

    def _set_level(self, order: m.SetLevel) -> None:
        """What free running is captured in from the next iteration on; "off" is for good."""
        if self._welcome is not None:
            self._welcome = replace(self._welcome, level=order.level, detail_from=0)
        self.parts.off = self.parts.off or order.level == "off"

    def _choose_level(self, first: bool = False) -> None:
        parts, welcome, gate = self.parts, self._welcome, self.gate
        always = welcome is not None and welcome.level == "detail" and self.course.iteration >= welcome.detail_from
        wanted = first or always or parts.want_detail or gate.stepping or self.goals.in_last(gate.wish)
        parts.detail = not parts.off and (wanted or bool(parts.breaks.now.in_forward))
        parts.forward_only = parts.detail and not wanted
        parts.want_detail = False
        self.recorder.idle = not parts.detail
        parts.calls.with_quiet = parts.detail
        parts.kept.budget = budget(gate.stepping, always, bool(self.exceptions.holding or parts.breaks.now.armed))

    def apply_mode(self) -> None:
        """Put the recorder on the stack or take it off. Only from outside any handler of it, in the training thread."""
        if threading.get_ident() != self.parts.thread or self.compiled.depth:
            return
        on = any(mode is self.recorder for mode in compat.mode_stack())
        if self.parts.detail and not self.parts.off and not on:
            compat.push_mode(self.recorder)
        elif on and (self.parts.off or not self.parts.detail):
            compat.remove_mode(self.recorder)

    # entry points from the user's code

    @guarded("module calls")
    def module_called(self, module: torch.nn.Module) -> None:
        """The global forward pre hook."""
        clock = self.parts.clock
        at = clock.now()
        self._module_called(module, at)
        if self.parts.detail:
            clock.go_on(at)

    def _module_called(self, module: torch.nn.Module, at: float) -> None:
        if (
            compat.is_tracing() or self.parts.aside
        ):  # torch.jit.trace notes what is done to tensors, and takes ours for the model's
            return
        calls = self.parts.calls
        if self.parts.in_engine:
            calls.enter(module, at)  # a checkpoint computes its forward again
            return
        if calls.depth == 0 and torch.is_grad_enabled():
            self.connect()
            if self.parts.off:
                return
            if self.parts.paths.path(module) is None:
                self._learn_module(module)
            self._before_tracked()
            self.course.outermost_called(next(module.parameters(), None) is not None)
            self.apply_mode()
        elif calls.depth == 0:
            self.course.end_run_if_due()
        calls.enter(module, at)
        if self.parts.breaks.now.of_parameters:
            self.watching.look()
        if self.gate.fine or self.parts.breaks.now.calls:
            self._pause_at_call()

    def _step_depth(self, depth: int, optimizer: Any) -> None:
        self.recorder.in_step = depth
        self.unseen_steps.step(depth, optimizer)
        self.recorder.step_writes.begin()
        self.watching.step(depth)

    def _pause_at_call(self) -> None:
        record = self.parts.calls.innermost
        if record is not None and torch.is_grad_enabled():
            self.pauses.at_call(record)

    @guarded("module calls")
    def module_returned(self, module: torch.nn.Module, result: Any) -> None:
        """The global forward hook, called also when the module raised."""
        if compat.is_tracing() or self.parts.aside:
            return
        at = self.parts.clock.now()
        if self.parts.calls.leave(module, at) and not self.parts.in_engine:
            self._outermost_returned(module, result)
        if self.parts.detail:
            self.parts.clock.go_on(at)

    def _outermost_returned(self, module: torch.nn.Module, result: Any) -> None:
        found = [t for t in _results(result) if t.requires_grad]
        for tensor in found:
            self.parts.add_result(tensor)
        self._name_result(found)
        self.course.outermost_returned(bool(found), next(module.parameters(), None) is not None)

    def _learn_module(self, module: torch.nn.Module) -> None:
        frame = user_frame(start=frames.caller(2))
        self.parts.paths.learn(module, modules_of(frame) if frame is not None else [])

    def _name_result(self, found: list[torch.Tensor]) -> None:
        """``logits = model(x)``: the operation that made the result is called by that variable."""
        records = self.parts.records.operations
        if not records or len(found) != 1 or found[0].grad_fn is None or not self.parts.detail:
            return
        frame = user_frame(start=frames.caller(2))
        if frame is not None and records[-1].result == compat.node_sequence(found[0].grad_fn):
            records[-1].variable = assigned_name(frame)

    def before_operation(self, name: str) -> None:
        """From the recorder: a tracked operation is about to run."""
        self.connect()
        if self.parts.off or self.parts.in_engine:
            return
        self._before_tracked()
        if self.parts.breaks.now.of_parameters:
            self.watching.look()
        self.pauses.at_operation(name)

    def _before_tracked(self) -> None:
        self.updates.notice_unseen()
        self._tell_progress()
        self.course.tracked()

    def _tell_progress(self) -> None:
        if self.course.phase in ("create", "data", "update", "backward"):
            told = self.progress.at(self.course.iteration + int(self.course.updated), frames.caller(2))
            if told is not None:
                self.tell(told)

    def engine_runs(self, original: Any, outputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """In place of torch's own way into the engine."""
        if self.detached or self.parts.aside or torch.compiler.is_compiling() or compat.is_tracing():
            return original(outputs, *args, **kwargs)
        self._before_engine()
        if self.parts.off:
            return original(outputs, *args, **kwargs)
        return self.passes.run(original, outputs, args, kwargs)

    @guarded("backward")
    def _before_engine(self) -> None:
        self.connect()
        if not self.parts.off and not self.parts.in_engine:
            self.updates.notice_unseen()
            self._tell_progress()
            self.watching.look()

    def _pass_ended(self, plan: PassPlan) -> None:
        seen = plan.seen
        self.updates.pass_ended(seen.leaves.values(), accumulated=plan.kind == "backward")
        self.interventions.pass_ended()
        self._leave_detail_if_endless()
        if self.parts.detail and seen.roots:
            self.recorder.remember_loss(compat.node_sequence(seen.nodes[seen.roots[0][0]]))

    def _leave_detail_if_endless(self) -> None:
        """An iteration that no update ends, of a script that only asks for gradients, is not one of detail for ever."""
        parts = self.parts
        parts.forget_old()
        always = self._welcome is not None and self._welcome.level == "detail"
        if parts.detail and not always and not self.gate.stepping and self.course.pass_index + 1 >= DETAILED_PASSES:
            parts.detail = False
            self.recorder.idle = True

    # pauses

    def pause(self, point: m.PausePoint, text: str) -> None:
        """Hold the thread at a pause point if an order, a breakpoint or a goal wishes."""
        self.pauses.pause(point, text)

    # the end

    @guarded("held exceptions")
    def exception_left(self, error: BaseException, thread: str = "") -> None:
        """From the excepthooks: nothing caught it. What is ours goes out of its traceback before that is printed."""
        if not thread and isinstance(error, Exception):
            self.connect()
        self.exceptions.left_script(error, thread)
        traces.clean(error)

    @guarded("the script's end")
    def script_ends(self, error: BaseException | None) -> None:
        """At exit: the last iteration's figures, a last pause, and what the script ended by."""
        if not self._asked or self.link.lost.is_set():
            return
        self.course.tell_iteration()
        self.learned.look_last()
        stopped = isinstance(error, KeyboardInterrupt)
        wished = self._welcome is not None and self._welcome.hold_at_end and not self.exceptions.held_at_end
        if wished and not self.parts.off and not stopped:
            with suppress(KeyboardInterrupt):  # stopped while held here: there is nothing left to interrupt
                self.pause("script_end", describe(error))
        lines = traces.user_trace(error, None)[0] if error is not None else []
        stack = tuple(m.Frame(line.file, line.line, line.function) for line in lines)
        self.tell(m.ScriptEnding(1 if error is not None else 0, describe(error), stack))
        self.link.flush()

    def abandon(self) -> None:
        """In a forked child: no hooks act, no socket is shared."""
        self.detached = True
        self.parts.off = True
        self.gate.released = True
        self.link.abandon()


def _results(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (tuple, list)):
        return [tensor for item in value for tensor in _results(item)]
    return []
