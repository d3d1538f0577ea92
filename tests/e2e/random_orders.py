"""``python -m tests.e2e.random_orders [ORDERS] [SEED]``: a seeded crowd of orders, kills and losses against real runs.

Every run is one way of ending: by itself, killed or let go of while it runs, pauses, or is paused; a probe that reports
late or never; started again in the middle. In between random orders are given, also several at once, with random
breakpoints. What must hold: something always happens within a limit (never stuck), each row of the table of lives is
taken, and a training that was allowed to end says the same digest as one that nobody watched.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradscope.session.run as run_module
from gradscope.graph.life import TRANSITIONS
from gradscope.session.launch import LaunchSpec
from gradscope.session.session import Session
from gradscope.wire import messages as m

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.graph.state import RunState

SCRIPT = Path(__file__).parents[1] / "scripts" / "orders.py"
LIMIT = 90.0
ITERATIONS = 24
EVENTS = {
    "ProcessStarted": "started",
    "Hello": "greeted",
    "PauseAsked": "asked_to_pause",
    "Paused": "paused",
    "Resumed": "resumed",
    "ConnectionLost": "lost",
    "ProcessExited": "exited",
}
# How a run goes and ends, and which words its script is given.
WAYS: dict[str, str] = {
    "finish": "train",
    "finish_again": "train",
    "kill_running": "nap",
    "kill_pausing": "nap",
    "kill_paused": "train",
    "let_go_running": "nap",
    "let_go_pausing": "nap",
    "let_go_paused": "train",
    "late": "late",
    "never": "never",
    "restart": "train",
}
STEPS: tuple[tuple[m.StepKind, dict[str, Any]], ...] = (
    ("into", {}),
    ("into", {}),
    ("into", {}),
    ("phase", {}),
    ("phase", {"phase": "backward"}),
    ("out", {}),
    ("iteration", {}),
    ("iterations", {"count": 2}),
    ("loss_below", {"threshold": 2.0}),
    ("loss_above", {"threshold": 0.5}),
    ("epoch", {}),
    ("node", {"node": 3}),
    ("pause", {}),
    ("continue", {}),
)
BREAKS: tuple[dict[str, Any], ...] = (
    {"kind": "any", "condition": "nonfinite"},
    {"kind": "any", "condition": "above", "threshold": 1.0},
    {"kind": "node", "name": "fc1.weight", "every": 2},
    {"kind": "node", "call": "fc2#0", "operation": "AddmmBackward0", "condition": "growth", "threshold": 1.5},
    {"kind": "operation", "operation": "ReluBackward0", "log": True},
    {"kind": "call", "call": "fc2"},
    {"kind": "phase", "name": "update", "once": True},
    {"kind": "loss", "condition": "below", "threshold": 5.0},
    {"kind": "parameter"},
)


class Stuck(AssertionError):
    """Nothing happened within the limit."""


@dataclass
class Crowd:
    """Plays runs until so many orders were given."""

    folder: Path
    seed: int = 0
    orders: int = 0
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.changed = threading.Condition()
        self.messages: list[Any] = []
        self.output = ""
        self.life = "idle"
        self.resumed = 0
        self.digest = _digest(ITERATIONS)

    def play(self, way: str, orders: int) -> None:
        """One run of about so many orders, ended in this way."""
        self.ways[way] += 1
        # A probe that does not report, and a process that goes without a word, are missed sooner than by a person.
        run_module.UNREPORTED_AFTER = 0.3 if way == "late" else 30.0
        run_module.LOST_AFTER = 0.15
        self.messages, self.output, self.life = [], "", "idle"
        self.session = Session(self._listen, self._hear)
        words = (str(SCRIPT), WAYS[way], str(ITERATIONS))
        pause = way not in ("kill_running", "let_go_running", "kill_pausing", "let_go_pausing")
        place = str(self.folder / f"{sum(self.ways.values())}.gscope")
        spec = LaunchSpec(words, pause=pause, hold_at_end=pause, record_to=place)
        self.session.start(spec)
        try:
            getattr(self, f"_{way}")(orders)
        finally:
            self.session.stop()
            self.session.wait(20)
            self.session.close(leave_running=False)
        assert self.life == "ended", self.life

    # -- the ways

    def _finish(self, orders: int) -> None:
        self._disturb(orders)
        self._end()

    def _finish_again(self, orders: int) -> None:
        """The same session runs it twice."""
        self._disturb(orders // 2)
        self._end()
        self.output = ""
        assert self.session.wait(LIMIT) == 0  # until then its recording is being written
        assert self.session.spec is not None
        self.session.start(self.session.spec)
        self._disturb(orders - orders // 2)
        self._end()

    def _restart(self, orders: int) -> None:
        self._disturb(orders // 2)
        self.output = ""
        self.session.restart()
        self._until(lambda: isinstance(self._last(m.Hello), m.Hello), "a restart")
        self._disturb(orders - orders // 2)
        self._end()

    def _kill_running(self, orders: int) -> None:
        self._to_the_nap(pausing=False)
        self._give_blindly(orders // 8)
        self._kill()

    def _kill_pausing(self, orders: int) -> None:
        self._to_the_nap(pausing=True)
        self._give_blindly(orders // 8)
        self._kill()

    def _kill_paused(self, orders: int) -> None:
        self._disturb(orders)
        self._held()
        self._kill()

    def _let_go_running(self, orders: int) -> None:
        self._to_the_nap(pausing=False)
        self._let_go(orders)

    def _let_go_pausing(self, orders: int) -> None:
        self._to_the_nap(pausing=True)
        self._let_go(orders)

    def _let_go_paused(self, orders: int) -> None:
        self._disturb(orders)
        self._held()
        self._let_go(0)

    def _late(self, orders: int) -> None:
        """The session has given the probe up when it reports."""
        self._until(lambda: self.life not in ("idle", "connecting"), "word that nobody reports")
        assert self.life == "lost", self.life
        self._disturb(orders)
        self._end()

    def _never(self, orders: int) -> None:
        self._give_blindly(orders // 8)
        self._until(lambda: self.life == "ended", "an end")
        assert self.session.state.exit_code == 3

    # -- what they are made of

    def _disturb(self, orders: int) -> None:
        """Orders at pauses; a run that goes on freely is asked to pause again."""
        self._until(lambda: self.life in ("paused", "ended"), "a first pause")
        for _ in range(orders):
            if not self._held():
                return
            self._give_one()

    def _give_one(self) -> None:
        chance = self.chance
        if chance.random() < 0.15:
            wanted = chance.sample(BREAKS, chance.randrange(4))
            breaks = tuple(m.Breakpoint(number, **one) for number, one in enumerate(wanted, 1))
            self._order(m.SetBreakpoints(breaks))
        if chance.random() < 0.2:
            self._order(m.RequestTensor(1, chance.choice(("gradient", "value", "accumulated")), chance.randrange(20)))
        if chance.random() < 0.1:
            self._order(m.RequestStack(2))
        kind, details = chance.choice(STEPS)
        before = self.resumed
        for _ in range(chance.choice((1, 1, 1, 2, 5))):  # a double click, a held key
            self._order(m.Step(kind, **details))
        if kind != "pause":  # it is paused
            self._until(lambda: self.resumed > before or self.life == "ended", f"effect of {kind}")

    def _held(self) -> bool:
        """Wait until it is held; False if it ended instead."""
        deadline = time.monotonic() + LIMIT
        asked = 0.0
        while self.life not in ("paused", "ended"):
            if self.life == "running" and time.monotonic() > asked + 0.2:
                asked = time.monotonic()
                self.session.pause()
                self.orders += 1
            if time.monotonic() > deadline:
                raise Stuck(f"{self.life}: {self.session.state.phase}, {self._tail()}")
            with self.changed:
                self.changed.wait(0.05)
        return self.life == "paused"

    def _to_the_nap(self, pausing: bool) -> None:
        self._until(lambda: "nap" in self.output or self.life == "ended", "the nap")
        if pausing:
            self.session.pause()
            self._until(lambda: self.life == "pausing", "pausing")
            self.session.pause()
            self.orders += 2

    def _give_blindly(self, orders: int) -> None:
        """Orders that nobody waits for."""
        for _ in range(orders):
            self._order(self.chance.choice((m.RequestStack(3), m.SetBreakpoints(()), m.RequestTensor(4, "value", 0))))

    def _let_go(self, orders: int) -> None:
        self._order(m.Detach())
        self._give_blindly(orders // 8)
        self._until(lambda: self.life in ("lost", "ended"), "word of the loss")
        self._until(lambda: self.life == "ended", "an end")
        self._check()

    def _kill(self) -> None:
        hello = self.session.state.hello
        assert hello is not None
        os.kill(hello.pid, signal.SIGKILL)
        self._give_blindly(5)
        self._until(lambda: self.life == "ended", "an end")

    def _end(self) -> None:
        """Let it go on to its end, which must be that of an untouched run."""
        self._order(m.SetBreakpoints(()))
        deadline = time.monotonic() + LIMIT
        while self.life != "ended":
            if self.life == "paused":
                self._order(m.Step("continue"))
            if time.monotonic() > deadline:
                raise Stuck(f"{self.life} at the end: {self._tail()}")
            with self.changed:
                self.changed.wait(0.1)
        self._check()

    def _check(self) -> None:
        code = self.session.state.exit_code
        if code != 0 or f"digest {self.digest}" not in self.output:
            self.wrong.append(f"exit code {code}: {self.output[-300:]}")
        self.finished += 1

    def _order(self, order: m.Order) -> None:
        self.orders += 1
        self.session.order(order)

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        with self.changed:
            if not self.changed.wait_for(condition, LIMIT):
                raise Stuck(f"no {what}: {self.life}, {self._tail()}")

    def _last(self, kind: type) -> Any:
        return next((message for message in reversed(self.messages) if isinstance(message, kind)), None)

    def _tail(self) -> str:
        return f"{[type(message).__name__ for message in self.messages[-8:]]} {self.output[-200:]}"

    def _listen(self, state: RunState, message: Any) -> None:
        event = EVENTS.get(type(message).__name__)
        with self.changed:
            if event is not None:
                self.rows[(self.life, event)] += 1
            self.resumed += isinstance(message, m.Resumed)
            if isinstance(message, m.Paused):
                self.points[message.point] += 1
            self.messages.append(message)
            del self.messages[:-40]
            self.life = state.life
            self.changed.notify_all()

    def _hear(self, _: str, text: str) -> None:
        with self.changed:
            self.output += text
            self.changed.notify_all()


def _digest(iterations: int) -> str:
    """What the training comes to when nobody watches."""
    words = [sys.executable, str(SCRIPT), "train", str(iterations)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return done.stdout.split("digest ")[1].strip()


def main() -> None:
    """Play until so many orders were given and each row was taken twenty times; print the counts."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    with tempfile.TemporaryDirectory() as folder:
        crowd = Crowd(Path(folder), seed)
        began = time.monotonic()
        while crowd.orders < wanted or any(crowd.rows[row] < 20 for row in TRANSITIONS):
            for way in WAYS:
                crowd.play(way, 30 if crowd.orders < wanted else 4)  # then only for the rows that are rarely taken
                for file in Path(folder).iterdir():
                    file.unlink()
            least = min(crowd.rows[row] for row in TRANSITIONS)
            print(f"{crowd.orders} orders, least row {least}, {time.monotonic() - began:.0f} s", flush=True)
            if crowd.wrong:
                break
    for (life, event), target in TRANSITIONS.items():
        print(f"{life:>12} + {event:<15} -> {target:<12} {crowd.rows[(life, event)]:>6}")
    print(f"{crowd.orders} orders in {sum(crowd.ways.values())} runs, {dict(crowd.points)}")
    print(f"{crowd.finished} ended by themselves, {len(crowd.wrong)} of them otherwise than alone: {crowd.wrong}")
    sys.exit(1 if crowd.wrong else 0)


if __name__ == "__main__":
    main()
