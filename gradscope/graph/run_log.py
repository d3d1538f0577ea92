"""What a run came to iteration by iteration, gathered from its messages in one reading, without any statistics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gradscope.wire import messages as m

from .history import IterationRecord
from .run_events import event_of
from .snapshot import GraphSnapshot
from .state import ProcessStarted

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class IterationLog:
    """One iteration: the passes that began in it and what else happened, in order."""

    iteration: int
    phases: dict[str, float] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    passes: dict[int, m.PassStarted] = field(default_factory=dict)
    ending: IterationRecord | None = None


@dataclass(slots=True)
class RunLog:
    """A whole run; of a script that was started again only the last time."""

    command: tuple[str, ...] = ()
    hello: m.Hello | None = None
    parameters: tuple[m.Parameter, ...] = ()
    iterations: dict[int, IterationLog] = field(default_factory=dict)
    graphs: dict[str, GraphSnapshot] = field(default_factory=dict)
    partial: GraphSnapshot | None = None

    def at(self, iteration: int) -> IterationLog:
        """The log of an iteration, begun if it is new."""
        return self.iterations.setdefault(iteration, IterationLog(iteration))

    def last_with_pass(self) -> int | None:
        """The newest iteration in which the engine ran; None if it never did."""
        return max((number for number, log in self.iterations.items() if log.passes), default=None)


def read_log(messages: Iterable[object]) -> RunLog:
    """Go through everything that was said."""
    log = RunLog()
    for message in messages:
        if isinstance(message, ProcessStarted):
            log = RunLog(command=message.command)
        elif isinstance(message, m.Hello):
            log = RunLog(command=log.command, hello=message)
        elif isinstance(message, m.ParametersKnown):
            log.parameters = message.parameters
        elif isinstance(message, m.GraphCaptured):
            snapshot = GraphSnapshot.from_message(message)
            if message.partial:
                log.partial = snapshot
            else:
                log.graphs[message.fingerprint] = snapshot
        else:
            _note(log, message)
    return log


def _note(log: RunLog, message: object) -> None:
    if isinstance(message, m.PassStarted):
        log.at(message.iteration).passes[message.pass_index] = message
    elif isinstance(message, m.IterationEnded):
        entry = log.at(message.iteration)
        entry.ending = IterationRecord.from_message(message)
        entry.phases = entry.ending.phases
    event, iteration = event_of(message), getattr(message, "iteration", None)
    if event is not None and iteration is not None:
        log.at(iteration).events.append(event)
