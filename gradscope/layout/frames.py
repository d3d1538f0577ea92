"""How layout requests and answers cross the worker's pipes: magic, two lengths, a JSON header, raw arrays.

The header names type and shape of each array, so that nothing has to be agreed on but this file.
"""

from __future__ import annotations

import json
import math
import struct
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from .engine import LayoutRequest
from .geometry import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .engine import Direction

    Array = np.ndarray[Any, np.dtype[Any]]

_PREFIX = struct.Struct("<4sIQ")
_MAGIC = b"GSLy"
_MOST_HEADER = 1 << 16
_MOST_BODY = 1 << 30
_TYPES = {"<f8", "<i4"}


class FrameError(ValueError):
    """The bytes on the pipe are not a frame of ours."""


def write_request(stream: BinaryIO, request: LayoutRequest) -> None:
    """Send what is to be laid out."""
    ends = (request.sources, request.targets, request.parents)
    header = {"direction": request.direction, "room": list(request.room)}
    _write(stream, header, [(request.sizes, "<f8"), *((end, "<i4") for end in ends)])


def read_request(stream: BinaryIO) -> LayoutRequest | None:
    """The next request; None at the end of the stream."""
    frame = _read(stream)
    if frame is None:
        return None
    header, arrays = frame
    sizes, sources, targets, parents = _expect(arrays, 4)
    width, height = header.get("room", (0.0, 0.0))
    way: Direction = "right" if header.get("direction") == "right" else "down"
    return LayoutRequest(sizes, sources, targets, parents, way, (float(width), float(height)))


def write_layout(stream: BinaryIO, made: Layout) -> None:
    """Send a layout back."""
    _write(stream, {}, [(made.rects, "<f8"), (made.points, "<f8"), (made.start, "<i4")])


def read_layout(stream: BinaryIO) -> Layout:
    """The answer to a request.

    Raises:
        EOFError: the worker is gone.
        FrameError: something else wrote to its stdout.
    """
    frame = _read(stream)
    if frame is None:
        raise EOFError("the layout worker ended")
    return Layout(*_expect(frame[1], 3))


def _write(stream: BinaryIO, header: dict[str, Any], arrays: Sequence[tuple[Array, str]]) -> None:
    parts = [np.ascontiguousarray(array, kind) for array, kind in arrays]
    described = [[kind, list(part.shape)] for part, (_, kind) in zip(parts, arrays, strict=True)]
    head = json.dumps({**header, "arrays": described}).encode()
    stream.write(_PREFIX.pack(_MAGIC, len(head), sum(part.nbytes for part in parts)))
    stream.write(head)
    for part in parts:
        stream.write(part.data)
    stream.flush()


def _read(stream: BinaryIO) -> tuple[dict[str, Any], list[Array]] | None:
    prefix = stream.read(_PREFIX.size)
    if len(prefix) < _PREFIX.size:
        return None
    magic, head_length, body_length = _PREFIX.unpack(prefix)
    if magic != _MAGIC or head_length > _MOST_HEADER or body_length > _MOST_BODY:
        raise FrameError("not a layout frame")
    head, body = stream.read(head_length), stream.read(body_length)
    if len(head) < head_length or len(body) < body_length:
        return None
    header = json.loads(head)
    arrays: list[Array] = []
    offset = 0
    for kind, shape in header["arrays"]:
        if kind not in _TYPES:
            raise FrameError(f"unknown array type {kind!r}")
        count = math.prod(shape)
        arrays.append(np.frombuffer(body, kind, count, offset).reshape(shape))
        offset += count * np.dtype(kind).itemsize
    return header, arrays


def _expect(arrays: list[Array], count: int) -> list[Array]:
    if len(arrays) != count:
        raise FrameError(f"{count} arrays expected, {len(arrays)} came")
    return arrays
