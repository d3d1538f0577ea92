"""Messages as the bytes of a recording: frames of the wire, compressed, and session events as JSON."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec

from gradscope.graph.state import ConnectionLost, PauseAsked, ProcessExited, ProcessStarted
from gradscope.wire import codec
from gradscope.wire import messages as m
from gradscope.wire.framing import FrameDecoder
from gradscope.wire.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradscope.graph.state import SessionEvent

SESSION_EVENTS: dict[str, type[SessionEvent]] = {
    kind.__name__: kind for kind in (ProcessStarted, ConnectionLost, ProcessExited, PauseAsked)
}
_FAST = 1  # most columns of a light iteration say "not measured": level 1 takes out nearly all that can be


def pack(messages: Iterable[m.Message]) -> bytes:
    """Messages as one compressed piece."""
    return zlib.compress(b"".join(map(codec.encode, messages)), _FAST)


def unpack(data: bytes) -> list[m.Message]:
    """The messages of ``pack``; those that only a newer GradScope knows are passed over.

    Raises:
        zlib.error, ProtocolError: the bytes are damaged.
    """
    decoded = (codec.decode(header, body) for header, body in FrameDecoder().feed(zlib.decompress(data)))
    return [message for message in decoded if not isinstance(message, codec.Unknown)]


def pack_event(event: SessionEvent) -> bytes:
    """A session event as JSON."""
    return msgspec.json.encode(event)


def unpack_event(kind: str, data: bytes) -> SessionEvent | None:
    """The event of ``pack_event``; None if its kind is not known here.

    Raises:
        msgspec.DecodeError: the bytes are damaged.
    """
    known = SESSION_EVENTS.get(kind)
    return msgspec.json.decode(data, type=known) if known else None


def graph_mark(graph: m.GraphCaptured) -> m.GraphCaptured:
    """What stands in a block for a graph that is kept once for all."""
    return m.GraphCaptured(graph.fingerprint, (), Table(), Table(), Table(), Table(), False, graph.iteration)


def is_graph_mark(message: m.Message) -> bool:
    """Whether a message only marks the place of a graph."""
    return isinstance(message, m.GraphCaptured) and not message.partial
