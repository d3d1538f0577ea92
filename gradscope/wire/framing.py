"""Cuts a byte stream into frames and puts frames together: magic, two lengths, a JSON header, a body of raw buffers.

::

    4 bytes  magic "GSF1"
    u32 LE   length of the header, at most 16 MiB
    u32 LE   length of the body, at most 256 MiB
    header   JSON, see ``codec``
    body     the message's buffers, one after the other, little-endian

What is claimed is checked before anything is kept: a stream that is not ours fails at its first wrong byte.
"""

from __future__ import annotations

import struct

from .errors import LocalProtocolError, RemoteProtocolError

MAGIC = b"GSF1"
HEADER_LIMIT = 16 * 1024 * 1024
BODY_LIMIT = 256 * 1024 * 1024
_PREFIX = struct.Struct("<4sII")


def build_frame(header: bytes, buffers: list[bytes]) -> bytes:
    """One frame as bytes; each buffer is copied once.

    Raises:
        LocalProtocolError: header or body is larger than a frame may be.
    """
    size = sum(map(len, buffers))
    if len(header) > HEADER_LIMIT:
        raise LocalProtocolError(f"header of {len(header)} bytes is over the limit of {HEADER_LIMIT}")
    if size > BODY_LIMIT:
        raise LocalProtocolError(f"body of {size} bytes is over the limit of {BODY_LIMIT}")
    return b"".join((_PREFIX.pack(MAGIC, len(header), size), header, *buffers))


class FrameDecoder:
    """Takes bytes as they arrive, in any pieces, and gives the whole frames among them."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Bytes of a frame that has begun and is not whole yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Add bytes; return (header, body) of every frame that is whole now.

        Raises:
            RemoteProtocolError: the stream is not one of frames, or a frame is over the limits.
        """
        stream: bytes | bytearray = data  # whole frames in one piece, the usual case, are cut without being kept first
        if self._buffer:
            self._buffer += data
            stream = self._buffer
        frames: list[tuple[bytes, bytes]] = []
        start = 0
        while (lengths := _read_prefix(stream, start)) is not None:
            header_start = start + _PREFIX.size
            body_start = header_start + lengths[0]
            end = body_start + lengths[1]
            if end > len(stream):
                break
            with memoryview(stream) as view:
                frames.append((bytes(view[header_start:body_start]), bytes(view[body_start:end])))
            start = end
        if stream is self._buffer:
            del self._buffer[:start]
        else:
            self._buffer += data[start:]
        return frames


def _read_prefix(stream: bytes | bytearray, start: int) -> tuple[int, int] | None:
    """Header and body length of the frame at ``start``; None while its prefix is not whole."""
    seen = bytes(stream[start : start + len(MAGIC)])
    if seen != MAGIC[: len(seen)]:
        raise RemoteProtocolError(f"not a frame: it begins with {seen!r}")
    if len(stream) - start < _PREFIX.size:
        return None
    _, header, body = _PREFIX.unpack_from(stream, start)
    if header > HEADER_LIMIT:
        raise RemoteProtocolError(f"a header of {header} bytes is over the limit of {HEADER_LIMIT}")
    if body > BODY_LIMIT:
        raise RemoteProtocolError(f"a body of {body} bytes is over the limit of {BODY_LIMIT}")
    return header, body
