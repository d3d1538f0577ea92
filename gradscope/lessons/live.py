"""What a lesson's answer comes to in a live run: a small language over the state, such as ``gradient("w") / 2``.

=========================  ==========================================================================================
``gradient("w")``          what passed that node's output in the newest pass: the number itself, or the norm of several
``element("w", 1)``        one element of it, where it has at most four
``value("y")``             the same of its forward value
``accumulated("w")``       a leaf's ``.grad`` as the Variables panel reads it, 0 where it is None
``variable("x")``          a variable of the held frame, where it is one number
``nodes()``, ``leaves()``  how many the graph has
``loss()``                 of the newest pass
``has_gradient("w")``      1 if a gradient reached that node in the newest pass, else 0
``in_graph("w")``          1 if the graph has such a node
``cut_line()``             the line where the first cut of the graph is
``requires_grad("x")``     1 if that variable requires grad, else 0
=========================  ==========================================================================================
"""

from __future__ import annotations

import ast
import math
import operator
from typing import TYPE_CHECKING, Any

from gradscope.graph.snapshot import Kind

from .lesson import LessonError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState
    from gradscope.graph.statistics import NodeStatistics

NEAR = 0.02  # an answer may be off by two percent, or by the rounding of what is shown
_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
    ast.Eq: operator.eq,
}


class NotYetError(LookupError):
    """The run does not hold what is asked for: no pause there, no such node."""


def evaluate(expression: str, state: RunState) -> float:
    """The number that an expression comes to.

    Raises:
        NotYetError: the run does not hold it now.
        LessonError: the expression is none of this language.
    """
    try:
        tree = ast.parse(expression, mode="eval").body
    except SyntaxError as error:
        raise LessonError(f"{expression} is no expression") from error
    return float(_value(tree, state))


def is_right(given: float, correct: float) -> bool:
    """Whether an answer counts: within two percent, or within half of its last shown digit."""
    return math.isclose(given, correct, rel_tol=NEAR, abs_tol=0.005 * min(1.0, abs(correct)) or 1e-9)


def find(graph: GraphSnapshot, title: str) -> int:
    """The node of that title or name; ``y#1`` is the second of them. -1 if there is none."""
    name, _, place = title.partition("#")
    found = [node for node in range(len(graph)) if name in (graph.text(node, "title"), graph.text(node, "name"))]
    number = int(place) if place.isdigit() else 0
    return found[number] if number < len(found) else -1


def _value(tree: ast.AST, state: RunState) -> float:
    if isinstance(tree, ast.Constant) and isinstance(tree.value, (int, float)):
        return tree.value
    if isinstance(tree, ast.BinOp) and type(tree.op) in _OPERATORS:
        return _OPERATORS[type(tree.op)](_value(tree.left, state), _value(tree.right, state))
    if isinstance(tree, ast.UnaryOp) and type(tree.op) in _OPERATORS:
        return _OPERATORS[type(tree.op)](_value(tree.operand, state))
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1 and type(tree.ops[0]) in _OPERATORS:
        return _OPERATORS[type(tree.ops[0])](_value(tree.left, state), _value(tree.comparators[0], state))
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in _FUNCTIONS:
        arguments = [argument.value for argument in tree.args if isinstance(argument, ast.Constant)]
        return _FUNCTIONS[tree.func.id](state, *arguments)
    raise LessonError(f"{ast.unparse(tree)} is none of the things that a lesson can ask")


def _node(state: RunState, title: str) -> int:
    graph = state.graph
    node = find(graph, title) if graph is not None else -1
    if node < 0:
        raise NotYetError(f"there is no {title} in the graph on screen")
    return node


def _number(statistics: NodeStatistics | None, node: int, element: int | None = None) -> float:
    row = statistics.row(node) if statistics is not None else None
    if statistics is None or row is None:
        raise NotYetError("nothing was measured there yet")
    elements = statistics.elements(node)
    if element is not None:
        if element >= len(elements):
            raise NotYetError("its elements are not told one by one")
        return elements[element]
    return elements[0] if len(elements) == 1 else row["norm"]


def _gradient(state: RunState, title: str) -> float:
    return _number(state.gradients, _node(state, title))


def _element(state: RunState, title: str, place: int) -> float:
    return _number(state.gradients, _node(state, title), place)


def _forward_value(state: RunState, title: str) -> float:
    return _number(state.graph_values, _node(state, title))


def _variable(state: RunState, name: str) -> Any:
    told = state.variables.variables if state.variables is not None else ()
    for variable in told:
        if variable.name == name:
            return variable
    raise NotYetError(f"{name} is no variable here")


def _variable_value(state: RunState, name: str) -> float:
    return _float(_variable(state, name).value)


def _accumulated(state: RunState, name: str) -> float:
    grad = _variable(state, name).grad
    return 0.0 if grad == "None" else _float(grad)


def _requires_grad(state: RunState, name: str) -> float:
    return float(_variable(state, name).requires_grad)


def _float(text: str) -> float:
    try:
        return float(text.strip("[]"))
    except ValueError:
        raise NotYetError(f"{text} is not one number") from None


def _nodes(state: RunState, kinds: tuple[Kind, ...] = (Kind.LEAF, Kind.OP)) -> float:
    graph = state.graph
    if graph is None:
        raise NotYetError("there is no graph yet")
    return float(sum(graph.kind(node) in kinds for node in range(len(graph))))


def _leaves(state: RunState) -> float:
    return _nodes(state, (Kind.LEAF,))


def _cut_line(state: RunState) -> float:
    graph = state.graph
    lines = [cut.at.line for cut in graph.cuts if cut.at is not None] if graph is not None else []
    if not lines:
        raise NotYetError("no cut is known in the graph on screen")
    return float(lines[0])


def _loss(state: RunState) -> float:
    newest = state.current_pass
    if newest is None or newest.loss is None:
        raise NotYetError("there is no loss yet")
    return newest.loss


def _has_gradient(state: RunState, title: str) -> float:
    statistics, node = state.gradients, _node(state, title)
    row = statistics.row(node) if statistics is not None else None
    return float(row is not None and row["defined"] != 0)


def _in_graph(state: RunState, title: str) -> float:
    graph = state.graph
    return float(graph is not None and find(graph, title) >= 0)


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "gradient": _gradient,
    "element": _element,
    "value": _forward_value,
    "accumulated": _accumulated,
    "variable": _variable_value,
    "requires_grad": _requires_grad,
    "nodes": _nodes,
    "leaves": _leaves,
    "cut_line": _cut_line,
    "loss": _loss,
    "has_gradient": _has_gradient,
    "in_graph": _in_graph,
}
