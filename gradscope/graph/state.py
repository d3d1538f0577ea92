"""Everything known of a run, as one immutable value, and the function that makes the next one from a message.

The same ``reduce`` runs on messages from the socket and on messages from a recording, so every view works on both.
Nothing in here may be changed in place: old states stay valid, and a view compares old and new to move only the
difference.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gradscope.wire import messages as m

from .breaks import BreaksSeen, with_hit, with_match
from .fault import FaultSeen, seen, with_operation, with_room
from .history import History
from .leaf_gradients import LeafGradientsState
from .leaf_uses import LeafUse, uses_told
from .life import Life, LifeEvent, next_life
from .node_history import NodeHistory
from .parts import parted
from .snapshot import GraphSnapshot, Ints
from .statistics import Floats, NodeStatistics
from .times import ForwardSeconds, backward_told, forward_told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gradscope.wire.changes import OptimizerGroup

GRAPHS_KEPT = 64


@dataclass(frozen=True, slots=True)
class ProcessStarted:
    """The session started the command, or waits for one."""

    command: tuple[str, ...]
    log: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The socket closed before the process ended."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProcessExited:
    """The process is gone: ``code`` >= 0 is its exit code, below 0 the signal that ended it."""

    code: int
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class PauseAsked:
    """The user asked a running script to stop at its next pause point."""


SessionEvent = ProcessStarted | ConnectionLost | ProcessExited | PauseAsked


@dataclass(frozen=True, slots=True, eq=False)
class PassState:
    """One run of the engine. ``order``: node ids in run order (empty: unknown); ``old``: leaves with old gradients."""

    iteration: int
    index: int
    kind: str
    fingerprint: str
    level: m.Level
    root: str
    loss: float | None
    order: Ints
    old: frozenset[int]
    gradients: NodeStatistics
    ended: bool = False
    error: str = ""
    outer: int = -1  # the pass it ran inside of
    uses: tuple[LeafUse, ...] = ()  # of leaves that its graph uses several times; known in detail level
    seconds: Floats = field(default_factory=lambda: np.zeros(0))  # by node, NaN: unknown; empty outside of detail


@dataclass(frozen=True, slots=True, eq=False)
class RunState:
    """A run at one moment. ``passes`` are those of the current iteration, the newest last."""

    life: Life = "idle"
    command: tuple[str, ...] = ()
    log: str = ""
    hello: m.Hello | None = None
    parameters: tuple[m.Parameter, ...] = ()
    graphs: Mapping[str, GraphSnapshot] = field(default_factory=lambda: MappingProxyType({}))
    partial: GraphSnapshot | None = None
    iteration: int = -1
    phase: m.Phase = "create"
    progress: m.Progress | None = None
    passes: tuple[PassState, ...] = ()
    values: Mapping[str, NodeStatistics] = field(default_factory=lambda: MappingProxyType({}))
    values_at: int = -1  # the iteration that ``values`` were measured in
    forward: tuple[ForwardSeconds, ...] = ()  # of passes of one iteration
    pause: m.Paused | None = None
    variables: m.VariablesTold | None = None
    cleared_at: int = -1
    leaf_gradients: LeafGradientsState = field(default_factory=LeafGradientsState)
    optimizers: tuple[OptimizerGroup, ...] = ()
    changes: tuple[m.Changed, ...] = ()  # what a person changed in this run and did not take back
    answer: m.Changed | None = None  # the newest answer to a change, refusals and undone ones too
    update: m.UpdateTold | None = None
    check: m.NodeChecked | None = None
    cleared: m.ClearedAt | None = None  # the line that cleared gradients last, where detail level saw it
    history: History = field(default_factory=History)
    node_history: NodeHistory = field(default_factory=NodeHistory)
    lost_features: tuple[m.FeatureLost, ...] = ()
    ending: m.ScriptEnding | None = None
    learned: m.LearnedTold | None = None  # the newest picture of what the model has learned
    exit_code: int | None = None
    explanation: str = ""
    fault: FaultSeen | None = None
    breaks: BreaksSeen = field(default_factory=BreaksSeen)

    @property
    def current_pass(self) -> PassState | None:
        """The newest pass; after an update it stays until the next iteration's graph is known."""
        running = [p for p in self.passes if p.outer < 0 or not p.ended]  # one inside another counts while it runs
        return running[-1] if running else None

    @property
    def graph(self) -> GraphSnapshot | None:
        """The graph to show: the partial one while it is newer than any pass, else that of the newest pass."""
        if self.partial is not None:
            return self.partial
        newest = self.current_pass
        return self.graphs.get(newest.fingerprint) if newest else None

    @property
    def gradients(self) -> NodeStatistics | None:
        """Gradients of the graph to show, if it is a pass's."""
        newest = self.current_pass
        return newest.gradients if newest and self.partial is None else None

    @property
    def graph_values(self) -> NodeStatistics | None:
        """Forward values of the graph to show, where detail level measured them."""
        graph = self.graph
        return self.values.get(graph.fingerprint) if graph else None


