"""One end of the wire without a socket: bytes in and messages out, messages in and bytes out.

The owner of the socket sends ``bytes_to_send()`` after creating the connection and after every ``receive``, until
``ready``; from then on it sends what ``send`` returns. After a ``RemoteProtocolError`` it closes the socket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .codec import Unknown, decode, encode
from .errors import LocalProtocolError, RemoteProtocolError
from .framing import FrameDecoder
from .handshake import Handshake, Role
from .messages import FACTS, ORDERS

if TYPE_CHECKING:
    from .messages import Message

_MAY_SEND: dict[Role, tuple[type, ...]] = {"probe": FACTS, "session": ORDERS}
_MAY_RECEIVE: dict[Role, tuple[type, ...]] = {"probe": ORDERS, "session": FACTS}


class Connection:
    """The protocol's state at one end: first the handshake, then facts one way and orders the other.

    Attributes:
        skipped: messages of unknown type that were passed over; a newer peer may send some.
        skipped_types: their names.
    """

    def __init__(self, role: Role, token: bytes, nonce: bytes | None = None) -> None:
        self._handshake = Handshake(role, token, nonce)
        self._decoder = FrameDecoder()
        self._may_send = _MAY_SEND[role]
        self._may_receive = _MAY_RECEIVE[role]
        self._failed = False
        self.skipped = 0
        self.skipped_types: set[str] = set()

    @property
    def ready(self) -> bool:
        """Both sides have proven the token and nothing has gone wrong since."""
        return self._handshake.done and not self._failed

    def bytes_to_send(self) -> bytes:
        """Bytes of the handshake that are due now; each is given once."""
        return b"" if self._failed else self._handshake.bytes_to_send()

    def receive(self, data: bytes) -> list[Message]:
        """Take bytes in whatever pieces they arrived; return the messages that are whole now.

        Raises:
            RemoteProtocolError: handshake, frame or message is not what the protocol allows. Nothing that comes after
                is looked at.
        """
        if self._failed:
            raise RemoteProtocolError("the connection failed before")
        try:
            return self._receive(data)
        except RemoteProtocolError:
            self._failed = True
            raise

    def send(self, message: Message) -> bytes:
        """The frame of a message.

        Raises:
            LocalProtocolError: not ready yet, or not a message that this side may send.
        """
        if not self.ready:
            raise LocalProtocolError(f"{type(message).__name__} before both sides have proven the token")
        if not isinstance(message, self._may_send):
            raise LocalProtocolError(f"{type(message).__name__} is not this side's to send")
        return encode(message)

    def _receive(self, data: bytes) -> list[Message]:
        if not self._handshake.done:
            data = self._handshake.feed(data)
        if not self._handshake.done:
            return []
        messages: list[Message] = []
        for header, body in self._decoder.feed(data):
            message = decode(header, body)
            if isinstance(message, Unknown):
                self.skipped += 1
                self.skipped_types.add(message.type)
            elif not isinstance(message, self._may_receive):
                raise RemoteProtocolError(f"{type(message).__name__} is not the other side's to send")
            else:
                messages.append(message)
        return messages
