"""Where gradient gets lost: the forward recorder's eye for calls whose result does not carry it on, and for what
switches it off.

The recorder hands in torch calls that made no node. Each becomes an ``UntrackedCall`` with its reason, in the words of
``CUT_REASONS``, if anything flowed into it that gradient could have come from.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import torch

from ..wire.messages import Frame
from . import compat, frames
from .clears import Clears
from .guard import guarded
from .naming import assigned_name, expression, name_of, user_frame
from .records import NOWHERE, InputRecord, Place, Source, UntrackedCall, called_directly, flat, tensors_in
from .stacks import spot_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from .parts import Parts

# Calls that are no operation of the graph, and after which a value goes on without its gradient.
_NUMBERS = {"item": "item", "__float__": "item", "__int__": "item", "tolist": "tolist"}
_COPIES = ("tensor", "as_tensor", "asarray", "new_tensor")
_RESULTS = ("detach", "detach_", "data", "argmax", "argmin", "new_tensor")
_SWITCHES = ("_set_grad_enabled", "requires_grad_", "__set__")
HEARD = frozenset((*_NUMBERS, *_RESULTS, *_SWITCHES))


class Losing:
    """Notes untracked calls, switches and frozen parameters. ``quiet`` counts what must not be listened to."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lineage = parts.lineage
        self._clears = Clears(parts)
        self._inputs: dict[int, InputRecord] = {}
        self._found: list[Source] | None = None  # what a tensor was before ``detach_`` made it another
        self._trained: weakref.ref[torch.Tensor] | None = None  # took gradient before the switch that is being made
        self.quiet = 0

    def new_iteration(self) -> None:
        """The next iteration has begun."""
        self._lineage.new_iteration()
        self._inputs.clear()

    @property
    def _deaf(self) -> bool:
        return self.quiet > 0 or self._parts.in_engine > 0

    @guarded("cuts")
    def before(self, name: str, func: Any, args: tuple[Any, ...]) -> None:
        """A call that is heard is about to run."""
        self._found = None
        if name == "detach_" and not self._deaf:
            self._found = self._sources(args, {})
        elif name == "__set__" and len(args) == 2 and args[1] is None and _attribute(func) == "grad":
            self._clears.setting_to_none(args[0])
        elif name in _SWITCHES and args and isinstance(args[0], torch.Tensor) and args[0].requires_grad:
            self._trained = weakref.ref(args[0])

    @guarded("cuts")
    def heard(self, name: str, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """A call that is no operation has run: ``detach``, ``item``, a switch."""
        if name in _SWITCHES:
            self._switched(name, func, args, kwargs)
        elif not self._deaf:
            self.flowed(name, args, kwargs, result)

    def _switched(self, name: str, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if name == "_set_grad_enabled":
            if args and not args[0] and not self.quiet:
                self._lineage.switched_off = _place(user_frame())
            return
        if name == "__set__":
            if _attribute(func) != "requires_grad":
                return
            wanted = bool(args[1])
        else:
            wanted = bool(kwargs.get("requires_grad", args[1] if len(args) > 1 else True))
        frame = user_frame()
        tensor: torch.Tensor = args[0]
        trained = self._trained
        self._trained = None
        if not wanted and trained is not None and trained() is tensor and not isinstance(tensor, torch.nn.Parameter):
            # A leaf of the script's own: later nothing tells it from data. Parameters are known by their modules.
            held = () if frame is None else {**frame.f_globals, **frame.f_locals}.items()
            self._parts.parameters.learn(tensor, next((key for key, value in held if value is tensor), ""))
        self._parts.parameters.note_frozen(tensor, None if wanted else _frame(frame))

    @guarded("cuts")
    def flowed(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """A call has run that made no node, or results without one: remember it if values flowed on."""
        if self._deaf:
            return
        results = [t for t in flat(args[0] if name == "__setitem__" else result) if not t.requires_grad]
        writes = compat.writes_in_place(name)
        if not results and not writes and name not in _NUMBERS:
            return
        if args and result is args[0] and not writes and name not in _COPIES:
            return  # ``to``, ``contiguous`` and the like gave back what they got
        if self._clears.zeroed(name, args):
            return
        array = self._array(name, args)
        if array is None and not self._found and not self._lineage.concerns(tensors_in(args, kwargs)):
            return
        written = self._written(name, args) if writes else None
        if written is not None:
            self._remember(name, "data_write", [written], [])
        elif results or name in _NUMBERS:
            sources = [array] if array is not None else self._found or self._sources(args, kwargs)
            self._remember(name, self._reason(name, results), sources, results)
        self._found = None

    def _remember(self, name: str, reason: str, sources: list[Source], results: list[torch.Tensor]) -> None:
        if all(source.entry is not None for source in sources):
            return
        course = self._parts.course
        call = UntrackedCall(name.strip("_") if name.startswith("__") else name, reason)
        call.sources = sources
        call.around = self._parts.calls.current()
        call.forward = course.phase in ("forward", "loss")
        if reason == "no_grad":
            call.off = self._lineage.switched_off
        caller = frames.caller(2)
        frame = user_frame(start=caller)
        if frame is not None:
            call.place = _place(frame)
            call.stack = spot_of(frame)
            if called_directly(caller, frame):
                call.variable, call.expression = assigned_name(frame), expression(frame)
        self._lineage.add(call, results, course.updated)

    def made(self, tensor: torch.Tensor) -> UntrackedCall | None:
        """The untracked call that an input came out of; None for data, and for a parameter."""
        return None if self._parts.parameters.index_of(tensor) >= 0 else self._lineage.find(tensor)

    def inside(self, call: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
        """A custom function's ``apply``, called by ``call``: inside of it gradient is off by design."""

        def quietly(*args: Any, **kwargs: Any) -> Any:
            self.quiet += 1
            try:
                return call(function, args, kwargs)
            finally:
                self.quiet -= 1

        return quietly

    def _array(self, name: str, args: tuple[Any, ...]) -> Source | None:
        """An array of numpy's that shares the memory of a tensor, about to be copied."""
        if name not in _COPIES or not args or type(args[0]).__module__ != "numpy":
            return None
        interface = getattr(args[0], "__array_interface__", None)
        call = self._lineage.at(interface["data"][0]) if interface is not None else None
        if call is None:
            return None
        source = Source(0)
        source.call = call
        return source

    def _sources(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Source]:
        sources = []
        for position, tensor in enumerate(tensors_in(args, kwargs)):
            source = self._lineage.source(tensor, position)
            if source is None:
                source = Source(position)
                source.entry = self._input(tensor)
            sources.append(source)
        return sources

    def _input(self, tensor: torch.Tensor) -> InputRecord:
        known = self._inputs.get(id(tensor))
        if known is not None and known.reference() is tensor:
            return known
        record = self._inputs[id(tensor)] = InputRecord(tensor, -1)
        record.name = self._parts.paths.buffer_name(tensor)
        frame = user_frame()
        if frame is not None:
            record.name = record.name or name_of(frame, tensor)
            record.file, record.line, record.scope = _place(frame)
        return record

    def _written(self, name: str, args: tuple[Any, ...]) -> Source | None:
        """What was changed behind autograd's back: a result of the forward, through ``.data`` or without gradient."""
        if name == "detach_" or not args or not isinstance(args[0], torch.Tensor):
            return None
        target = args[0]
        if target.requires_grad:
            if torch.is_grad_enabled():
                return None
            source = self._lineage.source(target, 0)
            return source if source is not None and source.number >= 0 else None
        call = self._lineage.find(target)
        if call is None or call.reason != "data":
            return None
        return next((source for source in call.sources if source.number >= 0), None)

    def _reason(self, name: str, results: list[torch.Tensor]) -> str:
        if name in ("detach", "detach_"):
            return "detach"
        if name in _NUMBERS:
            return _NUMBERS[name]
        if name == "data":
            return "data"
        if name in _COPIES:
            return "tensor"
        if torch.is_inference_mode_enabled():
            return "inference_mode"
        if not torch.is_grad_enabled():
            return "no_grad"
        if any(not (t.is_floating_point() or t.is_complex()) for t in results):
            return "integer"
        return "not_differentiable"


def _attribute(func: Any) -> str:
    return str(getattr(getattr(func, "__self__", None), "__name__", ""))


def _place(frame: FrameType | None) -> Place:
    return NOWHERE if frame is None else (frame.f_code.co_filename, frame.f_lineno or -1, frame.f_code.co_name)


def _frame(frame: FrameType | None) -> Frame:
    return Frame(*_place(frame))
