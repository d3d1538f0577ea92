"""Only who knows the token gets in: not with a wrong one, an old proof, our own proof, or half of one."""

from __future__ import annotations

import pytest

from gradscope.wire.connection import Connection
from gradscope.wire.errors import LocalProtocolError, RemoteProtocolError
from gradscope.wire.handshake import Handshake, Role, token_from_hex

TOKEN = bytes(range(32))
GREETING_BYTES = 55


def exchange(probe: Connection, session: Connection) -> tuple[bytes, bytes]:
    """Carry bytes both ways until nothing is due; return what each side said."""
    said = {id(probe): b"", id(session): b""}
    moved = True
    while moved:
        moved = False
        for sender, receiver in ((probe, session), (session, probe)):
            if data := sender.bytes_to_send():
                moved = True
                said[id(sender)] += data
                receiver.receive(data)
    return said[id(probe)], said[id(session)]


def test_two_who_know_the_token_are_ready() -> None:
    probe, session = Connection("probe", TOKEN), Connection("session", TOKEN)
    exchange(probe, session)
    assert probe.ready
    assert session.ready


def test_the_token_itself_never_crosses() -> None:
    said = b"".join(exchange(Connection("probe", TOKEN), Connection("session", TOKEN)))
    assert TOKEN not in said
    assert TOKEN.hex().encode() not in said


@pytest.mark.parametrize("stranger", ["probe", "session"])
def test_a_wrong_token_is_refused_by_either_side(stranger: Role) -> None:
    wrong = b"\0" * 32
    probe = Connection("probe", wrong if stranger == "probe" else TOKEN)
    session = Connection("session", wrong if stranger == "session" else TOKEN)
    with pytest.raises(RemoteProtocolError, match="does not know the token"):
        exchange(probe, session)
    assert not probe.ready
    assert not session.ready


def test_a_recorded_conversation_does_not_open_another_one() -> None:
    recorded, _ = exchange(Connection("probe", TOKEN), Connection("session", TOKEN))
    session = Connection("session", TOKEN)
    with pytest.raises(RemoteProtocolError, match="does not know the token"):
        session.receive(recorded)


def test_a_proof_sent_back_to_where_it_came_from_is_refused() -> None:
    session = Connection("session", TOKEN)
    with pytest.raises(RemoteProtocolError, match="plays the same role"):
        session.receive(session.bytes_to_send())


def test_a_proof_reflected_under_the_other_role_is_refused() -> None:
    session = Connection("session", TOKEN)
    greeting = session.bytes_to_send()
    nonce = greeting[-32:]
    disguised = greeting[:-33] + b"P" + bytes(reversed(nonce))
    session.receive(disguised)
    with pytest.raises(RemoteProtocolError, match="does not know the token"):
        session.receive(session.bytes_to_send())


def test_our_own_nonce_coming_back_is_refused() -> None:
    session = Connection("session", TOKEN)
    greeting = session.bytes_to_send()
    with pytest.raises(RemoteProtocolError, match="our own nonce"):
        session.receive(greeting[:-33] + b"P" + greeting[-32:])


def test_no_beginning_of_the_handshake_is_enough() -> None:
    nonces = {"probe": b"p" * 32, "session": b"s" * 32}
    whole, _ = exchange(Connection("probe", TOKEN, nonces["probe"]), Connection("session", TOKEN, nonces["session"]))
    for length in range(len(whole)):
        session = Connection("session", TOKEN, nonces["session"])
        assert session.receive(whole[:length]) == []
        assert not session.ready
    session = Connection("session", TOKEN, nonces["session"])
    session.receive(whole)
    assert session.ready


def test_a_stranger_is_refused_before_a_whole_greeting() -> None:
    with pytest.raises(RemoteProtocolError, match="does not speak"):
        Connection("session", TOKEN).receive(b"GET /")


def test_nothing_of_a_frame_is_looked_at_before_the_proof() -> None:
    session = Connection("session", TOKEN)
    greeting = Connection("probe", TOKEN).bytes_to_send()
    assert len(greeting) == GREETING_BYTES
    with pytest.raises(RemoteProtocolError, match="does not know the token"):
        session.receive(greeting + b"GSF1" + b"\xff" * 40)


def test_each_connection_draws_its_own_nonce() -> None:
    greetings = {Connection("probe", TOKEN).bytes_to_send() for _ in range(20)}
    assert len(greetings) == 20


def test_bytes_after_the_proof_belong_to_the_frames() -> None:
    probe, session = Handshake("probe", TOKEN), Handshake("session", TOKEN)
    probe.feed(session.bytes_to_send())
    assert session.feed(probe.bytes_to_send() + b"GSF1") == b"GSF1"
    assert session.done


def test_a_token_is_64_hexadecimal_characters() -> None:
    assert token_from_hex(TOKEN.hex() + "\n") == TOKEN
    for wrong in ("", "zz" * 32, "ab" * 31):
        with pytest.raises(LocalProtocolError, match="64 hexadecimal characters"):
            token_from_hex(wrong)


def test_a_token_of_another_length_is_our_own_mistake() -> None:
    with pytest.raises(LocalProtocolError, match="32 bytes, not 64"):
        Connection("probe", TOKEN.hex().encode())
