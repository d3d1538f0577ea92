"""What the script asks for and this machine or this Python does not have: a device, a module, a file."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from .findings import Finding, place
from .speech import says

if TYPE_CHECKING:
    from gradscope.graph.fault import Fault
    from gradscope.graph.state import RunState

_NO_DEVICE = re.compile(
    r"Torch not compiled with (\w+) enabled"
    r"|not linked with support for (\w+) devices"
    r"|No (CUDA|HIP|XPU) GPUs are available"
    r"|Found no (NVIDIA) driver"
    r"|(CUDA|HIP|XPU) error: invalid device ordinal"
    r"|Attempting to deserialize object on (?:a )?(CUDA) device",
    re.IGNORECASE,
)


def device(fault: Fault, state: RunState) -> Finding | None:
    """*Torch not compiled with CUDA enabled*, *No CUDA GPUs are available*: a device that is not there."""
    said = _NO_DEVICE.search(fault.message)
    if said is None:
        return None
    name = next(word for word in said.groups() if word).upper().replace("NVIDIA", "CUDA")
    running = state.hello.torch if state.hello is not None else ""
    here = f"torch {running}" if running else "this torch"
    number = "ordinal" in fault.message
    what = f"There is no {name} device of that number" if number else f"There is no {name} device for {here}"
    return says(
        fault,
        "no-such-device",
        f"{name} is not here" if not number else what,
        f"{what}: it may be unplugged, hidden by CUDA_VISIBLE_DEVICES, or this torch may be built without it.",
        "Choose another device in the training panel and restart, or write device = 'cpu' on this line.",
        place(fault.frames[0] if fault.frames else None, "asks for it"),
        (("torch says", fault.message.strip().split("\n")[0][:200]),),
    )


def module(fault: Fault, state: RunState) -> Finding | None:
    """*No module named x*: not installed, or not where this Python looks."""
    said = re.search(r"No module named '([\w.]+)'", fault.message)
    if said is None or fault.type not in ("ModuleNotFoundError", "ImportError"):
        return None
    python = state.hello.python if state.hello is not None else ""
    whose = f"Python {python}" if python else "the training's Python"
    return says(
        fault,
        "no-such-module",
        f"There is no module {said[1]} here",
        f"The script imports {said[1]}, which {whose} does not find: it is neither installed nor beside the script.",
        f"If it is yours, put it beside the script, or add its folder to PYTHONPATH (More… in the training panel);"
        f" else install it, or choose the interpreter that has {said[1].partition('.')[0]}.",
        place(fault.frames[0] if fault.frames else None, "imports it"),
    )


def file(fault: Fault, state: RunState) -> Finding | None:
    """*No such file or directory*: a table, a picture, weights that are not where the script looks."""
    if fault.type != "FileNotFoundError":
        return None
    said = re.search(r"No such file or directory: (['\"])(.+)\1|^(\S.*) not found\.?$", fault.message)
    name = (said[2] or said[3]) if said is not None else ""
    own = next((frame for frame in fault.frames if not _in_library(frame.file)), None)
    folder = state.hello.cwd if state.hello is not None else ""
    relative = name and not PurePath(name).is_absolute() and folder
    where = f" It looks in the folder that it runs in, {folder}." if relative else ""
    return says(
        fault,
        "no-such-file",
        f"There is no file {PurePath(name).name}" if name else "A file is not there",
        f"The script opens {name or 'a file'}, which does not exist.{where}",
        "Put it there, or write its whole path on this line"
        + ("; another folder is chosen behind More… in the training panel." if relative else "."),
        place(own, "opens it"),
    )


def _in_library(path: str) -> bool:
    parts = PurePath(path).parts
    return "site-packages" in parts or any(re.fullmatch(r"python3\.\d+", part) for part in parts[:-1])
