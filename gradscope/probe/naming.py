"""What the user calls things: the frame a call came from, the expression it evaluates, the variable it goes to.

Only the interpreter's own records are read: code positions (Python 3.11 and later), bytecode, and the dictionaries of
frames. No property, ``__eq__``, ``__hash__`` or ``__getattr__`` of the user's is ever run.
"""

from __future__ import annotations

import dis
import linecache
import os
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from .calling import STAND_IN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import CodeType, FrameType

LONGEST_EXPRESSION = 60
MOST_MEMBERS = 256
_CACHED_PLACES = 1 << 16
_CONTAINERS = (list, tuple, dict)

_PACKAGE = Path(__file__).absolute().parents[1]
_OURS = (str(_PACKAGE / "probe") + os.sep, str(_PACKAGE / "wire") + os.sep)  # not lessons, which the wheel holds beside
_TORCH = str(Path(torch.__file__).absolute().parent) + os.sep
_INNER = (*_OURS, _TORCH, "<frozen ", "<eval_with_key>")

_inner_files: dict[str, bool] = {}
_texts: dict[tuple[int, int], tuple[CodeType, str]] = {}
_targets: dict[tuple[int, int], tuple[CodeType, str]] = {}


def user_frame(skip_files: Iterable[str] = (), start: FrameType | None = None) -> FrameType | None:
    """The innermost frame outside torch and the probe; None if there is none.

    Args:
        skip_files: further files, by their exact ``co_filename``, that are not the user's.
        start: where to begin, the caller's frame if left out.
    """
    frame: FrameType | None = start or sys._getframe(1)  # noqa: SLF001 - there is no public way to a frame
    skipped = tuple(skip_files)
    while frame is not None:
        file = frame.f_code.co_filename
        inner = _inner_files.get(file)
        if inner is None:
            inner = _inner_files[file] = file.startswith(_INNER)
        if not inner and file not in skipped and frame.f_code.co_name != STAND_IN:
            return frame
        frame = frame.f_back
    return None


def is_ours(frame: FrameType) -> bool:
    """Whether the probe runs in this frame, or stands in for its caller there."""
    return frame.f_code.co_filename.startswith(_OURS) or frame.f_code.co_name == STAND_IN


def is_our_file(file: str) -> bool:
    """Whether a file of code, by its ``co_filename``, is the probe's own."""
    return file.startswith(_OURS)


def is_inner_file(file: str) -> bool:
    """Whether a file of code is torch's or the probe's own."""
    return file.startswith(_INNER)


def user_frames(skip_files: Iterable[str] = (), start: FrameType | None = None) -> list[FrameType]:
    """All frames outside torch and the probe, innermost first."""
    skipped, frames = tuple(skip_files), []
    frame = user_frame(skipped, start or sys._getframe(1))  # noqa: SLF001
    while frame is not None:
        frames.append(frame)
        frame = user_frame(skipped, frame.f_back) if frame.f_back is not None else None
    return frames


def user_places(frame: FrameType | None, most: int) -> tuple[list[CodeType], tuple[int, ...]]:
    """The code of the user's frames from ``frame`` outwards, innermost first, and for each its ``id`` and offset."""
    codes: list[CodeType] = []
    key: list[int] = []
    while frame is not None and len(codes) < most:
        code = frame.f_code
        file = code.co_filename
        inner = _inner_files.get(file)
        if inner is None:
            inner = _inner_files[file] = file.startswith(_INNER)
        if not inner and code.co_name != STAND_IN:
            codes.append(code)
            key.append(id(code))
            key.append(frame.f_lasti)
        frame = frame.f_back
    return codes, tuple(key)


def expression(frame: FrameType) -> str:
    """The source text of what the frame is evaluating now, on one line; "" where Python or the source does not say."""
    return _cached(_texts, frame.f_code, frame.f_lasti, _find_expression)


def expression_at(code: CodeType, offset: int) -> str:
    """The source text that an instruction evaluates, as ``expression`` has it."""
    return _cached(_texts, code, offset, _find_expression)


def assigned_name(frame: FrameType) -> str:
    """The variable that takes the value being computed, if that value is the whole right-hand side; else "".

    ``a`` for ``a = f(x)``, ``a = b = f(x)``, ``a += f(x)`` (at the addition) and ``(a := f(x))``; ``self.h`` for an
    attribute of a variable.
    """
    return _cached(_targets, frame.f_code, frame.f_lasti, _find_target)


def tensor_names(frame: FrameType) -> dict[int, str]:
    """Names by ``id`` of the tensors that the frame can see: local before global, ``x`` before ``xs[0]`` and ``_x``."""
    names: dict[int, str] = {}
    for name, value in _visible(frame, _is_tensor):
        names.setdefault(id(value), name)
    return names


def name_of(frame: FrameType, tensor: object) -> str:
    """What ``tensor_names`` says of one tensor; "" for nothing. Most are found among the first few variables."""
    scopes = _scopes(frame)
    for scope in scopes:
        for name, value in scope.items():
            if value is tensor and not name.startswith("_"):
                return name
    for scope in scopes:
        for name, value in scope.items():
            if type(value) in _CONTAINERS:
                for place, member in _members(value):
                    if member is tensor:
                        return name + place
    return next((name for scope in scopes for name, value in scope.items() if value is tensor), "")


