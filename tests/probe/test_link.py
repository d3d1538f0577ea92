"""The probe's end of the wire, with a real socket and a session's end of the protocol at the other side."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import torch

from gradscope.probe.guard import FAULTS
from gradscope.probe.link import Link
from gradscope.wire import messages as m
from gradscope.wire.connection import Connection

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TOKEN = bytes(range(32))


def test_a_fact_that_cannot_be_said_is_lost_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(TOKEN.hex())
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s"))
    server.listen(1)
    heard: list[Any] = []

    def session() -> None:
        peer, _ = server.accept()
        connection = Connection("session", TOKEN)
        peer.sendall(connection.bytes_to_send())
        while len(heard) < 2:
            heard.extend(connection.receive(peer.recv(65536)))
            peer.sendall(connection.bytes_to_send())
        peer.close()

    listening = threading.Thread(target=session)
    listening.start()
    link = Link(lambda order: None, lambda: None, lambda: False)
    assert link.open(f"unix:{tmp_path / 's'}", str(tmp_path / "token"))
    monkeypatch.setattr(FAULTS, "lost", {})
    monkeypatch.setattr(FAULTS, "tell", lambda feature, reason: link.send(m.FeatureLost(feature, reason)))
    size: Any = torch.tensor(3)  # what a shape is made of while torch's tracer runs
    link.send(m.OnnxTold(1, True, "", inputs=(m.OnnxArray("x", (size,), "float32"),)))
    link.send(m.Resumed())
    listening.join(20)
    link.abandon()
    server.close()
    assert sorted(type(message).__name__ for message in heard) == ["FeatureLost", "Resumed"]
    (lost,) = (message for message in heard if isinstance(message, m.FeatureLost))
    assert lost.feature == "OnnxTold"
    assert "expected int, got Tensor" in lost.reason