def reduce(state: RunState, message: m.Message | SessionEvent) -> RunState:
    """The state after ``message``; the same object if nothing changed."""
    handler = _HANDLERS.get(type(message))
    return handler(state, message) if handler else state


def _lived(state: RunState, event: LifeEvent) -> RunState:
    return replace(state, life=next_life(state.life, event))


def _started(_: RunState, message: ProcessStarted) -> RunState:
    return RunState(life="connecting", command=message.command, log=message.log)


def _lost(state: RunState, message: ConnectionLost) -> RunState:
    return replace(_lived(state, "lost"), explanation=message.reason, pause=None)


def _exited(state: RunState, message: ProcessExited) -> RunState:
    ended = _lived(state, "exited")
    done = message.code == 0 and state.partial is None
    if done and state.passes and state.passes[-1].iteration < state.iteration:
        # nothing came of the iteration that had begun: what can be seen is the one before
        ended = replace(ended, iteration=state.passes[-1].iteration, phase="update")
    return replace(ended, exit_code=message.code, explanation=message.explanation, pause=None, variables=None)


def _asked(state: RunState, _: PauseAsked) -> RunState:
    return _lived(state, "asked_to_pause")


def _hello(state: RunState, message: m.Hello) -> RunState:
    return replace(_lived(state, "greeted"), hello=message, explanation="")


def _phase(state: RunState, message: m.PhaseEntered) -> RunState:
    return replace(state, iteration=message.iteration, phase=message.phase)


def _progress(state: RunState, message: m.Progress) -> RunState:
    return replace(state, progress=message)


def _parameters(state: RunState, message: m.ParametersKnown) -> RunState:
    return replace(state, parameters=message.parameters)


def _graph(state: RunState, message: m.GraphCaptured) -> RunState:
    snapshot = GraphSnapshot.from_message(message)
    if message.partial:
        return replace(state, partial=snapshot)
    snapshot = parted(snapshot)
    graphs = {key: graph for key, graph in state.graphs.items() if key != snapshot.fingerprint}
    while len(graphs) >= GRAPHS_KEPT:
        del graphs[next(iter(graphs))]
    graphs[snapshot.fingerprint] = snapshot
    return replace(state, graphs=MappingProxyType(graphs))


def _pass_started(state: RunState, message: m.PassStarted) -> RunState:
    graph = state.graphs.get(message.fingerprint)
    started = PassState(
        message.iteration,
        message.pass_index,
        message.kind,
        message.fingerprint,
        message.level,
        message.root,
        message.loss,
        np.frombuffer(message.order, "<i4"),
        frozenset(np.frombuffer(message.old_gradients, "<i4").tolist()),
        NodeStatistics.empty(len(graph) if graph else 0),
        outer=message.outer,
    )
    earlier = tuple(p for p in state.passes if p.iteration == message.iteration and p.index < message.pass_index)
    # A loss of an earlier iteration must not stand beside this one's gradients.
    values = state.values if state.values_at == message.iteration else MappingProxyType({})
    fault = state.fault if state.fault and state.fault.told.iteration >= message.iteration else None  # it was caught
    return replace(state, passes=(*earlier, started), partial=None, values=values, fault=fault)


def _in_pass(state: RunState, index: int, change: Callable[[PassState], PassState]) -> RunState:
    return replace(state, passes=tuple(change(p) if p.index == index else p for p in state.passes))


def _gradients(state: RunState, message: m.GradientsMeasured) -> RunState:
    return _in_pass(state, message.pass_index, lambda p: replace(p, gradients=p.gradients.merged(message.statistics)))


def _values(state: RunState, message: m.ValuesMeasured) -> RunState:
    graph = state.graphs.get(message.fingerprint)
    if graph is None and state.partial is not None and state.partial.fingerprint == message.fingerprint:
        graph = state.partial
    if graph is None:
        return state
    known = {graph.fingerprint: NodeStatistics.empty(len(graph)).merged(message.statistics)}
    current = state.values.items() if state.values_at == message.iteration else ()
    kept = {key: value for key, value in current if key in state.graphs and key not in known}
    return replace(state, values=MappingProxyType(kept | known), values_at=message.iteration)


def _pass_ended(state: RunState, message: m.PassEnded) -> RunState:
    ended = _in_pass(state, message.pass_index, lambda p: replace(p, ended=True, error=message.error))
    brought = next((p for p in ended.passes if p.index == message.pass_index), None)
    if brought is None or message.error or brought.fingerprint not in state.graphs:
        return ended
    place = (brought.iteration, brought.index, brought.fingerprint)
    if state.node_history.has_lately(*place):  # told again to a session that lost its connection
        return ended
    return replace(ended, node_history=state.node_history.appended(*place, brought.gradients))


