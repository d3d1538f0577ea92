"""A recording as one strict JSON document: the format that other programs may rely on (version 1).

Graphs stand once per fingerprint. Statistics are those of one iteration, the last one in which the engine ran unless
another is asked for, or with "all" those of every iteration as a list. Non-finite numbers are strings.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, Protocol

from gradscope.graph.derivative import graph_order, node_orders
from gradscope.graph.run_log import read_log

from .json_graph import graph_document
from .json_stats import parameters_document, stats_document, strict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradscope.graph.run_log import IterationLog, RunLog
    from gradscope.graph.state import RunState

VERSION = 1


class RunSource(Protocol):
    """Anything that can be exported: what ``session.recording.Recording`` offers."""

    def messages(self) -> Iterable[object]:
        """Everything that was said, in order."""

    def state_at(self, iteration: int | None) -> RunState:
        """The run at the end of an iteration."""


def export_json(recording: RunSource, iteration: int | Literal["all"] | None = None) -> dict[str, Any]:
    """The document of a recording.

    Raises:
        RecordingError: the iteration asked for is not in the recording.
    """
    log = read_log(recording.messages())
    last = log.last_with_pass()
    chosen = last if iteration is None else iteration
    if chosen == "all":
        numbers = [number for number, entry in log.iterations.items() if entry.passes]
    else:
        numbers = [] if chosen is None else [chosen]
    states = {number: recording.state_at(number) for number in numbers}
    stats = [stats_document(states[number], log, number) for number in numbers]
    at_end = numbers[-1] if numbers else -1
    return {
        "gradscope": VERSION,
        "run": _run(log),
        "iterations": [_iteration(entry, log) for _, entry in sorted(log.iterations.items())],
        "graphs": _graphs(log),
        "stats": stats if chosen == "all" else (stats[0] if stats else {"iteration": None, "passes": []}),
        "parameters": parameters_document(log, states.get(at_end), at_end),
        "findings": [],
    }


def json_text(document: dict[str, Any]) -> str:
    """The document as it is written to a file."""
    return json.dumps(document, allow_nan=False, ensure_ascii=False, indent=1) + "\n"


def _run(log: RunLog) -> dict[str, Any]:
    hello = log.hello
    devices = [parameter.device for parameter in log.parameters]
    command = log.command or ((hello.script, *hello.arguments) if hello else ())
    return {
        "command": list(command),
        "torch": hello.torch if hello else "",
        "device": devices[0] if devices else "cpu",
        "ranks": hello.world_size if hello else 1,
    }


def _iteration(entry: IterationLog, log: RunLog) -> dict[str, Any]:
    return {
        "iteration": entry.iteration,
        "phases": {name: strict(seconds) for name, seconds in entry.phases.items()},
        "events": entry.events,
        "passes": [
            {
                "pass": started.pass_index,
                "kind": started.kind,
                "root": started.root or None,
                "loss": strict(started.loss),
                "order": graph_order(log.graphs, log.graphs[started.fingerprint])
                if started.fingerprint in log.graphs
                else 1,
                "fingerprint": started.fingerprint,
                "run_order": list(memoryview(started.order).cast("i")) or None,
            }
            for _, started in sorted(entry.passes.items())
        ],
    }


def _graphs(log: RunLog) -> dict[str, Any]:
    aliases = {parameter.name: parameter.aliases for parameter in log.parameters}
    graphs = dict(log.graphs)
    if not graphs and log.partial is not None:
        graphs[log.partial.fingerprint] = log.partial
    return {
        fingerprint: graph_document(graph, aliases, node_orders(graphs, graph)) for fingerprint, graph in graphs.items()
    }
