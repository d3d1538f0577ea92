"""Errors of the protocol, named by who is at fault."""

from __future__ import annotations


class ProtocolError(Exception):
    """Something was said that the protocol does not allow. The connection cannot go on."""


class LocalProtocolError(ProtocolError):
    """This side tried to say something it may not say, or not yet. A mistake in our own program."""


class RemoteProtocolError(ProtocolError):
    """The other side said something it may not say: garbage, a foreign program, or a wrong token."""
