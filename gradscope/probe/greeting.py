"""Who this process is: what the session is told first."""

from __future__ import annotations

import os
import sys

import torch

from ..wire import messages as m
from . import compat


def hello() -> m.Hello:
    """The greeting, with what this torch lacks."""
    return m.Hello(
        m.PROTOCOL_VERSION,
        os.getpid(),
        ".".join(map(str, sys.version_info[:3])),
        str(torch.__version__),
        script(),
        tuple(sys.argv[1:]),
        os.getcwd(),  # noqa: PTH109  # pathlib may not be loaded here
        int(os.environ.get("RANK", "0")),
        int(os.environ.get("WORLD_SIZE", "1")),
        _devices(),
        compat.missing_features(),
    )


def script() -> str:
    """The file that Python was started on."""
    main = getattr(sys.modules.get("__main__"), "__file__", None) or (sys.argv[0] if sys.argv else "")
    return os.path.abspath(main)  # noqa: PTH100  # pathlib may not be loaded here


def _devices() -> tuple[str, ...]:
    devices = ["cpu"]
    if torch.cuda.is_available():
        devices += [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("mps")
    return tuple(devices)
