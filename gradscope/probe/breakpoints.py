"""Breakpoints: where training is to stop by itself, decided in the training process.

What it promises. A breakpoint acts before anything behind its place has run: at a node of backward inside the prehook,
with the gradient that is about to enter it. Without breakpoints nothing is asked anywhere; a phase, a call or the loss
costs a comparison; a node needs every node of its graph hooked, and a condition measures what it looks at at once,
which waits for the device.

How it works. The list arrives in the wire thread as a whole and is swapped in one assignment; only the training thread
counts hits and acts. For each pass the list is matched against the graph: once for each fingerprint, until the list
changes. "Any node" acts once a pass, at the first node in the engine's order: what runs after it only inherits a NaN.

What it does not do. It cannot see a value that no pause point passes: a forward value, or a parameter written through
``.data``, which leaves no version behind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ..wire import messages as m
from .conditions import Passing, loss_why
from .places import Places, around, call_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .calls import CallRecord
    from .names import Parameters
    from .walk import Walk

MATCHES_KEPT = 24
_POINTS = {
    "forward": "before the forward",
    "loss": "at the loss",
    "backward": "before backward",
    "update": "before the update",
    "end": "the iteration is over",
}


class Stop(NamedTuple):
    """Why the thread is held: the breakpoint, and the reason in words for the user."""

    number: int
    reason: str


class Armed:
    """A breakpoint that is enabled, and how often its place and condition were met."""

    __slots__ = ("acted", "hits", "norms", "spec")

    def __init__(self, spec: m.Breakpoint, before: Armed | None) -> None:
        self.spec = spec
        self.hits: int = before.hits if before is not None else 0
        self.norms: dict[tuple[str, str, int], float] = {}  # by place, what passed when it was looked at last
        self.acted: bool = before is not None and before.acted and before.spec == spec

    def counts(self, iteration: int) -> bool:
        """Whether a hit in this iteration is one."""
        return self.spec.iteration in (-1, iteration) and not (self.spec.once and self.acted)


class Match(NamedTuple):
    """What the list means in one graph: breakpoints by row, those that look at every node, and the nodes' names."""

    places: Places
    rows: dict[int, tuple[Armed, ...]]
    every: tuple[Armed, ...]


class Armory:
    """All that are enabled, by where they are asked for; swapped as a whole."""

    def __init__(self, armed: tuple[Armed, ...] = ()) -> None:
        self.armed = armed
        self.in_passes = tuple(one for one in armed if one.spec.kind in ("node", "call", "operation", "any"))
        self.calls = tuple(one for one in armed if one.spec.kind == "call" and not one.spec.condition)
        self.of_parameters = tuple(one for one in armed if one.spec.kind == "parameter")
        self.in_forward = tuple(one for one in armed if one.spec.kind in ("function", "line"))
        self.matches: dict[str, Match] = {}


