"""A crowd of one: seeded orders, kills, losses and broken connections against real runs, and what was taken."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradscope.session.run as run_module
from gradscope.session.launch import LaunchSpec
from gradscope.session.session import Session
from gradscope.wire import messages as m

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.graph.state import RunState

SCRIPT = Path(__file__).parents[1] / "scripts" / "orders.py"
LIMIT = 90.0
ITERATIONS = 12
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
    "kill_running": "train",
    "kill_pausing": "train",
    "kill_paused": "train",
    "kill_lost": "train",
    "let_go_running": "nap",
    "let_go_pausing": "nap",
    "let_go_paused": "train",
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
FORWARD_LINE = next(n for n, text in enumerate(SCRIPT.read_text("utf-8").splitlines(), 1) if "self.drop(" in text)
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
    {"kind": "function", "operation": "relu"},
    {"kind": "line", "name": "orders.py", "occurrence": FORWARD_LINE, "every": 3},
)


class Stuck(AssertionError):
    """Nothing happened within the limit."""


@dataclass
class Counts:
    """What was given and what was taken."""

    orders: int = 0
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    ways: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, more: Counts) -> None:
        """Those of another crowd on top."""
        self.orders += more.orders
        self.finished += more.finished
        self.wrong += more.wrong
        self.rows.update(more.rows)
        self.ways.update(more.ways)
        self.points.update(more.points)


class Crowd:
    """Plays runs in one process; ``digest`` is that of the training when nobody watches."""

    def __init__(self, folder: Path, seed: int = 0, digest: str = "") -> None:
        self.folder = folder
        self.counts = Counts()
        self.chance = random.Random(seed)
        self.changed = threading.Condition()
        self.messages: list[Any] = []
        self.output = ""
        self.life = "idle"
        self.resumed = self.greeted = self.began = 0
        self.digest = digest or digest_alone()

    def play(self, *ways: str, orders: int) -> None:
        """Runs of one session, each of about so many orders and ended in its way."""
        # A process that goes without a word is missed sooner than by a person; so is, half the time, one that reports.
        run_module.LOST_AFTER = 0.15
        self.session = Session(self._listen, self._hear)
        try:
            for way in ways:
                run_module.UNREPORTED_AFTER = self.chance.choice((0.3, 30.0))
                self._play(way, orders)
        finally:
            self.session.close(leave_running=False)

    def _play(self, way: str, orders: int) -> None:
        self.counts.ways[way] += 1
        self.messages, self.output, self.life = [], "", self.session.state.life
        self.began += 1
        words = (str(SCRIPT), WAYS[way], str(ITERATIONS))
        pause = way not in ("let_go_running", "let_go_pausing")
        place = self.folder / f"{self.began}.gscope"
        self.session.start(LaunchSpec(words, pause=pause, hold_at_end=pause, record_to=str(place)))
        try:
            getattr(self, f"_{way}")(orders)
        finally:
            self.session.stop()
            self.session.wait(60)
            place.unlink(missing_ok=True)
        assert self.life == "ended", self.life

    # -- the ways

    def _finish(self, orders: int) -> None:
        self._disturb(orders)
        self._end()

    def _restart(self, orders: int) -> None:
        self._disturb(orders // 2)
        greeted = self.greeted
        self.output = ""
        self.session.restart()
        self._until(lambda: self.greeted > greeted, "a restart")
        self._disturb(orders - orders // 2)
        self._end()

    def _kill_running(self, orders: int) -> None:
        self._freeze(orders)
        self._kill()

    def _kill_pausing(self, orders: int) -> None:
        self._freeze(orders)
        self._ask_to_pause()
        self._kill()

    def _kill_paused(self, orders: int) -> None:
        self._disturb(orders)
        self._held()
        self._kill()

    def _kill_lost(self, orders: int) -> None:
        self._freeze(orders)
        self._break_off()
        self._kill()

    def _let_go_running(self, orders: int) -> None:
        self._until(lambda: "nap" in self.output or self.life == "ended", "the nap")
        self._let_go(orders)

    def _let_go_pausing(self, orders: int) -> None:
        self._until(lambda: "nap" in self.output or self.life == "ended", "the nap")
        self._ask_to_pause()
        self._let_go(orders)

    def _let_go_paused(self, orders: int) -> None:
        self._disturb(orders)
        self._held()
        self._let_go(0)

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
        if chance.random() < 0.04:
            self.counts.orders += 1
            self.session.reconnect()
        if chance.random() < 0.03:
            self._lose()
            return
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
                self.counts.orders += 1
            if time.monotonic() > deadline:
                raise Stuck(f"{self.life}: {self.session.state.phase}, {self._tail()}")
            with self.changed:
                self.changed.wait(0.05)
        return self.life == "paused"

    def _freeze(self, orders: int) -> None:
        """Let it run free and stand still in the middle of something."""
        self._disturb(orders)
        self._held()
        self._order(m.SetBreakpoints(()))
        before = self.resumed
        self._order(m.Step("continue"))
        self._until(lambda: self.resumed > before or self.life == "ended", "running")  # perhaps up to its end already
        self._signal(signal.SIGSTOP)

    def _ask_to_pause(self) -> None:
        for _ in range(2):
            self.session.pause()
            self._until(lambda: self.life in ("pausing", "paused", "ended"), "pausing")
        self.counts.orders += 2

    def _lose(self) -> None:
        """The connection is gone for so long that it is called lost: held, running or about to pause."""
        state = self.chance.choice(("paused", "running", "pausing"))
        if state != "paused":
            self._freeze(0)
        else:
            self._signal(signal.SIGSTOP)
        if state == "pausing":
            self._ask_to_pause()
        greeted = self.greeted
        self.counts.orders += 1
        self._break_off()
        self._signal(signal.SIGCONT)
        self._until(lambda: self.greeted > greeted or self.life == "ended", "a greeting after the loss")

    def _break_off(self) -> None:
        """Break the connection of a process that stands still, again where it was just being made anew."""
        deadline = time.monotonic() + LIMIT
        while self.life not in ("lost", "ended"):
            self.session.reconnect()
            if time.monotonic() > deadline:
                raise Stuck(f"no word of the loss: {self.life}, {self._tail()}")
            with self.changed:
                self.changed.wait_for(lambda: self.life in ("lost", "ended"), 0.5)

    def _signal(self, number: signal.Signals) -> None:
        hello = self.session.state.hello
        if hello is not None and self.life != "ended":
            with contextlib.suppress(ProcessLookupError):
                os.kill(hello.pid, number)

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
        self._signal(signal.SIGKILL)
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
            self.counts.wrong.append(f"exit code {code}: {self.output[-300:]}")
        self.counts.finished += 1

    def _order(self, order: m.Order) -> None:
        self.counts.orders += 1
        self.session.order(order)

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        with self.changed:
            if not self.changed.wait_for(condition, LIMIT):
                raise Stuck(f"no {what}: {self.life}, {self._tail()}")

    def _tail(self) -> str:
        return f"{[type(message).__name__ for message in self.messages[-8:]]} {self.output[-200:]}"

    def _listen(self, state: RunState, message: Any) -> None:
        event = EVENTS.get(type(message).__name__)
        with self.changed:
            if event is not None:
                self.counts.rows[(self.life, event)] += 1
            self.resumed += isinstance(message, m.Resumed)
            self.greeted += isinstance(message, m.Hello)
            if isinstance(message, m.Paused):
                self.counts.points[message.point] += 1
            self.messages.append(message)
            del self.messages[:-40]
            self.life = state.life
            self.changed.notify_all()

    def _hear(self, _: str, text: str) -> None:
        with self.changed:
            self.output += text
            self.changed.notify_all()


def digest_alone() -> str:
    """What the training comes to when nobody watches."""
    words = [sys.executable, str(SCRIPT), "train", str(ITERATIONS)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return done.stdout.split("digest ")[1].strip()
