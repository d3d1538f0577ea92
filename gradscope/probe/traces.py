"""The user's traceback: of an exception on its way, and of one that has left the script.

An exception that is looked at while it is on its way has a traceback only up to where it is looked at; the frames
around that are still on the stack. Together they are what the user will read. ``clean`` takes what is ours out of a
traceback before it is printed, so that the script's last words are the same as without us.
"""

from __future__ import annotations

import dis
import functools
import linecache
import os
import re
from types import TracebackType
from typing import TYPE_CHECKING, Any

import torch

from ..wire.faults import TraceLine
from . import compat
from .calling import DISPATCHER, NEAR
from .guard import guarded
from .naming import is_ours, user_frame, user_frames
from .records import OperationFinder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

    from .records import Records

LIMIT = 64
_TORCH = os.path.join(os.path.dirname(os.path.abspath(torch.__file__)), "")  # noqa: PTH100, PTH118, PTH120  # as text
_MODULE = os.path.join(_TORCH, "nn", "modules", "module.py")  # noqa: PTH118  # compared with code file names
_CHAIN = 16
_STACK_LINE = re.compile(r'File "(.+?)", line (\d+), in (\S+)')
_HOOKS = ("_backward_hooks", "_backward_pre_hooks", "_forward_hooks", "_forward_pre_hooks")


def torch_folder() -> str:
    """Where torch is, as code file names begin."""
    return _TORCH


def is_torchs(frame: FrameType) -> bool:
    """Whether torch runs in this frame."""
    return frame.f_code.co_filename.startswith(_TORCH)


def made_at(node: Any, records: Records) -> TraceLine | None:
    """The user's line that made a node: the recorder's, else what anomaly mode wrote down."""
    record = OperationFinder(records.attributable()).find(compat.node_sequence(node))
    if record is not None and record.file:
        return trace_line(record.file, record.line, record.scope)
    for text in reversed(getattr(node, "metadata", {}).get("traceback_", ())):
        said = _STACK_LINE.search(text)
        if said is not None and not said[1].startswith((_TORCH, "<")):
            return trace_line(said[1], int(said[2]), said[3])
    return None


def source_line(file: str, line: int) -> str:
    """The text of a line, stripped; "" where there is none."""
    return linecache.getline(file, line).strip() if line > 0 else ""


def trace_line(file: str, line: int, function: str) -> TraceLine:
    """A line with its text."""
    return TraceLine(file, line, function, source_line(file, line))


def at(frame: FrameType, line: int | None = None) -> TraceLine:
    """The line that a frame stands at."""
    return trace_line(frame.f_code.co_filename, line or frame.f_lineno or -1, frame.f_code.co_name)


def entries(error: BaseException) -> list[TracebackType]:
    """The links of an exception's traceback, outermost first."""
    found, link = [], error.__traceback__
    while link is not None:
        found.append(link)
        link = link.tb_next
    return found


def user_trace(error: BaseException, outer: FrameType | None) -> tuple[list[TraceLine], FrameType | None]:
    """The user's lines, innermost first, and the innermost of the user's frames.

    Args:
        error: the exception.
        outer: the frame that its traceback has come to; None where it has left the script.
    """
    inner = [(link.tb_frame, link.tb_lineno) for link in reversed(entries(error)) if _is_users(link.tb_frame)]
    known = {id(frame) for frame, _ in inner}
    around = [frame for frame in user_frames(start=outer) if id(frame) not in known] if outer is not None else []
    places = inner + [(frame, frame.f_lineno) for frame in around]
    lines = [at(frame, line) for frame, line in places[:LIMIT] if not frame.f_code.co_filename.startswith("<")]
    return lines, places[0][0] if places else None


def _is_users(frame: FrameType) -> bool:
    return user_frame(start=frame) is frame


@guarded("tracebacks without the probe")
def clean(error: BaseException) -> None:
    """Take the probe's frames, and those of torch that are there only because of it, out of a traceback.

    It is asked where an exception leaves the outermost of the probe's frames, and raised again by a bare ``raise``;
    Python 3.10 does so with the traceback that the exception came with.
    """
    for one in _chained(error):
        links = entries(one)
        if any(_is_odd(link.tb_frame) for link in links):
            one.__traceback__ = _without_ours(links)


def _is_odd(frame: FrameType) -> bool:
    return is_ours(frame) or frame.f_code is DISPATCHER or frame.f_code.co_name == "inner"


def _chained(error: BaseException) -> Iterator[BaseException]:
    waiting: list[BaseException] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < _CHAIN:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [linked for linked in (one.__cause__, one.__context__) if linked is not None]


def _without_ours(links: list[TracebackType]) -> TracebackType | None:
    kept: list[tuple[FrameType, int, int]] = []
    for link in links:
        frame = link.tb_frame
        if is_ours(frame):
            continue
        if kept and kept[-1][0].f_code is DISPATCHER and frame.f_code.co_name != "__torch_function__":
            _drop_first_entry(kept, frame.f_code)
        if kept and frame.f_code.co_name == "inner" and _calls_a_module(kept[-1][0]):
            kept[-1] = (kept[-1][0], *_plain_call(kept[-1][0].f_code, *kept[-1][1:]))
        else:
            kept.append((frame, link.tb_lasti, link.tb_lineno))
    following: TracebackType | None = None
    for frame, instruction, line in reversed(kept):
        following = TracebackType(following, frame, instruction, line)
    return following


def _drop_first_entry(kept: list[tuple[FrameType, int, int]], code: CodeType) -> None:
    """A function of torch that asked its dispatcher for modes came in twice: to ask ours, and to be run by it."""
    kept.pop()
    for place in range(len(kept) - 1, max(-1, len(kept) - 1 - NEAR), -1):
        if kept[place][0].f_code is code:
            del kept[place:]
            return
    if kept and is_torchs(kept[-1][0]):
        kept.pop()


def _calls_a_module(frame: FrameType) -> bool:
    """A module's call took the long way through hooks, which only ours asked for."""
    if frame.f_code.co_name != "_call_impl" or frame.f_code.co_filename != _MODULE:
        return False
    module = frame.f_locals.get("self")
    held = vars(module) if isinstance(module, torch.nn.Module) else {}
    return not any(held.get(name) for name in _HOOKS)


@functools.lru_cache(maxsize=64)
def _plain_call(code: CodeType, instruction: int, line: int) -> tuple[int, int]:
    """Where ``_call_impl`` calls the forward of a module that has no hooks: without ours it would have been there."""
    here = line
    for step in dis.get_instructions(code):
        positions = getattr(step, "positions", None)
        here = (positions.lineno if positions is not None else step.starts_line) or here
        if step.opname.startswith("CALL") and "return forward_call(" in source_line(_MODULE, here):
            return step.offset, here
    return instruction, line
