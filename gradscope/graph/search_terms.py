"""What one word of a search asks of every node of a graph at once: a text, a shape, a figure, a word for a state.

Each term answers with one truth value a node. A ``live`` term looks at what passed through the graph, so its answer
changes from step to step; the others depend on the graph alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from .calltree import call_tree
from .snapshot import Kind, Role, parse_shape
from .words import STATUSES, gradient_statuses, pass_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .snapshot import GraphSnapshot
    from .state import RunState
    from .statistics import Bools, Floats, NodeStatistics

DTYPES = {
    "fp64": "float64", "f64": "float64", "double": "float64",
    "fp32": "float32", "f32": "float32",
    "fp16": "float16", "f16": "float16", "half": "float16",
    "bf16": "bfloat16",
    "long": "int64",
}  # fmt: skip
SHAPE = re.compile(r"(\d+|\*|\?)([x×,](\d+|\*|\?))+")  # noqa: RUF001 - shapes are written with this sign
MEASURES = {"grad": "norm", "grad.max": "max_abs", "value": "norm", "value.max": "max_abs", "size": ""}
COMPARISONS: dict[str, Callable[[Floats, float], Bools]] = {
    ">=": lambda values, limit: values >= limit,
    "<=": lambda values, limit: values <= limit,
    ">": lambda values, limit: values > limit,
    "<": lambda values, limit: values < limit,
    "=": lambda values, limit: np.isclose(values, limit, rtol=5e-3, atol=0.0),  # as exact as figures are shown
}


@dataclass(frozen=True, slots=True)
class AnyText:
    """A word as it stands: in a name, title, operation, function or module, as a dtype, a device or one size."""

    word: str
    live: ClassVar[bool] = False

    def meets(self, graph: GraphSnapshot, _: RunState | None) -> Bools:
        """Where the word is found."""
        word = self.word
        found = _contains(graph, word, ("title", "name", "op", "function")) | in_module(graph, word)
        dtype = DTYPES.get(word, word)
        return found | _of_outputs(
            graph,
            ("dtype", lambda text: text == dtype),
            ("device", lambda text: text == word or text.startswith(f"{word}:")),
            ("shape", lambda text: word.isdecimal() and int(word) in parse_shape(text)),
        )


@dataclass(frozen=True, slots=True)
class InColumns:
    """A word in certain texts of a node: ``name:weight``."""

    word: str
    columns: tuple[str, ...]
    live: ClassVar[bool] = False

    def meets(self, graph: GraphSnapshot, _: RunState | None) -> Bools:
        """Where one of the texts contains the word."""
        return _contains(graph, self.word, self.columns)


@dataclass(frozen=True, slots=True)
class InModule:
    """A word in the path or type of a module call around the node: ``module:Linear``."""

    word: str
    live: ClassVar[bool] = False

    def meets(self, graph: GraphSnapshot, _: RunState | None) -> Bools:
        """Which nodes are inside such a call."""
        return in_module(graph, self.word)


@dataclass(frozen=True, slots=True)
class OfOutput:
    """The beginning of an output's dtype or device: ``dtype:float``, ``device:cuda``."""

    column: str
    word: str
    live: ClassVar[bool] = False

    def meets(self, graph: GraphSnapshot, _: RunState | None) -> Bools:
        """Which nodes have such an output."""
        word = DTYPES.get(self.word, self.word) if self.column == "dtype" else self.word
        return _of_outputs(graph, (self.column, lambda text: text.startswith(word)))


@dataclass(frozen=True, slots=True)
class OfShape:
    """Sizes of an output: ``64x10``; ``?`` is any one size, ``*`` any sizes, one or more."""

    pattern: str
    live: ClassVar[bool] = False

    def meets(self, graph: GraphSnapshot, _: RunState | None) -> Bools:
        """Which nodes have an output of that shape."""
        parts = re.split("[x×,]", self.pattern)  # noqa: RUF001 - shapes are written with this sign
        known = {"*": r"\d+(,\d+)*", "?": r"\d+"}
        shape = re.compile(",".join(known.get(part, part) for part in parts))
        return _of_outputs(graph, ("shape", lambda text: shape.fullmatch(text) is not None))


