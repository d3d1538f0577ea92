"""Compiled callables: the recorder is off the stack while one runs, and what it made is one opaque operation.

Dynamo guards on the stack of function modes: with the recorder on it every compiled region would break into pieces, and
be compiled again whenever it goes on or off. So ``torch.compile`` is replaced while the probe is armed, and what it
gives for a function steps aside around each call; for a module the hooks of modules do. A callable that dynamo meets
while it traces another one is left to itself.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Protocol

import torch

from . import compat, frames
from .guard import guarded
from .naming import assigned_name, expression, user_frame
from .records import OperationRecord
from .stacks import spot_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .parts import Parts
    from .recorder import ForwardRecorder


class Host(Protocol):
    """Who joins the pieces."""

    parts: Parts
    recorder: ForwardRecorder

    def apply_mode(self) -> None: ...
    def module_called(self, module: torch.nn.Module) -> None: ...
    def module_returned(self, module: torch.nn.Module, result: Any) -> None: ...


class Compiled:
    """Steps aside for compiled callables.

    ``depth`` counts those under way, ``kinds`` are the types of compiled modules: plain attributes, cheap to read in
    the hooks of every module.
    """

    def __init__(self, agent: Host) -> None:
        self._agent = agent
        self.kinds: set[type] = set()
        self.depth = 0
        self._starts: list[int] = []

    def install(self) -> Callable[[], None]:
        """Replace ``torch.compile``; call what is returned to put it back."""
        original: Any = torch.compile

        @functools.wraps(original)
        def compile_(model: Any = None, *args: Any, **kwargs: Any) -> Any:
            made = original(model, *args, **kwargs)
            if torch.compiler.is_compiling():
                return made
            if model is not None:
                return self._wrapped(model, made)
            return lambda function: self._wrapped(function, made(function))

        def restore() -> None:
            torch.compile = original

        torch.compile = compile_
        return restore

    def _wrapped(self, model: Any, made: Any) -> Any:
        if isinstance(made, torch.nn.Module):
            self.kinds.add(type(made))
            return made
        if not callable(made):
            return made
        owner = getattr(model, "__self__", None)
        module = owner if isinstance(owner, torch.nn.Module) and model.__name__ == "_call_impl" else None
        name = getattr(model, "__name__", "compiled")
        agent = self._agent

        @functools.wraps(made)
        def call(*args: Any, **kwargs: Any) -> Any:
            if torch.compiler.is_compiling() or agent.parts.off:
                return made(*args, **kwargs)
            if module is not None:  # its hooks are compiled away
                agent.module_called(module)
            self.enter()
            result = None
            try:
                result = made(*args, **kwargs)
                return result
            finally:
                self.leave(type(module).__name__ if module is not None else name, result)
                if module is not None:
                    agent.module_returned(module, result)

        return call

    @guarded("compiled regions")
    def enter(self) -> None:
        """A compiled callable is about to run."""
        if not self.depth:
            compat.remove_mode(self._agent.recorder)
        self.depth += 1
        self._starts.append(compat.sequence_number() if compat.sequence_number is not None else -1)

    @guarded("compiled regions")
    def leave(self, name: str, result: Any) -> None:
        """It has run, or raised; its nodes are its caller's line."""
        if not self._starts:
            return
        self.depth -= 1
        start = self._starts.pop()
        if not self.depth:
            self._agent.apply_mode()
        parts = self._agent.parts
        if not parts.detail or self.depth or compat.sequence_number is None or compat.sequence_number() <= start:
            return
        record = OperationRecord(name, start, compat.sequence_number())
        frame = user_frame(start=frames.caller(2))
        if frame is not None:
            record.take_place(frame)
            record.stack = spot_of(frame)
            record.variable, record.expression = assigned_name(frame), expression(frame)
        if isinstance(result, torch.Tensor) and result.grad_fn is not None:
            record.result = compat.node_sequence(result.grad_fn)
            parts.add_result(result)
        parts.records.operations.append(record)
