"""What a session must know that takes over in the middle: the facts told so far that still hold.

References to messages that were made anyway, a few graphs and the last iteration's passes: nothing of torch's, and no
copy. Told again in this order, they lead ``reduce`` to where training stands now.
"""

from __future__ import annotations

import threading

from ..wire import messages as m

GRAPHS = 4
PASSES = 4  # of an iteration that has many
MOST = 8192  # steps through one backward
_NEWEST = (m.Hello, m.ParametersKnown, m.OptimizersTold, m.LeafGradients, m.Progress)
_IN_ORDER = (
    m.PhaseEntered,
    m.PassStarted,
    m.GradientsMeasured,
    m.ValuesMeasured,
    m.LeafUses,
    m.BackwardTimed,
    m.ForwardTimed,
    m.PassEnded,
    m.GradientsCleared,
    m.ClearedAt,
    m.ExceptionRaised,
    m.VariablesTold,
    m.Paused,
)


class Memory:
    """``note`` is told every fact, in the thread that tells it; ``facts`` may be asked from another."""

    def __init__(self) -> None:
        self._newest: dict[type, m.Fact] = {}
        self._graphs: dict[str, m.GraphCaptured] = {}
        self._course: list[m.Fact] = []
        self._lock = threading.Lock()

    def note(self, fact: m.Fact) -> None:
        """A fact was told."""
        with self._lock:
            if isinstance(fact, _NEWEST):
                self._newest[type(fact)] = fact
            elif isinstance(fact, m.GraphCaptured):
                self._note_graph(fact)
            elif isinstance(fact, m.Resumed):
                self._drop(m.Paused)
            elif isinstance(fact, _IN_ORDER):
                if isinstance(fact, m.PassStarted):
                    self._begin_pass(fact)
                elif isinstance(fact, (m.PhaseEntered, m.VariablesTold)):
                    self._drop(type(fact))  # the newest one says it all
                if len(self._course) < MOST:
                    self._course.append(fact)

    def facts(self) -> list[m.Fact]:
        """All that holds, in an order in which it can be told."""
        with self._lock:
            course = list(self._course)
            last = [fact for fact in course if isinstance(fact, m.Paused)]  # all else is known before it
            rest = [fact for fact in course if not isinstance(fact, m.Paused)]
            newest = sorted(self._newest.values(), key=lambda fact: _NEWEST.index(type(fact)))
            return [*newest, *self._graphs.values(), *rest, *last]

    def _note_graph(self, graph: m.GraphCaptured) -> None:
        if graph.partial:  # stands in the course: the next pass makes it old
            self._course = [fact for fact in self._course if not isinstance(fact, m.GraphCaptured)]
            self._course.append(graph)
            return
        self._graphs.pop(graph.fingerprint, None)
        self._graphs[graph.fingerprint] = graph
        while len(self._graphs) > GRAPHS:
            del self._graphs[next(iter(self._graphs))]

    def _begin_pass(self, started: m.PassStarted) -> None:
        """What belongs to earlier iterations, or to passes long over, is no longer shown."""

        def holds(fact: m.Fact) -> bool:
            iteration = getattr(fact, "iteration", started.iteration)
            index = getattr(fact, "pass_index", started.pass_index)
            same = iteration == started.iteration and index > started.pass_index - PASSES
            again = isinstance(fact, m.PassStarted) and index == started.pass_index
            return same and not again and not isinstance(fact, m.GraphCaptured)

        self._course = [fact for fact in self._course if holds(fact)]
        if started.fingerprint in self._graphs:
            self._graphs[started.fingerprint] = self._graphs.pop(started.fingerprint)

    def _drop(self, kind: type) -> None:
        if any(isinstance(fact, kind) for fact in self._course):
            self._course = [fact for fact in self._course if not isinstance(fact, kind)]
