"""Whether something on the stack is going to catch an exception: what a debugger must know to hold it in time.

What it promises. An exception that nothing will catch is said to be so while all frames are still there, before
``finally`` and ``with`` have run. Where it cannot tell - a handler's type that is an expression - it says "caught", so
that nobody is held for an exception that the script expects; if that was wrong, the exception is seen once more when
it leaves the script.

How it works. The source of each frame's file is parsed once; a ``try`` whose body holds the frame's line, in the same
function, with a handler of a matching type, catches. A handler that raises again passes the exception on. Names are
looked up in the frame's dictionaries; nothing of the user's is run.

What it does not do. It does not see code without source, context managers that swallow (other than ``suppress`` and
``raises``), or callers written in C.
"""

from __future__ import annotations

import ast
import builtins
import linecache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .naming import is_ours

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SWALLOWERS = ("suppress", "raises", "assertRaises", "assertRaisesRegex")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_trees: dict[str, ast.Module | None] = {}
_catchers: dict[str, list[_Catcher]] = {}


class _Catcher:
    """Lines ``first`` to ``last`` of the function that begins at ``function``, and the types that end there."""

    __slots__ = ("first", "function", "last", "types")

    def __init__(self, function: int, body: list[ast.stmt], types: list[ast.expr | None]) -> None:
        self.function = function
        self.first = body[0].lineno
        self.last = max(statement.end_lineno or statement.lineno for statement in body)
        self.types = types


def tree_of(file: str) -> ast.Module | None:
    """The parsed source of a file; None where there is none."""
    if file not in _trees:
        try:
            _trees[file] = ast.parse("".join(linecache.getlines(file)))
        except (SyntaxError, ValueError):
            _trees[file] = None
    return _trees[file]


def will_be_caught(error: BaseException, frame: FrameType | None) -> bool:
    """Whether a frame from ``frame`` outwards handles the exception and does not raise it again."""
    while frame is not None:
        if not is_ours(frame) and _catches(frame, error):
            return True
        frame = frame.f_back
    return False


def _catches(frame: FrameType, error: BaseException) -> bool:
    file, line = frame.f_code.co_filename, frame.f_lineno or -1
    if file not in _catchers:
        tree = tree_of(file)
        _catchers[file] = list(_find(tree, -1)) if tree is not None else []
    begins = -1 if frame.f_code.co_name == "<module>" else frame.f_code.co_firstlineno
    return any(
        _matches(frame, kind, error)
        for catcher in _catchers[file]
        if catcher.function == begins and catcher.first <= line <= catcher.last
        for kind in catcher.types
    )


def _find(node: ast.AST, function: int) -> Iterator[_Catcher]:
    for child in ast.iter_child_nodes(node):
        inside = function
        if isinstance(child, (*_FUNCTIONS, ast.ClassDef)):
            inside = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
        elif isinstance(child, ast.Lambda):
            inside = child.lineno
        elif type(child).__name__ in ("Try", "TryStar"):
            types = [handler.type for handler in getattr(child, "handlers", []) if not _raises_again(handler)]
            if types:
                yield _Catcher(function, child.body, types)  # type: ignore[attr-defined]  # TryStar is newer than 3.10
        elif isinstance(child, (ast.With, ast.AsyncWith)):
            types = [kind for item in child.items for kind in _swallowed(item.context_expr)]
            if types:
                yield _Catcher(function, child.body, types)
        yield from _find(child, inside)


def _raises_again(handler: ast.ExceptHandler) -> bool:
    """Whatever a handler raises at its end, the script does not go on."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise)


def _swallowed(context: ast.expr) -> list[ast.expr | None]:
    if not isinstance(context, ast.Call):
        return []
    name = context.func.attr if isinstance(context.func, ast.Attribute) else getattr(context.func, "id", "")
    return list(context.args) if name in _SWALLOWERS else []


def _matches(frame: FrameType, kind: ast.expr | None, error: BaseException) -> bool:
    if kind is None:
        return True
    if isinstance(kind, ast.Tuple):
        return any(_matches(frame, one, error) for one in kind.elts)
    found = _value(frame, kind)
    if isinstance(found, tuple):
        return any(not isinstance(one, type) or isinstance(error, one) for one in found)
    return isinstance(error, found) if isinstance(found, type) else True


def _value(frame: FrameType, expression: ast.expr) -> Any:
    """What a name or an attribute of a module stands for; None where that cannot be told without running code."""
    if isinstance(expression, ast.Name):
        for space in (frame.f_locals, frame.f_globals, vars(builtins)):
            if expression.id in space:
                return space[expression.id]
        return None
    if isinstance(expression, ast.Attribute):
        owner = _value(frame, expression.value)
        return vars(owner).get(expression.attr) if isinstance(owner, ModuleType) else None
    return None
