"""Turns a message into a frame and back, from nothing but the dataclass's own fields and type hints.

The header is strict JSON: ``{"type": "PassEnded", "buffers": [..lengths..], "fields": {..}}``. A ``bytes`` field is the
index of its buffer in the body, so columns of numbers cross without one Python object a number. Non-finite floats are
the strings "nan", "inf" and "-inf". Types are checked on both sides of the border; inside, a message is plain.

What a newer peer may add is passed over: unknown fields, and unknown messages, which come out as ``Unknown``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn

from . import messages
from .errors import LocalProtocolError, RemoteProtocolError
from .fields import FieldError, Record, record_of
from .framing import build_frame

_CLASSES: dict[str, type] = {cls.__name__: cls for cls in messages.FACTS + messages.ORDERS}


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message of a type that this side does not know; a newer peer may send one."""

    type: str


@cache
def _record(name: str) -> Record:
    return record_of(_CLASSES[name])


def encode(message: messages.Message) -> bytes:
    """A whole frame.

    Raises:
        LocalProtocolError: not a message, a field is not of its declared type, or the frame is too large.
    """
    name = type(message).__name__
    if _CLASSES.get(name) is not type(message):
        raise LocalProtocolError(f"{name} is not a message")
    buffers: list[bytes] = []
    try:
        fields = _record(name).encode(message, buffers)
    except FieldError as error:
        raise LocalProtocolError(f"{name}.{error}") from None
    document = {"type": name, "buffers": [len(buffer) for buffer in buffers], "fields": fields}
    return build_frame(json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii"), buffers)


def decode(header: bytes, body: bytes) -> messages.Message | Unknown:
    """The message of one frame.

    Raises:
        RemoteProtocolError: header or body is not what ``encode`` could have made.
    """
    document = _parse(header)
    name = document.get("type")
    if not isinstance(name, str):
        raise RemoteProtocolError("a header without a type")
    if name not in _CLASSES:
        return Unknown(name)
    fields = document.get("fields")
    if not isinstance(fields, dict):
        raise RemoteProtocolError(f"{name} without fields")
    try:
        message: messages.Message = _record(name).decode(fields, _cut(document.get("buffers"), body))
    except FieldError as error:
        raise RemoteProtocolError(f"{name}.{error}") from None
    return message


def _parse(header: bytes) -> dict[str, Any]:
    try:
        document = json.loads(header.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RemoteProtocolError(f"a header that is not strict JSON: {error}") from None
    if not isinstance(document, dict):
        raise RemoteProtocolError("a header that is not a JSON object")
    return document


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _cut(lengths: object, body: bytes) -> list[bytes]:
    """The buffers of a body, which must be exactly as long as they are together."""
    if not isinstance(lengths, list) or not all(type(length) is int and length >= 0 for length in lengths):
        raise RemoteProtocolError("a header whose buffers are not a list of lengths")
    if sum(lengths) != len(body):
        raise RemoteProtocolError(f"a body of {len(body)} bytes where {sum(lengths)} were announced")
    buffers: list[bytes] = []
    start = 0
    for length in lengths:
        buffers.append(body[start : start + length])
        start += length
    return buffers
