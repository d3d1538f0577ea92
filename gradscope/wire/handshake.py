"""Both sides prove that they know the same 32 bytes before either parses a word of the other.

What it promises
    When ``done`` is True, whoever is at the other end knew the token at this very moment and plays the other role.
    Until then nothing but bytes of fixed length is looked at: no JSON, no length that a stranger chose.

How it works
    Each side sends a greeting as soon as it likes, and its proof as soon as it has read the other's greeting::

        greeting = "GradScope handshake 1\\n" + role ("P" or "S") + nonce (32 random bytes)
        proof    = HMAC-SHA256(token, "GradScope proof 1" + role + own nonce + peer's nonce)

    The proof covers both nonces, so an old one does not fit again (replay): its prover's nonce may return, the
    verifier's never does. It covers the prover's role, and only the opposite role is accepted, so a proof cannot be
    sent back to where it came from (reflection). Proofs are compared in constant time. The first wrong byte of a
    greeting ends it, so a stranger's protocol is refused without waiting for its 55 bytes.

What it does not do
    It encrypts nothing and does not bind the messages after it to the proof: whoever can read and change the bytes of a
    local socket is already the user or root. Other machines are reached through an ssh tunnel. It does not know time
    either: who owns the socket gives it 5 seconds and then closes.
"""

from __future__ import annotations

import hmac
import os
from typing import Literal

from .errors import LocalProtocolError, RemoteProtocolError

Role = Literal["probe", "session"]

TOKEN_BYTES = 32
NONCE_BYTES = 32
PROOF_BYTES = 32
DEADLINE_SECONDS = 5.0
_GREETING = b"GradScope handshake 1\n"
_PROOF = b"GradScope proof 1"
_LETTERS: dict[Role, bytes] = {"probe": b"P", "session": b"S"}
_GREETING_BYTES = len(_GREETING) + 1 + NONCE_BYTES


def token_from_hex(text: str) -> bytes:
    """The token from what stands in a token file: 64 hexadecimal characters.

    Raises:
        LocalProtocolError: it is not that.
    """
    try:
        token = bytes.fromhex(text.strip())
    except ValueError:
        token = b""
    if len(token) != TOKEN_BYTES:
        raise LocalProtocolError(f"a token is {2 * TOKEN_BYTES} hexadecimal characters")
    return token


class Handshake:
    """One side of it, without a socket: bytes in, bytes out.

    Args:
        role: the side that this one plays.
        token: the 32 bytes that both sides know.
        nonce: 32 bytes never used before; only tests choose them.
    """

    def __init__(self, role: Role, token: bytes, nonce: bytes | None = None) -> None:
        if role not in _LETTERS:
            raise LocalProtocolError(f"no such role: {role!r}")
        if len(token) != TOKEN_BYTES:
            raise LocalProtocolError(f"a token is {TOKEN_BYTES} bytes, not {len(token)}")
        self._token = token
        self._letter = _LETTERS[role]
        self._expected_prefix = _GREETING + _LETTERS["session" if role == "probe" else "probe"]
        self._nonce = os.urandom(NONCE_BYTES) if nonce is None else nonce
        self._peer_nonce = b""
        self._outgoing = _GREETING + self._letter + self._nonce
        self._incoming = bytearray()
        self.done = False

    def bytes_to_send(self) -> bytes:
        """What is due now; each byte is given once."""
        outgoing, self._outgoing = self._outgoing, b""
        return outgoing

    def feed(self, data: bytes) -> bytes:
        """Take what arrived; return what came after the peer's proof and is not the handshake's.

        Raises:
            RemoteProtocolError: the peer is no GradScope, plays the wrong role, or does not know the token.
        """
        self._incoming += data
        if not self._peer_nonce:
            self._read_greeting()
        if self._peer_nonce and not self.done:
            self._read_proof()
        if not self.done:
            return b""
        rest = bytes(self._incoming)
        self._incoming.clear()
        return rest

    def _read_greeting(self) -> None:
        seen = bytes(self._incoming[: len(self._expected_prefix)])
        if seen != self._expected_prefix[: len(seen)]:
            raise RemoteProtocolError("the other side does not speak GradScope's protocol, or plays the same role")
        if len(self._incoming) < _GREETING_BYTES:
            return
        self._peer_nonce = bytes(self._incoming[len(self._expected_prefix) : _GREETING_BYTES])
        del self._incoming[:_GREETING_BYTES]
        if self._peer_nonce == self._nonce:
            raise RemoteProtocolError("the other side sent our own nonce back")
        self._outgoing += self._proof(self._letter, self._nonce, self._peer_nonce)

    def _read_proof(self) -> None:
        if len(self._incoming) < PROOF_BYTES:
            return
        expected = self._proof(self._expected_prefix[-1:], self._peer_nonce, self._nonce)
        if not hmac.compare_digest(bytes(self._incoming[:PROOF_BYTES]), expected):
            raise RemoteProtocolError("the other side does not know the token")
        del self._incoming[:PROOF_BYTES]
        self.done = True

    def _proof(self, letter: bytes, prover_nonce: bytes, verifier_nonce: bytes) -> bytes:
        return hmac.digest(self._token, _PROOF + letter + prover_nonce + verifier_nonce, "sha256")
