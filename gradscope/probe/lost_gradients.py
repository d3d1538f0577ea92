"""*Element 0 of tensors does not require grad*: where the tensor that backward() was called on lost its gradient.

What the state says is exact: gradient recording is switched off, no parameter takes a gradient. So are, in detail, the
calls that were seen to cut the way. Where none of that is known the place is read from the source: the statements that
the failing variable was computed by, and the forwards of the user's modules, searched for what ends a path of
gradients. Such a place is a guess, and marked as one.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from ..wire.faults import GradientLost
from . import compat, traces
from .catching import tree_of
from .lost_for_certain import lost_for_certain
from .mutations import user_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from .parts import Parts

MOST = 6
_CALLS = {
    "detach": "detach",
    "detach_": "detach",
    "item": "item",
    "tolist": "tolist",
    "numpy": "numpy",
    "argmax": "argmax",
    "argmin": "argmax",
    "round": "round",
    "sign": "round",
    "from_numpy": "numpy",
    "tensor": "tensor",
    "as_tensor": "tensor",
}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def lost_gradients(parts: Parts, frame: FrameType | None, roots: Sequence[Any]) -> list[GradientLost]:
    """The places, the surest first. ``roots`` are the tensors that backward was asked for."""
    found: list[GradientLost] = []
    if not compat.grad_enabled():
        found += _switched_off(frame)
    trained, frozen = parts.parameters.counts()
    if not trained and frozen:
        found += _of_reason(_in_files(frame), "frozen")
    if not found:
        found += lost_for_certain(parts, roots)
    if not found and frame is not None:
        found += _by_slice(frame)
        found += [one for one in _in_forwards(frame) if one.reason != "frozen"]
    return _unlike(found)[:MOST]


def _unlike(found: list[GradientLost]) -> list[GradientLost]:
    seen: dict[tuple[str, int, str], GradientLost] = {}
    for one in found:
        seen.setdefault((one.place.file, one.place.line, one.reason), one)
    return list(seen.values())


def _of_reason(found: list[GradientLost], reason: str) -> list[GradientLost]:
    return [one for one in found if one.reason == reason]


def _switched_off(frame: FrameType | None) -> Iterator[GradientLost]:
    """The ``with torch.no_grad()`` blocks, or decorated functions, that the frames stand in."""
    while frame is not None:
        tree = None if traces.is_torchs(frame) else tree_of(frame.f_code.co_filename)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.With) and node.lineno <= (frame.f_lineno or -1) <= (node.end_lineno or -1):
                for item in node.items:
                    if _switches_off(item.context_expr):
                        yield _told(frame.f_code.co_filename, node.lineno, frame.f_code.co_name, "no_grad")
            elif isinstance(node, _FUNCTIONS) and node.name == frame.f_code.co_name:
                for decorator in node.decorator_list:
                    if _switches_off(decorator):
                        yield _told(frame.f_code.co_filename, decorator.lineno, node.name, "no_grad")
        frame = frame.f_back


def _told(file: str, line: int, function: str, reason: str, name: str = "", guess: bool = False) -> GradientLost:
    return GradientLost(reason, traces.trace_line(file, line, function), name, guess)


def _switches_off(expression: ast.expr) -> bool:
    called = expression.func if isinstance(expression, ast.Call) else expression
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    if name == "set_grad_enabled" and isinstance(expression, ast.Call):
        first = expression.args[0] if expression.args else None
        return isinstance(first, ast.Constant) and not first.value
    return name in ("no_grad", "inference_mode")


def _by_slice(frame: FrameType) -> list[GradientLost]:
    """What the names of the failing line were computed by, in the same function, back to where they begin."""
    file, line = frame.f_code.co_filename, frame.f_lineno or -1
    tree = tree_of(file)
    scope = _scope(tree, frame) if tree is not None else None
    if scope is None:
        return []
    statements = [node for node in ast.walk(scope) if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign))]
    failing = [node for node in ast.walk(scope) if isinstance(node, ast.stmt) and _covers(node, line)]
    wanted = _names(failing[-1]) if failing else set()
    found: list[GradientLost] = []
    if failing:
        found += _suspects(failing[-1], file, frame.f_code.co_name)
    for _ in range(len(statements)):
        size = len(wanted)
        for statement in statements:
            if _targets(statement) & wanted:
                wanted |= _names(statement)
        if len(wanted) == size:
            break
    for statement in statements:
        if _targets(statement) & wanted:
            found += _suspects(statement, file, frame.f_code.co_name)
            found += _enclosing(scope, statement, file, frame.f_code.co_name)
    return found


def _enclosing(scope: ast.AST, statement: ast.stmt, file: str, function: str) -> list[GradientLost]:
    return [
        _told(file, node.lineno, function, "no_grad", ", ".join(sorted(_targets(statement))), True)
        for node in ast.walk(scope)
        if isinstance(node, ast.With) and _covers(node, statement.lineno)
        for item in node.items
        if _switches_off(item.context_expr)
    ]


def _scope(tree: ast.Module, frame: FrameType) -> ast.AST | None:
    if frame.f_code.co_name == "<module>":
        return tree
    first = frame.f_code.co_firstlineno
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS):
            begins = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if begins == first and node.name == frame.f_code.co_name:
                return node
    return None


def _covers(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _targets(statement: ast.stmt) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return {name for target in targets if target is not None for name in _names(target)}


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _in_forwards(frame: FrameType) -> list[GradientLost]:
    found: list[GradientLost] = []
    for file in user_files(frame):
        tree = tree_of(file)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, _FUNCTIONS) and node.name == "forward":
                for statement in ast.walk(node):
                    if isinstance(statement, ast.stmt) and not isinstance(statement, _FUNCTIONS):
                        found += _suspects(statement, file, node.name)
                    if isinstance(statement, ast.With) and any(_switches_off(i.context_expr) for i in statement.items):
                        found.append(_told(file, statement.lineno, node.name, "no_grad", "", True))
                found += [
                    _told(file, one.lineno, node.name, "no_grad", "", True)
                    for one in node.decorator_list
                    if _switches_off(one)
                ]
    return found


def _in_files(frame: FrameType | None) -> list[GradientLost]:
    found: list[GradientLost] = []
    for file in user_files(frame):
        tree = tree_of(file)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.stmt) and not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
                found += _suspects(node, file, "")
    return found


def _suspects(statement: ast.stmt, file: str, function: str) -> list[GradientLost]:
    """What ends a path of gradients among the expressions of one statement; not those of statements inside it."""
    found: list[GradientLost] = []
    for node in _expressions(statement):
        reason, name = _reason(node)
        if reason:
            found.append(_told(file, node.lineno, function, reason, name, True))
    if isinstance(statement, ast.Assign):
        off = isinstance(statement.value, ast.Constant) and statement.value.value is False
        for target in statement.targets:
            if off and isinstance(target, ast.Attribute) and target.attr == "requires_grad":
                found.append(_told(file, statement.lineno, function, "frozen", ast.unparse(target.value), True))
    return found


def _expressions(statement: ast.stmt) -> Iterator[ast.expr]:
    waiting: list[ast.AST] = [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.expr)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.expr):
            yield node
        waiting += list(ast.iter_child_nodes(node))


def _reason(node: ast.expr) -> tuple[str, str]:
    if isinstance(node, ast.Attribute) and node.attr == "data" and isinstance(node.ctx, ast.Load):
        return "data", ast.unparse(node.value)
    if not isinstance(node, ast.Call):
        return "", ""
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    owner = ast.unparse(called.value) if isinstance(called, ast.Attribute) else ""
    if name == "requires_grad_" and node.args and getattr(node.args[0], "value", True) is False:
        return "frozen", owner
    if name in ("tensor", "as_tensor") and (not node.args or not _names(node.args[0]) or owner != "torch"):
        return "", ""
    if name in ("tensor", "as_tensor", "from_numpy"):
        return _CALLS[name], ast.unparse(node.args[0]) if node.args else ""
    return (_CALLS[name], owner) if name in _CALLS and owner else ("", "")
