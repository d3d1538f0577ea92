"""The file of a user's own model: from what was typed or chosen to a module, a callable in it, and their folder."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .plan import Plan


def with_factory(plan: Plan, text: str) -> Plan:
    """The plan with a factory as it was typed or chosen: ``module:callable``, or a file, with or without a callable.

    A file brings its own folder; inside a package that is the folder from which the package is imported.
    """
    file, colon, function = text.rpartition(":")
    if not colon or file.endswith((":", "\\")):
        file, function = text, ""
    if not file.endswith(".py"):
        return replace(plan, factory=text)
    path = Path(file).expanduser()
    if not path.is_absolute():
        path = Path(plan.folder) / path
    if not path.is_file():
        return replace(plan, factory=text)
    parts, folder = [path.stem], path.absolute().parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        parts.insert(0, folder.name)
        folder = folder.parent
    function = function or next(iter(makers_in(path)), "")
    return replace(plan, factory=f"{'.'.join(parts)}:{function}", folder=str(folder))


def makers_in(path: Path) -> tuple[str, ...]:
    """What a file defines that can be called without arguments: classes that derive from a module first."""
    try:
        body = ast.parse(path.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, ValueError):
        return ()
    classes = [one for one in body if isinstance(one, ast.ClassDef) and one.bases]
    modules = [one.name for one in classes if ast.unparse(one.bases[-1]).endswith("Module") and _is_bare(_maker(one))]
    functions = [one.name for one in body if isinstance(one, ast.FunctionDef) and _is_bare(one)]
    # A file's last class is the one that is made of the others.
    return (*reversed(modules), *functions)


def _maker(one: ast.ClassDef) -> ast.FunctionDef | None:
    return next((part for part in one.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"), None)


def _is_bare(function: ast.FunctionDef | None) -> bool:
    """Whether it can be called with nothing but, for a method, its object."""
    if function is None:
        return True
    found = function.args
    needed = len(found.posonlyargs) + len(found.args) - len(found.defaults) - (function.name == "__init__")
    return needed <= 0 and all(default is not None for default in found.kw_defaults)
