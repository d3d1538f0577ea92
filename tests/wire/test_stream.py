"""Any split of a stream gives the same messages, and garbage gives nothing but ``ProtocolError``."""

from __future__ import annotations

import contextlib
import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradscope.wire import framing
from gradscope.wire import messages as m
from gradscope.wire.codec import decode, encode
from gradscope.wire.connection import Connection
from gradscope.wire.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from gradscope.wire.framing import FrameDecoder, build_frame

from .goldens import SAMPLES

FACTS = [sample for sample in SAMPLES if isinstance(sample, m.FACTS)]
TOKEN = bytes(range(32))
PROBE_NONCE = b"p" * 32
SESSION_NONCE = b"s" * 32


def pair() -> tuple[Connection, Connection, bytes]:
    """A ready probe end, a session end that has greeted, and the bytes that the latter must still read."""
    probe = Connection("probe", TOKEN, PROBE_NONCE)
    session = Connection("session", TOKEN, SESSION_NONCE)
    to_session = probe.bytes_to_send()
    probe.receive(session.bytes_to_send())
    to_session += probe.bytes_to_send()
    waiting = Connection("session", TOKEN, SESSION_NONCE)
    session.receive(to_session)
    probe.receive(session.bytes_to_send())
    return probe, waiting, to_session


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[start:end] for start, end in pairwise(places)]


@given(st.lists(st.sampled_from(FACTS), max_size=6), st.lists(st.integers(0, 1 << 20), max_size=12))
def test_any_split_gives_the_same_messages(facts: list[m.Message], cuts: list[int]) -> None:
    probe, session, stream = pair()
    stream += b"".join(probe.send(fact) for fact in facts)
    received = [message for piece in pieces(stream, cuts) for message in session.receive(piece)]
    assert session.ready
    assert repr(received) == repr(facts)


def test_byte_by_byte_gives_the_same_messages() -> None:
    probe, session, stream = pair()
    stream += b"".join(probe.send(fact) for fact in FACTS)
    received = [message for byte in stream for message in session.receive(bytes([byte]))]
    assert repr(received) == repr(FACTS)


@given(st.binary(max_size=200))
def test_garbage_instead_of_a_greeting(garbage: bytes) -> None:
    session = Connection("session", TOKEN)
    with contextlib.suppress(ProtocolError):
        assert session.receive(garbage) == []
    assert not session.ready


@given(st.binary(max_size=300), st.booleans())
def test_garbage_after_the_handshake(garbage: bytes, framed: bool) -> None:
    _, session, stream = pair()
    session.receive(stream)
    if framed:
        garbage = build_frame(garbage[:100], [garbage[100:]])
    try:
        session.receive(garbage)
    except ProtocolError:
        assert not session.ready


@given(st.sampled_from(SAMPLES), st.integers(0), st.integers(1, 255))
def test_one_flipped_byte_is_a_message_or_a_protocol_error(sample: m.Message, place: int, change: int) -> None:
    frame = bytearray(encode(sample))
    frame[place % len(frame)] ^= change
    try:
        for header, body in FrameDecoder().feed(bytes(frame)):
            decode(header, body)
    except ProtocolError:
        pass


@pytest.mark.parametrize("wrong", [b"GET / HTTP/1.1", b"G" + b"X", b"\0"])
def test_a_foreign_stream_fails_at_its_first_wrong_byte(wrong: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="not a frame"):
        FrameDecoder().feed(wrong)


def test_an_announced_size_over_the_limit_fails_before_it_arrives() -> None:
    with pytest.raises(RemoteProtocolError, match="header of"):
        FrameDecoder().feed(struct.pack("<4sII", framing.MAGIC, framing.HEADER_LIMIT + 1, 0))
    with pytest.raises(RemoteProtocolError, match="body of"):
        FrameDecoder().feed(struct.pack("<4sII", framing.MAGIC, 2, framing.BODY_LIMIT + 1))


def test_a_frame_over_the_limit_is_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "BODY_LIMIT", 3)
    with pytest.raises(LocalProtocolError, match="body of 4 bytes"):
        build_frame(b"{}", [b"ab", b"cd"])


def test_a_frame_that_has_begun_is_pending() -> None:
    decoder = FrameDecoder()
    frame = encode(m.Detach())
    assert decoder.feed(frame + frame[:7]) != []
    assert decoder.pending == 7
    assert len(decoder.feed(frame[7:])) == 1
    assert decoder.pending == 0


def test_nothing_is_sent_before_both_have_proven_the_token() -> None:
    with pytest.raises(LocalProtocolError, match="before both sides have proven the token"):
        Connection("session", TOKEN).send(m.Detach())


def test_each_side_sends_its_own_family_only() -> None:
    probe, session, stream = pair()
    session.receive(stream)
    with pytest.raises(LocalProtocolError, match="Detach is not this side's to send"):
        probe.send(m.Detach())
    with pytest.raises(RemoteProtocolError, match="Detach is not the other side's to send"):
        session.receive(encode(m.Detach()))


def test_unknown_messages_are_counted_and_passed_over() -> None:
    probe, session, stream = pair()
    new = build_frame(b'{"type":"Telepathy","buffers":[],"fields":{}}', [])
    assert session.receive(stream + new + probe.send(m.Resumed())) == [m.Resumed()]
    assert (session.skipped, session.skipped_types) == (1, {"Telepathy"})


def test_after_an_error_a_connection_stays_dead() -> None:
    probe, session, stream = pair()
    session.receive(stream)
    with pytest.raises(RemoteProtocolError):
        session.receive(b"garbage")
    with pytest.raises(RemoteProtocolError, match="failed before"):
        session.receive(probe.send(m.Resumed()))
    with pytest.raises(LocalProtocolError):
        session.send(m.Detach())
    assert not session.ready