def modules_of(frame: FrameType) -> list[tuple[str, torch.nn.Module]]:
    """The modules that the frame can see, each once, by the name that ``tensor_names`` would give it.

    The attributes of an object called ``self`` count too: a trainer that holds its model.
    """
    found: dict[int, tuple[str, torch.nn.Module]] = {}
    for name, value in _visible(frame, _is_module):
        found.setdefault(id(value), (name, value))
    for name, value in _attributes(frame.f_locals.get("self")):
        if _is_module(value):
            found.setdefault(id(value), (f"self.{name}", value))
    return list(found.values())


def visible(frame: FrameType, wanted: Callable[[object], bool]) -> list[tuple[str, Any]]:
    """The objects that the frame can see, with their names; the attributes of an object called ``self`` count too."""
    found = list(_visible(frame, wanted))
    held = _attributes(frame.f_locals.get("self"))
    return found + [(f"self.{name}", value) for name, value in held if wanted(value)]


def _cached(
    cache: dict[tuple[int, int], tuple[CodeType, str]],
    code: CodeType,
    offset: int,
    find: Callable[[CodeType, int], str],
) -> str:
    """Look a place up by identity: code objects compare by content, and equal code may stand in two files."""
    entry = cache.get((id(code), offset))
    if entry is not None and entry[0] is code:
        return entry[1]
    if len(cache) >= _CACHED_PLACES:
        cache.clear()
    text = find(code, offset)
    cache[id(code), offset] = (code, text)
    return text


def _find_expression(code: CodeType, offset: int) -> str:
    positions = getattr(code, "co_positions", None)
    if positions is None or offset < 0:
        return ""
    place = next(islice(positions(), offset // 2, None), None)
    if place is None or None in place:
        return ""
    first, last, start, end = place
    lines = [linecache.getline(code.co_filename, line).encode() for line in range(first, last + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    text = " ".join(b" ".join(lines).decode(errors="replace").split())
    return text if len(text) <= LONGEST_EXPRESSION else text[: LONGEST_EXPRESSION - 1].rstrip() + "…"


_PASSED_OVER = frozenset(("EXTENDED_ARG", "NOP", "CACHE", "COPY", "DUP_TOP", "RESUME", "NOT_TAKEN"))
_LOADS = ("LOAD_FAST", "LOAD_NAME", "LOAD_GLOBAL", "LOAD_DEREF")
_STORES = ("STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF")


def _find_target(code: CodeType, offset: int) -> str:
    steps = dis.get_instructions(code)
    following = [step for step in steps if step.offset > offset and step.opname not in _PASSED_OVER]
    if not following or offset < 0:
        return ""
    if following[0].opname.startswith(_STORES):
        return _variable(following[0].argval)
    stores_attribute = len(following) > 1 and following[1].opname == "STORE_ATTR"
    if stores_attribute and following[0].opname.startswith(_LOADS):
        return f"{_variable(following[0].argval)}.{following[1].argval}"
    return ""


def _variable(argument: object) -> str:
    """The name that an instruction stores to or loads; Python 3.13 joins two such instructions into one."""
    return str(argument[0]) if isinstance(argument, tuple) else str(argument)


def _is_tensor(value: object) -> bool:
    return issubclass(type(value), torch.Tensor)


def _is_module(value: object) -> bool:
    return issubclass(type(value), torch.nn.Module)


def _visible(frame: FrameType, wanted: Callable[[object], bool]) -> Iterator[tuple[str, Any]]:
    """Wanted values with their names, the best name of each first."""
    late: list[tuple[str, Any]] = []
    members: list[tuple[str, Any]] = []
    for scope in _scopes(frame):
        for name, value in scope.items():
            if wanted(value):
                if name.startswith("_"):
                    late.append((name, value))
                else:
                    yield name, value
            elif type(value) in _CONTAINERS:
                members.extend((name + place, member) for place, member in _members(value) if wanted(member))
    yield from members
    yield from late


def _scopes(frame: FrameType) -> list[dict[str, Any]]:
    """Local variables and global ones; Python's own functions are nobody's."""
    scopes = [dict(frame.f_locals)]
    if frame.f_globals is not frame.f_locals:
        scopes.append(dict(frame.f_globals))
    for scope in scopes:
        scope.pop("__builtins__", None)
    return scopes


def _members(container: Any) -> list[tuple[str, Any]]:
    """The members of a plain list, tuple or dict with how one writes them; only the first ones of a long one."""
    if type(container) is not dict:
        return [(f"[{index}]", member) for index, member in enumerate(container[:MOST_MEMBERS])]
    items = list(islice(container.copy().items(), MOST_MEMBERS))
    return [(f"[{key!r}]", member) for key, member in items if type(key) in (str, int)]


def attribute(value: object, name: str) -> Any:
    """One of what an object holds in its own ``__dict__``; None if it holds no such thing."""
    return dict(_attributes(value)).get(name)


def _attributes(value: object) -> list[tuple[str, Any]]:
    """What an object holds in its own ``__dict__``, read past any ``__getattribute__``; nothing of a module's."""
    if value is None or _is_module(value):
        return []
    try:
        held = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return []
    return list(held.items()) if type(held) is dict else []