@dataclass(frozen=True, slots=True)
class OfLine:
    """Made at a source line: ``line:20``."""

    line: int
    live: ClassVar[bool] = False

    def meets(self, graph: GraphSnapshot, _: RunState | None) -> Bools:
        """Which nodes that line made."""
        return np.asarray(graph.nodes["line"] == self.line, bool)


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure and a limit: ``grad<1e-6``. What was not measured meets no comparison."""

    measure: str
    comparison: str
    limit: float

    @property
    def live(self) -> bool:
        """Whether the answer changes while training runs."""
        return self.measure != "size"

    def meets(self, graph: GraphSnapshot, state: RunState | None) -> Bools:
        """Where the figure is known and on that side of the limit."""
        if self.measure == "size":
            known, values = np.ones(len(graph), bool), sizes(graph)
        else:
            told = _statistics(graph, state, "value" if self.measure.startswith("value") else "grad")
            if told is None:
                return np.zeros(len(graph), bool)
            values = told.columns[MEASURES[self.measure]]
            known = told.known & (told.columns["defined"] != 0) & (values != -1)
        return np.asarray(known & COMPARISONS[self.comparison](values, self.limit), bool)


@dataclass(frozen=True, slots=True)
class Flag:
    """A word for what a node is or what became of its gradient: ``leaf``, ``nan``, ``no-grad``."""

    name: str

    @property
    def live(self) -> bool:
        """Whether the answer changes while training runs."""
        return self.name in STATE_FLAGS

    def meets(self, graph: GraphSnapshot, state: RunState | None) -> Bools:
        """Which nodes are so."""
        if self.name in GRAPH_FLAGS:
            return GRAPH_FLAGS[self.name](graph)
        return STATE_FLAGS[self.name](graph, state) if state is not None else np.zeros(len(graph), bool)


@dataclass(frozen=True, slots=True)
class Without:
    """What another term does not find: ``-relu``."""

    term: Term

    @property
    def live(self) -> bool:
        """As the other term."""
        return self.term.live

    def meets(self, graph: GraphSnapshot, state: RunState | None) -> Bools:
        """The other nodes."""
        return ~self.term.meets(graph, state)


Term = AnyText | InColumns | InModule | OfOutput | OfShape | OfLine | Compared | Flag | Without


def in_module(graph: GraphSnapshot, word: str) -> Bools:
    """Nodes inside a call whose path or type contains the word, however deep."""
    tree = call_tree(graph)
    hit = np.zeros(len(tree.parent) + 1, bool)  # the last one is that of "no call", reached as -1
    for call in tree.order:
        made = graph.calls[call]
        hit[call] = word in f"{made.label} {made.type}".lower() or (tree.parent[call] >= 0 and hit[tree.parent[call]])
    return np.asarray(hit[tree.home], bool)


def sizes(graph: GraphSnapshot) -> Floats:
    """How many elements the largest output of each node holds; 0 where none is known."""
    shape, node = graph.outputs["shape"], graph.outputs["node"]
    counts = np.zeros(len(graph.strings) + 1)
    for index in np.unique(shape[shape >= 0]).tolist():
        counts[index] = np.prod(parse_shape(graph.strings[index]), dtype=float)
    found = np.zeros(len(graph))
    np.maximum.at(found, node, counts[shape])
    return found


def _contains(graph: GraphSnapshot, word: str, columns: tuple[str, ...]) -> Bools:
    hit = _text_hits(graph, lambda text: word in text.lower())
    found = np.zeros(len(graph), bool)
    for column in columns:
        found |= hit[graph.nodes[column]]
    return found


def _of_outputs(graph: GraphSnapshot, *asked: tuple[str, Callable[[str], bool]]) -> Bools:
    found = np.zeros(len(graph), bool)
    for column, accepts in asked:
        used = np.unique(graph.outputs[column])  # far fewer than there are strings
        hit = np.zeros(len(graph.strings) + 1, bool)
        for index in used[used >= 0].tolist():
            hit[index] = accepts(graph.strings[index])
        found[graph.outputs["node"][hit[graph.outputs[column]]]] = True
    return found


def _text_hits(graph: GraphSnapshot, accepts: Callable[[str], bool]) -> Bools:
    """By string; the last one is that of "no text", reached as -1."""
    return np.array([*map(accepts, graph.strings), False], bool)


def _statistics(graph: GraphSnapshot, state: RunState | None, which: str) -> NodeStatistics | None:
    """What passed through this graph, if it was told for as many nodes as it has."""
    if state is None:
        return None
    if which == "value":
        told = state.values.get(graph.fingerprint)
    else:
        current = pass_of(state, graph)
        told = current.gradients if current is not None else None
    return told if told is not None and len(told.known) == len(graph) else None


def _role(role: Role) -> Callable[[GraphSnapshot], Bools]:
    return lambda graph: np.asarray(graph.nodes["role"] == role, bool)


def _leaves(graph: GraphSnapshot) -> Bools:
    return np.asarray(graph.nodes["kind"] == Kind.LEAF, bool)


def _frozen(graph: GraphSnapshot) -> Bools:
    return np.asarray(graph.nodes["frozen"] == 1, bool)


def _scalars(graph: GraphSnapshot) -> Bools:
    return _of_outputs(graph, ("shape", lambda text: not text))


def _with_status(*names: str) -> Callable[[GraphSnapshot, RunState], Bools]:
    codes = [STATUSES.index(name) for name in STATUSES if name in names]
    return lambda graph, state: np.isin(gradient_statuses(state, graph), codes)


def _nonfinite(graph: GraphSnapshot, state: RunState, column: str, test: Callable[[Floats], Bools]) -> Bools:
    """Where a gradient or a value holds such elements; light level counts none, there the norm tells."""
    found = np.zeros(len(graph), bool)
    for which in ("grad", "value"):
        told = _statistics(graph, state, which)
        if told is not None:
            found |= told.known & ((told.columns[column] > 0) | test(told.columns["norm"]))
    return found


def _nan(graph: GraphSnapshot, state: RunState) -> Bools:
    return _nonfinite(graph, state, "nan", np.isnan)


def _inf(graph: GraphSnapshot, state: RunState) -> Bools:
    return _nonfinite(graph, state, "inf", np.isinf)


GRAPH_FLAGS: dict[str, Callable[[GraphSnapshot], Bools]] = {
    "leaf": _leaves,
    "intermediate": _role(Role.INTERMEDIATE),
    "root": _role(Role.ROOT),
    "input": _role(Role.INPUT),
    "untracked": _role(Role.UNTRACKED),
    "frozen": _frozen,
    "scalar": _scalars,
}
STATE_FLAGS: dict[str, Callable[[GraphSnapshot, RunState], Bools]] = {
    "nan": _nan,
    "inf": _inf,
    "nonfinite": lambda graph, state: _nan(graph, state) | _inf(graph, state),
    "zero": _with_status("zero"),
    "undefined": _with_status("undefined"),
    "old": _with_status("old"),
    "notyet": _with_status("not yet"),
    "nograd": _with_status("none", "frozen", "cut", "undefined"),
}