def _cleared(state: RunState, message: m.GradientsCleared) -> RunState:
    return replace(state, cleared_at=message.iteration)


def _leaf_gradients(state: RunState, message: m.LeafGradients) -> RunState:
    return replace(state, leaf_gradients=state.leaf_gradients.after(message))


def _leaf_uses(state: RunState, message: m.LeafUses) -> RunState:
    return _in_pass(state, message.pass_index, lambda p: replace(p, uses=uses_told(message)))


def _backward_timed(state: RunState, message: m.BackwardTimed) -> RunState:
    def timed(current: PassState) -> PassState:
        graph = state.graphs.get(current.fingerprint)
        return replace(current, seconds=backward_told(message, current.seconds, graph)) if graph else current

    return _in_pass(state, message.pass_index, timed)


def _forward_timed(state: RunState, message: m.ForwardTimed) -> RunState:
    graphs = [state.graphs.get(p.fingerprint) for p in state.passes if p.index == message.pass_index]
    return replace(state, forward=forward_told(message, graphs[0], state.forward)) if graphs and graphs[0] else state


def _cleared_by(state: RunState, message: m.ClearedAt) -> RunState:
    return replace(state, cleared=message)


def _iteration_ended(state: RunState, message: m.IterationEnded) -> RunState:
    return replace(state, history=state.history.appended(message))


def _paused(state: RunState, message: m.Paused) -> RunState:
    return replace(_lived(state, "paused"), pause=message, iteration=message.iteration, phase=message.phase)


def _resumed(state: RunState, _: m.Resumed) -> RunState:
    return replace(_lived(state, "resumed"), pause=None)


def _variables(state: RunState, message: m.VariablesTold) -> RunState:
    return replace(state, variables=message)


def _feature_lost(state: RunState, message: m.FeatureLost) -> RunState:
    return replace(state, lost_features=(*state.lost_features, message))


def _raised(state: RunState, message: m.ExceptionRaised) -> RunState:
    fault, partial = seen(state.fault, message, state.partial), state.partial
    if partial is None or fault.node != len(partial) or partial.fingerprint != message.fingerprint:
        return replace(state, fault=fault)
    wider = {
        key: with_room(known, len(partial) + 1) if key == partial.fingerprint else known
        for key, known in state.values.items()
    }
    return replace(state, fault=fault, partial=with_operation(partial, message), values=MappingProxyType(wider))


def _learned(state: RunState, message: m.LearnedTold) -> RunState:
    return replace(state, learned=message)


def _optimizers(state: RunState, message: m.OptimizersTold) -> RunState:
    return replace(state, optimizers=message.groups)


def _changed(state: RunState, message: m.Changed) -> RunState:
    changes = state.changes
    if message.done:  # the same one again: it was waiting, or is taken back
        changes = tuple(change for change in changes if change.request != message.request)
        changes = changes if message.undone else (*changes, message)
    return replace(state, changes=changes, answer=message)


def _update(state: RunState, message: m.UpdateTold) -> RunState:
    return replace(state, update=message)


def _checked(state: RunState, message: m.NodeChecked) -> RunState:
    return replace(state, check=message)


def _ending(state: RunState, message: m.ScriptEnding) -> RunState:
    return replace(state, ending=message)


def _hit(state: RunState, message: m.BreakpointHit) -> RunState:
    return replace(state, breaks=with_hit(state.breaks, message))


def _matched(state: RunState, message: m.BreakpointsMatched) -> RunState:
    return replace(state, breaks=with_match(state.breaks, message))


_HANDLERS: dict[type, Callable[[RunState, Any], RunState]] = {
    ProcessStarted: _started,
    ConnectionLost: _lost,
    ProcessExited: _exited,
    PauseAsked: _asked,
    m.Hello: _hello,
    m.PhaseEntered: _phase,
    m.Progress: _progress,
    m.ParametersKnown: _parameters,
    m.GraphCaptured: _graph,
    m.PassStarted: _pass_started,
    m.GradientsMeasured: _gradients,
    m.ValuesMeasured: _values,
    m.PassEnded: _pass_ended,
    m.GradientsCleared: _cleared,
    m.LeafGradients: _leaf_gradients,
    m.LeafUses: _leaf_uses,
    m.BackwardTimed: _backward_timed,
    m.ForwardTimed: _forward_timed,
    m.ClearedAt: _cleared_by,
    m.IterationEnded: _iteration_ended,
    m.Paused: _paused,
    m.Resumed: _resumed,
    m.VariablesTold: _variables,
    m.FeatureLost: _feature_lost,
    m.ScriptEnding: _ending,
    m.LearnedTold: _learned,
    m.OptimizersTold: _optimizers,
    m.Changed: _changed,
    m.UpdateTold: _update,
    m.NodeChecked: _checked,
    m.ExceptionRaised: _raised,
    m.BreakpointHit: _hit,
    m.BreakpointsMatched: _matched,
}
