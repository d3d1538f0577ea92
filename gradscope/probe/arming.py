"""Puts the probe's hooks into a torch that has just been imported, and takes every one of them out again.

Hooks go in here, at the import, before anything compiles; the connection is made at the first of them that fires. All
the stdlib that the probe will ever need is imported by now: a thread that imports while training is held inside an
import waits for it.
"""

from __future__ import annotations

import atexit
import functools
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.modules import module as torch_module
from torch.optim import optimizer as torch_optimizer

from . import compat, frames, traces
from .agent import Agent
from .calling import in_place_of
from .guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

DEVICE = "GRADSCOPE_DEVICE"


class Hooks:
    """Everything of ours inside torch and Python, each with the way back."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self._undo: list[Callable[[], None]] = []
        self._undo_ends: list[Callable[[], None]] = []

    def install(self) -> None:
        """Put all hooks in."""
        self._hook_modules()
        self._hook_optimizers()
        self._hook_scaler()
        self._hook_engine()
        self._hook_functions()
        self._hook_loader()
        self._undo.append(self.agent.compiled.install())
        self._hook_ends()
        self.agent.apply_mode()
        self._undo.append(lambda: compat.remove_mode(self.agent.recorder))

    def remove(self) -> None:
        """Take all hooks out, the last one first."""
        self.agent.detached = True
        for undo in (self._undo_ends, self._undo):
            while undo:
                undo.pop()()

    def stand_down(self) -> None:
        """Capture is off: take out what costs a step anything. Called where no handler of ours is running."""
        if self.agent.link.lost.is_set():
            self.remove()  # the session is gone: for good
        while self._undo:
            self._undo.pop()()

    def _hook_modules(self) -> None:  # noqa: C901  # a call inside a hook costs every module of every step
        agent = self.agent
        compiled = agent.compiled

        def before(module: torch.nn.Module, arguments: Any) -> None:
            if torch.compiler.is_compiling() or compiled.depth or agent.learned.busy:
                return
            if not agent.parts.off:
                agent.module_called(module)
                if agent.parts.calls.depth == 1:
                    agent.outermost.called(module, arguments, frames.caller(1))
                if agent.learned.watching:
                    agent.learned.called(module, arguments)
            if agent.parts.off:
                self.stand_down()
            elif type(module) in compiled.kinds:
                agent.compiled.enter()

        def after(module: torch.nn.Module, values: Any, result: Any) -> None:
            if torch.compiler.is_compiling() or (compiled.depth and type(module) not in compiled.kinds):
                return
            if agent.parts.off or agent.learned.busy:
                return
            at = agent.parts.clock.now()
            _tell_exception(agent, module, values)
            agent.parts.clock.go_on(at)
            if type(module) in compiled.kinds:
                agent.compiled.leave("compiled", result)
            agent.module_returned(module, result)

        for hook in (before, after):
            compat.leave_uncompiled(hook.__code__)
        handles = [
            torch_module.register_module_forward_pre_hook(before),
            torch_module.register_module_forward_hook(after, always_call=True),
        ]
        self._undo += [handle.remove for handle in handles]

    def _hook_optimizers(self) -> None:
        agent = self.agent

        def before(optimizer: Any, args: Any, kwargs: Any) -> None:
            if torch.compiler.is_compiling():
                return
            if agent.parts.off:
                self.stand_down()
                return
            closure = kwargs.get("closure") is not None or any(callable(arg) for arg in args[1:])
            agent.updates.step_begins(optimizer, closure, _caller())

        def after(optimizer: Any, _: Any, __: Any) -> None:
            if not torch.compiler.is_compiling() and not agent.parts.off:
                agent.updates.step_ended(optimizer)
                agent.apply_mode()

        handles = [
            torch_optimizer.register_optimizer_step_pre_hook(before),
            torch_optimizer.register_optimizer_step_post_hook(after),
        ]
        self._undo += [handle.remove for handle in handles]

    def _hook_scaler(self) -> None:
        """A step that a GradScaler leaves out ends an iteration, too; no hook of an optimizer's sees it."""
        owner: Any = torch.amp.GradScaler
        original = owner.step
        agent = self.agent

        @functools.wraps(original)
        def step(scaler: Any, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
            call = in_place_of(frames.caller(1))
            try:
                if agent.parts.off:
                    return call(original, (scaler, optimizer, *args), kwargs)
                return agent.updates.scaled_step(lambda: call(original, (scaler, optimizer, *args), kwargs), optimizer)
            except BaseException as error:
                traces.clean(error)
                raise

        def restore() -> None:
            owner.step = original

        owner.step = step
        self._undo.append(restore)

    def _hook_engine(self) -> None:
        original = getattr(torch.autograd, compat.ENGINE_NAME, None)
        if original is None:
            return

        def engine(outputs: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return self.agent.engine_runs(original, outputs, args, kwargs)
            except BaseException as error:
                traces.clean(error)
                raise

        setattr(torch.autograd, compat.ENGINE_NAME, engine)
        self._undo.append(lambda: setattr(torch.autograd, compat.ENGINE_NAME, original))

    def _hook_functions(self) -> None:
        """Custom autograd functions: ``apply`` is no torch call, so no mode sees it."""
        owner: Any = torch.autograd.Function
        bound = vars(owner).get("apply")
        original = getattr(bound, "__func__", None)
        if original is None:
            return
        recorder = self.agent.recorder

        @functools.wraps(original)
        def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
            if torch.compiler.is_compiling():
                return original(cls, *args, **kwargs)
            call = in_place_of(frames.caller(1))
            try:
                if recorder.idle:
                    return call(original, (cls, *args), kwargs)
                return recorder.custom_function(cls.__name__, call, functools.partial(original, cls), args, kwargs)
            except BaseException as error:
                traces.clean(error)
                raise

        def restore() -> None:
            owner.apply = bound

        owner.apply = classmethod(apply)
        self._undo.append(restore)

    def _hook_loader(self) -> None:
        """Count batches and epochs where the DataLoader hands them out. It is imported with torch."""
        from torch.utils.data import dataloader

        progress = self.agent.progress
        batches: Any = vars(dataloader)["_BaseDataLoaderIter"]
        loaders: Any = dataloader.DataLoader
        iterate, following = loaders.__iter__, batches.__next__
        owners: dict[int, Any] = {}
        counts: dict[int, int] = {}

        def started(loader: Any) -> Any:
            iterator = in_place_of(frames.caller(1))(iterate, (loader,), {})
            owners.clear()
            owners[id(iterator)] = loader
            counts[id(iterator)] = 0
            progress.loader_started(loader)
            return iterator

        def batch(iterator: Any) -> Any:
            try:
                taken = in_place_of(frames.caller(1))(following, (iterator,), {})
            except BaseException as error:
                traces.clean(error)
                raise
            loader = owners.get(id(iterator))
            if loader is not None:
                counts[id(iterator)] = counts.get(id(iterator), 0) + 1
                progress.batch_taken(loader, counts[id(iterator)])
            return taken

        def restore() -> None:
            loaders.__iter__ = iterate
            batches.__next__ = following

        loaders.__iter__ = started
        batches.__next__ = batch
        self._undo.append(restore)

    def _hook_ends(self) -> None:
        agent = self.agent
        ended: list[BaseException] = []
        excepthook = sys.excepthook

        def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            ended.append(error)
            agent.exception_left(error)
            excepthook(kind, error, error.__traceback__ if trace is not None else None)

        in_thread = threading.excepthook

        def thread_hook(arguments: Any) -> None:
            if arguments.exc_value is not None:
                agent.exception_left(arguments.exc_value, getattr(arguments.thread, "name", "") or "another thread")
            in_thread(arguments)

        def at_exit() -> None:
            self.agent.script_ends(ended[-1] if ended else None)

        sys.excepthook = hook
        threading.excepthook = thread_hook
        atexit.register(at_exit)

        def restore() -> None:
            atexit.unregister(at_exit)
            if sys.excepthook is hook:
                sys.excepthook = excepthook
            if threading.excepthook is thread_hook:
                threading.excepthook = in_thread

        self._undo_ends.append(restore)


def _tell_exception(agent: Agent, module: torch.nn.Module, values: Any) -> None:
    """Where the module raised, its hook is called on the way out.

    Torch's frame that calls it raises again; the ``try`` that it has around each hook is none for this exception.
    """
    error, calling = sys.exc_info()[1], frames.caller(2)
    trace = error.__traceback__ if error is not None else None
    if error is not None and trace is not None and calling is not None and trace.tb_frame is calling:
        agent.exceptions.in_module(module, error, values, calling.f_back)
        traces.clean(error)


def _caller() -> FrameType | None:
    """The frame that called the optimizer's step: the first outside of torch, found from here."""
    return frames.caller(1)


_HOOKS: list[Hooks] = []


@guarded("the probe")
def arm() -> None:
    """Called once, right after torch was imported."""
    device = os.environ.get(DEVICE)
    if device:
        torch.set_default_device(device)
    agent = Agent(os.environ["GRADSCOPE_ENDPOINT"], os.environ.get("GRADSCOPE_TOKEN_FILE", ""))
    hooks = Hooks(agent)
    hooks.install()
    _HOOKS.append(hooks)
    os.register_at_fork(after_in_child=lambda: _in_child(hooks))


def _in_child(hooks: Hooks) -> None:
    hooks.agent.abandon()
    hooks.remove()
