"""The training process loads the package under a private name; it must work there and never touch ``gradscope``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gradscope

PACKAGE = Path(gradscope.__file__).parent

# As the probe's bootstrap does it: an empty parent package of the private name whose path is the folder of ours.
LOADER = """
import importlib, sys, types
sys.path[:] = [entry for entry in sys.path if entry]
parent = types.ModuleType("_gradscope_agent")
parent.__path__ = [{package!r}]
sys.modules["_gradscope_agent"] = parent
connection = importlib.import_module("_gradscope_agent.wire.connection")
messages = importlib.import_module("_gradscope_agent.wire.messages")
table = importlib.import_module("_gradscope_agent.wire.table")
probe, session = connection.Connection("probe", b"t" * 32), connection.Connection("session", b"t" * 32)
for sender, receiver in ((probe, session), (session, probe), (probe, session)):
    receiver.receive(sender.bytes_to_send())
sent = messages.IterationEnded(3, loss=float("nan"), parameters=table.Table(("norm",), 1, "f8", b"12345678"))
(received,) = session.receive(probe.send(sent))
assert type(received) is messages.IterationEnded, received
assert repr(received) == repr(sent), received
leaked = sorted(name for name in sys.modules if name.split(".")[0] in ("gradscope", "numpy", "msgspec", "PySide6"))
print("leaked:", leaked)
"""


def test_wire_works_under_a_private_name() -> None:
    command = [sys.executable, "-I", "-c", LOADER.format(package=str(PACKAGE))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert done.stdout.strip() == "leaked: []"
