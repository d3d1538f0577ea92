"""The forward in detail: a function mode that sees every torch call of the training thread.

It notes which call made which autograd nodes (by sequence numbers before and after), what it was called on in the
user's file, which tensors without gradient fed it, and keeps a copy of its result. It also is where a single operation
can be paused at, and where an update by hand (``w -= lr * w.grad``) is noticed.

An active mode costs microseconds a call, so it is on the stack only in detail. It cannot be taken off from inside one
of its own calls (it is stashed then and comes back); until the next place outside, ``idle`` makes it pass everything
through.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch.overrides import TorchFunctionMode

from . import compat, frames, traces
from .calling import as_dispatched, plainly
from .guard import guarded
from .losing import HEARD, Losing
from .naming import assigned_name, expression, name_of, user_frame
from .records import OperationRecord, called_directly, flat, tensors_in
from .reductions import FEW
from .reruns import noted
from .stacks import spot_of
from .step_writes import StepWrites

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from ..wire import messages as m
    from .exceptions import Exceptions
    from .grad_writes import GradWrites
    from .parts import Parts
    from .reruns import Rerun

# Torch calls that take tensors with gradient and are never an operation of the graph.
NOT_OPERATIONS = frozenset(
    """
    __get__ __set__ __delete__ __repr__ __format__ __len__ __bool__ __float__ __int__ __hash__ __contains__ __index__
    __deepcopy__ __reduce_ex__ __setstate__ __array__ __dlpack__ _set_grad_enabled backward grad detach detach_ item
    tolist numpy size dim stride numel nelement element_size storage_offset data_ptr register_hook retain_grad
    register_post_accumulate_grad_hook requires_grad_ is_floating_point is_complex is_contiguous is_same_size is_nonzero
    storage untyped_storage allclose equal argmax argmin zeros_like ones_like empty_like rand_like randn_like full_like
    new_zeros new_ones new_empty new_full new_tensor is_shared share_memory_ pin_memory get_device set_ apply_
    data
    """.split()  # noqa: SIM905  # a page of names reads better than a page of quotes
)


REARRANGING = frozenset(
    """
    view reshape transpose permute t T mT flatten unflatten unsqueeze squeeze contiguous movedim swapaxes
    """.split()  # noqa: SIM905  # the same
)
VIEWING_PROPERTIES = frozenset(("real", "imag", "T", "mT", "H", "mH", "data"))  # reading one makes a node, or a cut


class HandUpdates(Protocol):
    """Who is told of updates by hand, and of writes to gradients."""

    writes: GradWrites

    @property
    def inside(self) -> bool: ...
    def hand_begins(self) -> None: ...
    def hand_ended(self) -> None: ...
    def hold_at_parameter(self, leaf: torch.Tensor) -> None: ...
    def pause(self, point: m.PausePoint, text: str) -> None: ...


class ForwardRecorder(TorchFunctionMode):
    """The mode itself. ``before_tracked(name)`` is called before every tracked operation, and may hold the thread."""

    def __init__(
        self, parts: Parts, before_tracked: Callable[[str], None], updates: HandUpdates, exceptions: Exceptions
    ) -> None:
        super().__init__()
        self.exceptions = exceptions
        self._losing = Losing(parts)
        self._parts = parts
        self._before_tracked = before_tracked
        self._updates = updates
        self._hand_update = False
        self._occurrences: dict[tuple[Any, ...], int] = {}
        self.idle = False
        self.in_step = 0
        self.step_writes = StepWrites(parts, updates.pause)

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        call = as_dispatched(frames.caller(1), func)
        try:
            if self._passes_through():
                return call(func, args, kwargs)
            name = _name_of(func)
            if name == "backward":
                return self._backward(call, func, args, kwargs)
            if name not in NOT_OPERATIONS:
                return self._observed(name, call, func, args, kwargs)
            if name not in HEARD or self.in_step:
                result = call(func, args, kwargs)
                if name == "register_hook":
                    self._parts.user_hooks.registered(args[0], (*args[1:], *kwargs.values())[0], result)
                return result
            return self._heard(name, call, func, args, kwargs)
        except BaseException as error:
            traces.clean(error)
            raise

    def _heard(
        self, name: str, call: Callable[..., Any], func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        clock = self._parts.clock
        at = clock.now()
        self._losing.before(name, func, args)
        clock.go_on(at)
        result = call(func, args, kwargs)
        over = clock.now()
        if name == "_set_grad_enabled" and args and args[0]:
            self.end_hand_update()
        self._losing.heard(name, func, args, kwargs, result)
        clock.go_on(over)
        return result

    def custom_function(
        self,
        name: str,
        call: Callable[..., Any],
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """``Function.apply`` of the user's: no mode sees it, so its caller brings it here, and what to ``call`` by."""
        if self._passes_through():
            return call(function, args, kwargs)
        return self._observed(name, plainly, self._losing.inside(call, function), args, kwargs, function)

    def _backward(
        self, call: Callable[..., Any], func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        try:
            return call(func, args, kwargs)
        except BaseException as error:  # also what torch says before it enters the engine
            self.exceptions.in_backward(None, error, args[:1], frames.caller(0))
            raise

    def _passes_through(self) -> bool:
        return self.idle or self._parts.aside or threading.get_ident() != self._parts.thread or compat.is_tracing()

    def _observed(
        self,
        name: str,
        call: Callable[..., Any],
        func: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        bare: Any = None,
    ) -> Any:
        clock = self._parts.clock
        at = clock.now()
        tracked = torch.is_grad_enabled() and _takes_gradient(name, args, kwargs)
        number = self._before(name, args, tracked)
        rerun = noted(bare or func, args, kwargs) if tracked else None
        exceptions = self.exceptions
        versions = exceptions.writes.look(args, kwargs)
        clock.go_on(at)
        try:
            result = call(func, args, kwargs)
        except BaseException as error:
            over = clock.now()
            exceptions.in_operation(name, error, (*args, *kwargs.values()), frames.caller(0))
            clock.go_on(over)
            raise
        over = clock.now()
        exceptions.writes.compare(versions, name, frames.caller(0), not self.in_step)
        if tracked and number is not None:
            record = self._after(name, args, kwargs, result, number, rerun)
            if record is not None:
                record.seconds = over - at
        elif not self.in_step:
            self._losing.flowed(name, args, kwargs, result)
        clock.go_on(over)
        return result

    @guarded("source lines and step by operation")
    def _before(self, name: str, args: tuple[Any, ...], tracked: bool) -> int | None:
        if tracked:
            if _is_private(name):  # model.to(device) asks torch._has_compatible_shallow_copy_type of each parameter
                return self._number()
            self.end_hand_update()
            self._before_tracked(name)
        elif not self._updates.inside and compat.writes_in_place(name) and args:  # what a step writes is its own
            self._updates.writes.notice(name, args, 4)
            if isinstance(args[0], torch.Tensor):
                self._before_write(args[0])
        elif self.in_step and self._parts.gate.fine and compat.writes_in_place(name) and args:
            self.step_writes.before(args[0])
        return self._number()

    def _number(self) -> int | None:
        return compat.sequence_number() if compat.sequence_number is not None else None

    def _before_write(self, target: torch.Tensor) -> None:
        """An in-place write outside of any optimizer: to a known leaf (or its ``.data``) it is an update by hand."""
        if self._parts.course.phase not in ("backward", "update") or target.numel() == 0:
            return
        for _, leaf in self._parts.parameters.living():
            if leaf is target or (leaf.data_ptr() == target.data_ptr() and leaf.shape == target.shape):
                self._begin_hand_update(leaf)
                return

    def _begin_hand_update(self, leaf: torch.Tensor) -> None:
        if not self._hand_update:
            self._hand_update = True
            self._updates.hand_begins()
        elif self._parts.gate.fine:
            self._updates.hold_at_parameter(leaf)

    def end_hand_update(self) -> None:
        """The leaves have been written: grad mode is on again, or the next tracked operation begins."""
        if self._hand_update:
            self._hand_update = False
            self._updates.hand_ended()

    @guarded("source lines and step by operation")
    def _after(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any, start: int, rerun: Rerun | None
    ) -> OperationRecord | None:
        assert compat.sequence_number is not None
        end = compat.sequence_number()
        if end == start:
            self._losing.flowed(name, args, kwargs, result)
            return None
        written = [args[0]] if name == "__setitem__" and not compat.is_view(args[0]) else []
        results = list(flat(result if result is not None else written))
        outputs = [t for t in results if t.grad_fn is not None]
        record = OperationRecord(name.strip("_") if name.startswith("__") else name, start, end)
        record.rerun = rerun
        caller = frames.caller(4)  # behind the guard, _observed and __torch_function__
        frame = user_frame(start=caller)
        if frame is not None:
            self._note_place(record, frame, called_directly(caller, frame))
        for position, tensor in enumerate(tensors_in(args, kwargs)):
            if not tensor.requires_grad:
                record.inputs.append((self._input(tensor, frame), position))
            elif compat.is_leaf(tensor):
                self._parts.records.use(tensor, record)
        if outputs:
            record.result = compat.node_sequence(outputs[0].grad_fn)
        if len(outputs) < len(results):  # indices beside values
            self._losing.flowed(name, args, kwargs, result)
        self._parts.records.operations.append(record)
        for tensor in outputs:
            number = compat.node_sequence(tensor.grad_fn)
            like = _same_elements(name, args, tensor) if not self._parts.kept.budget else None
            self._parts.kept.keep(("value", number, tensor.output_nr), tensor, True, like)
            self._parts.add_result(tensor)
        self._notice_loss(record)
        return record

    def _note_place(self, record: OperationRecord, frame: FrameType, direct: bool) -> None:
        record.take_place(frame)
        record.stack = spot_of(frame)
        if direct:
            record.variable = assigned_name(frame)
            record.expression = expression(frame)

    def _input(self, tensor: torch.Tensor, frame: FrameType | None) -> int:
        records = self._parts.records
        row, made_by = records.input_row(tensor), self._losing.made(tensor)
        if row >= 0 and records.inputs[row].made_by is made_by:
            return row
        record = records.add_input(tensor)
        record.made_by = made_by
        index = self._parts.parameters.index_of(tensor)
        if index >= 0:
            record.name, record.frozen = self._parts.parameters.name(index), True
        else:
            record.name = self._parts.paths.buffer_name(tensor)
        if not record.name and frame is not None:
            record.name = name_of(frame, tensor)
        if frame is not None:
            record.file, record.line, record.scope = (
                frame.f_code.co_filename,
                frame.f_lineno or -1,
                frame.f_code.co_name,
            )
            record.stack = spot_of(frame)
        self._parts.kept.keep(("input", record.key), tensor, measure=True)
        return record.key

    def _notice_loss(self, record: OperationRecord) -> None:
        """The operation that made the last iteration's root has run again: the loss is there."""
        if self._parts.in_engine:
            return
        count = self._occurrences.get(record.place, 0)
        self._occurrences[record.place] = count + 1
        if self._parts.loss_place == (*record.place, count) and not self._parts.calls.records:
            self._parts.course.loss_computed()

    def remember_loss(self, number: int) -> None:
        """Which operation made the root of this pass."""
        counts: dict[tuple[Any, ...], int] = {}
        for record in self._parts.records.operations:
            count = counts.get(record.place, 0)
            counts[record.place] = count + 1
            if record.start <= number < record.end:
                self._parts.loss_place = (*record.place, count)

    def new_iteration(self) -> None:
        """Count operations anew."""
        self._losing.new_iteration()
        self._occurrences.clear()
        self._hand_update = False


def _name_of(func: Any) -> str:
    """What the call is known by; for a property the property, where reading it makes a node."""
    name: str = getattr(func, "__name__", "")
    if name == "__get__":
        attribute = getattr(getattr(func, "__self__", None), "__name__", "")
        return attribute if attribute in VIEWING_PROPERTIES else name
    return name


def _same_elements(name: str, args: tuple[Any, ...], result: torch.Tensor) -> tuple[tuple[object, ...], int] | None:
    """Under which key the operand was kept that ``result`` has all elements of and no others, and its version."""
    if name not in REARRANGING or not args or not isinstance(args[0], torch.Tensor):
        return None
    operand = args[0]
    if not FEW < operand.numel() == result.numel() or compat.base_written(operand) or operand.grad_fn is None:
        return None
    return ("value", compat.node_sequence(operand.grad_fn), operand.output_nr), compat.version(operand)


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _takes_gradient(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether the call will make nodes, as far as its arguments tell. ``init.kaiming_uniform_(leaf)`` will not."""
    target = next(tensors_in(args, kwargs), None)
    if target is not None and compat.writes_in_place(name) and target.requires_grad and compat.is_leaf(target):
        return False
    return any(t.requires_grad for t in tensors_in(args, kwargs))