class Breakpoints:
    """All breakpoints of one training process. ``now`` says which there are."""

    def __init__(self, tell: Callable[[m.Fact], None], parameters: Parameters) -> None:
        self._tell = tell
        self._parameters = parameters
        self._counts: dict[int, Armed] = {}
        self.now = Armory()
        self.on_bad_noted: Callable[[], object] = lambda: None  # NaN or Inf, where nobody is held

    def set(self, breakpoints: Sequence[m.Breakpoint]) -> None:
        """From now on these. From any thread."""
        every = [Armed(spec, self._counts.get(spec.number)) for spec in breakpoints]
        self._counts = {one.spec.number: one for one in every}
        self.now = Armory(tuple(one for one in every if one.spec.enabled))

    def at_point(self, point: m.PausePoint, iteration: int, loss: float | None = None) -> Stop | None:
        """At a phase's pause point; the loss counts before ``backward()``, where it is known."""
        stop = None
        for one in self.now.armed:
            spec = one.spec
            why = ""
            if spec.kind == "phase" and spec.name == point:
                why = _POINTS.get(point, point)
            elif spec.kind in ("loss", "any") and point == "backward" and loss is not None:
                why = loss_why(spec, loss) if spec.kind == "loss" or spec.condition == "nonfinite" else ""
            if why and one.counts(iteration):
                stop = self.act(one, iteration, why) or stop
        return stop

    def at_call(self, call: CallRecord, iteration: int) -> Stop | None:
        """A module is about to run its forward."""
        stop = None
        for one in self.now.calls:
            if one.spec.call in (call.module, call_key(call)) and one.counts(iteration):
                stop = self.act(one, iteration, f"{call.module or call.type} is called") or stop
        return stop

    def for_pass(
        self, seen: Walk, calls: Callable[[], list[CallRecord]], iteration: int, pass_index: int
    ) -> PassBreaks | None:
        """What this pass has to look at; None if nothing, which is nearly always."""
        now = self.now
        if not now.in_passes:
            return None
        match = now.matches.get(seen.fingerprint)
        if match is None:
            match = self._matched(now, seen, calls())
        if not match.rows and not match.every:
            return None
        return PassBreaks(self, match, seen, iteration, pass_index)

    def aimed(self, wish: m.Step, seen: Walk, calls: Callable[[], list[CallRecord]]) -> m.Step:
        """A run to a node that was chosen in a graph of another shape: to the one at the same place in this graph."""
        if wish.kind != "node" or wish.place is None or wish.fingerprint in ("", seen.fingerprint):
            return wish
        rows = Places(seen, calls(), self._parameters).rows(wish.place)
        return replace(wish, node=rows[0], fingerprint=seen.fingerprint) if rows else wish

    def _matched(self, now: Armory, seen: Walk, calls: list[CallRecord]) -> Match:
        matches, armed = now.matches, now.in_passes
        places = Places(seen, calls, self._parameters)
        rows: dict[int, tuple[Armed, ...]] = {}
        found: list[int] = []
        for one in armed:
            wanted = places.rows(one.spec)
            found.append(len(wanted))
            if one.spec.kind != "any":
                for row in wanted:
                    rows[row] = (*rows.get(row, ()), one)
        match = Match(places, rows, tuple(one for one in armed if one.spec.kind == "any"))
        while len(matches) >= MATCHES_KEPT:
            del matches[next(iter(matches))]
        matches[seen.fingerprint] = match
        numbers = tuple(one.spec.number for one in armed)
        self._tell(m.BreakpointsMatched(seen.fingerprint, numbers, tuple(found)))
        return match

    def act(self, one: Armed, iteration: int, why: str, place: m.BreakpointHit | None = None) -> Stop | None:
        """Its place and condition are met: count it; if this hit acts, tell it. A stop unless it only writes a line."""
        one.hits += 1
        spec = one.spec
        if one.hits % max(spec.every, 1):
            return None
        one.acted = True
        text = f"{spec.message}: {why}" if spec.message else why
        place = place or m.BreakpointHit(spec.number, iteration, one.hits, text)
        self._tell(replace(place, number=spec.number, hits=one.hits, text=text, held=not spec.log))
        if not spec.log:
            return Stop(spec.number, text)
        if spec.condition == "nonfinite":
            self.on_bad_noted()
        return None


class PassBreaks:
    """The breakpoints of one pass under way."""

    __slots__ = ("_all", "_done", "_index", "_iteration", "_match", "_seen")

    def __init__(self, owner: Breakpoints, match: Match, seen: Walk, iteration: int, index: int) -> None:
        self._all = owner
        self._match = match
        self._seen = seen
        self._iteration = iteration
        self._index = index
        self._done: set[tuple[int, str]] = set()

    def at(self, row: int, gradients: Sequence[Any]) -> Stop | None:
        """A node is about to run with these gradients."""
        wanted = self._match.rows.get(row, ())
        every = self._match.every
        if not wanted and not every:
            return None
        passing = Passing(gradients)
        stop = None
        for one in (*wanted, *every):
            stop = self._look(one, row, passing) or stop
        return stop

    def _look(self, one: Armed, row: int, passing: Passing) -> Stop | None:
        spec = one.spec
        done = (spec.number, self._once_in(one, row))
        if done in self._done or not one.counts(self._iteration):
            return None
        if spec.condition == "growth":
            why = self._growth(one, row, passing)
        else:
            why = passing.why(spec) if spec.condition else self._place_words(one, row)
        if not why:
            return None
        if done[1]:
            self._done.add(done)
        text = f"{self._match.places.text(row)}: {why}" if spec.condition else why
        place = m.BreakpointHit(spec.number, self._iteration, 0, "", True, self._index, self._seen.fingerprint, row)
        return self._all.act(one, self._iteration, text, place)

    def _growth(self, one: Armed, row: int, passing: Passing) -> str:
        place, norm = self._match.places.key(row), passing.norm
        passing.earlier = one.norms.get(place)
        if norm is not None:
            one.norms[place] = norm
        return passing.why(one.spec)

    def _once_in(self, one: Armed, row: int) -> str:
        """Within what it acts only once a pass: the whole pass, or the call that backward enters; "" for a node."""
        if one.spec.kind == "any":
            return "pass"
        if one.spec.kind == "call":
            return call_key(around(self._match.places.calls[row], one.spec.call))
        return ""

    def _place_words(self, one: Armed, row: int) -> str:
        name = self._match.places.text(row)
        return f"backward enters {one.spec.call}" if one.spec.kind == "call" else f"{name} is about to run"
