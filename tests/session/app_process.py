"""Stands for the app in tests that kill it: starts the fake probe, says when it is under way, and waits."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from gradscope.session.launch import LaunchSpec
from gradscope.session.session import Session


def main(recording: str, done: str, *words: str) -> None:
    fake = str(Path(__file__).with_name("fake_probe.py"))
    session = Session(lambda *_: None)
    spec = LaunchSpec((fake, *words), python=sys.executable, record_to=recording, environment=(("FAKE_DONE", done),))
    session.start(spec)
    while len(session.state.history) < 3 or ("held" in words and session.state.life != "paused"):
        time.sleep(0.02)
    time.sleep(1.5)
    print("under way", flush=True)
    time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
