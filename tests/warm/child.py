"""The fork: a process that has torch loaded and otherwise is what ``python script.py`` has just made.

The fork is made in a thread of its own whose whole stack is C: ``list(map(exit, map(call, steps)))``. In the child
that thread is the main thread, and the last step is the C function with which Python itself runs a file; it tells 0 or
-1. So the script's frames are the only ones, its exceptions and ``sys.exit`` are treated by Python, ``atexit`` runs.
``torch`` is taken out of ``sys.modules``: the script's ``import torch`` goes through the finders, as it does in a
new process, and whoever waits for it (the probe) sees it come.
"""

from __future__ import annotations

import _thread
import atexit
import ctypes
import importlib
import importlib.machinery
import importlib.util
import io
import operator
import os
import signal
import sys
import warnings
from functools import partial
from itertools import filterfalse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from .request import Request

BARE_PATH = sys.path[1:]
BARE_META_PATH = list(sys.meta_path)
BARE_FILTERS = list(warnings.filters)
OWN = __name__.rpartition(".")[0]


def fork(request: Request, close: Callable[[], None]) -> int:
    """Start a script; the number of its process. ``close`` lets go of what belongs to the server alone."""
    forked = _thread.allocate_lock()
    forked.acquire()
    pid = 0
    steps: list[Callable[[], object]] = []

    def begin() -> None:
        nonlocal pid
        pid = os.fork()
        if pid:
            forked.release()
            raise SystemExit  # of this thread
        close()
        steps.append(_prepare(request))

    steps.append(begin)
    failures = filterfalse(partial(operator.is_, None), map(operator.call, steps))  # what begin returns is none
    _thread.start_new_thread(list, (map(ctypes.pythonapi.Py_Exit, map(abs, failures)),))
    forked.acquire()
    return pid


class _Loaded:
    """Finds a module that is loaded already."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec: Any = module.__spec__

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        if name != self._module.__name__:
            return None
        spec = importlib.machinery.ModuleSpec(name, self, origin=self._spec.origin)
        spec.submodule_search_locations = self._spec.submodule_search_locations
        spec.has_location = True
        return spec

    def create_module(self, _: object) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec
        module.__loader__ = self._spec.loader
        sys.meta_path.remove(self)


def _prepare(request: Request) -> Callable[[], object]:
    """Make the process what a new one would be; the call that runs the script."""
    os.setsid()
    for number, file in enumerate(request.files):
        os.dup2(file, number)
    request.close()
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _open_streams(unbuffered=bool(request.environment.get("PYTHONUNBUFFERED")))
    for name in [name for name in sys.modules if name.partition(".")[0] == OWN.partition(".")[0]]:
        del sys.modules[name]
    first, *rest = request.arguments
    main = sys.modules["__main__"].__dict__
    main.clear()
    main.update(dict.fromkeys(("__doc__", "__package__", "__spec__", "__loader__")))
    main.update(__name__="__main__", __builtins__=sys.modules["builtins"], __annotations__={})
    sys.argv[:] = [first, *rest[1:]] if first in ("-c", "-m") else request.arguments
    sys.orig_argv[:] = [sys.executable, *request.arguments]
    atexit.register(_end_as_interrupted)
    torch.default_generator.seed()
    _start_imports()
    if first in ("-c", "-m"):
        sys.path.insert(0, "" if first == "-c" else request.folder)
        text = rest[0] if first == "-c" else f"import runpy; runpy._run_module_as_main({rest[0]!r})"
        return partial(ctypes.pythonapi.PyRun_SimpleStringFlags, text.encode(), None)
    sys.path.insert(0, str(Path(first).resolve().parent))
    path = os.path.join(request.folder, first.removeprefix("./")).encode()  # noqa: PTH118  # as Python makes it
    opened = ctypes.CDLL(None).fopen
    opened.restype = ctypes.c_void_p
    return partial(ctypes.pythonapi.PyRun_SimpleFileExFlags, ctypes.c_void_p(opened(path, b"rb")), path, 1, None)


def _open_streams(unbuffered: bool) -> None:
    """New ones over the files 0, 1 and 2, as Python makes them."""
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # noqa: SIM115  # for good
    for name, number in (("stdout", 1), ("stderr", 2)):
        raw = open(number, "wb", buffering=0 if unbuffered else -1, closefd=False)  # noqa: SIM115
        old = getattr(sys, f"__{name}__")
        by_line = not unbuffered and (number == 2 or raw.isatty())
        stream = io.TextIOWrapper(
            raw, old.encoding, old.errors, old.newlines, line_buffering=by_line, write_through=unbuffered
        )
        stream.mode = "w"
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _start_imports() -> None:
    """The path with PYTHONPATH, torch not imported yet, and ``sitecustomize``, which may wait for it."""
    added = [str(Path(entry).absolute()) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    sys.path[:] = [*dict.fromkeys([*added, *BARE_PATH])]
    sys.meta_path[:] = [_Loaded(sys.modules.pop("torch")), *BARE_META_PATH]
    importlib.invalidate_caches()
    sys.modules.pop("sitecustomize", None)
    warnings.filters[:] = BARE_FILTERS
    if importlib.util.find_spec("sitecustomize") is not None:
        importlib.import_module("sitecustomize")


def _end_as_interrupted() -> None:
    """What Python does after a KeyboardInterrupt that nobody caught; the first to be registered, it runs last."""
    if getattr(sys, "last_type", None) is KeyboardInterrupt:
        sys.stdout.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
