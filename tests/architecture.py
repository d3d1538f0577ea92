"""The walls of the house as rules over source text. Each takes one file and says what is wrong and how to repair it.

Imports count wherever they stand, also inside functions and under TYPE_CHECKING. ``test_architecture`` runs the rules
over the tree, and every rule over a source text that breaks it.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES, FUNCTION_LINES, LINE_LENGTH = 400, 60, 120

Where = Literal["module", "function", "typing"]


@dataclass(frozen=True)
class Folder:
    """What a folder may import besides the standard library and itself. ``lazy``: only inside functions."""

    inside: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    lazy: frozenset[str] = frozenset()


def _folder(inside: str = "", outside: str = "", lazy: str = "") -> Folder:
    return Folder(frozenset(inside.split()), frozenset(outside.split()), frozenset(lazy.split()))


# DESIGN section 2. ``resources`` is stdlib only and finds files; all but probe and wire may ask it. ``palette`` is
# colours as text, for all that draws.
TABLE: dict[str, Folder] = {
    "gradscope": _folder(),
    "gradscope.__main__": _folder("gradscope.cli"),
    "gradscope.resources": _folder(),
    "gradscope.palette": _folder(),
    "gradscope.wire": _folder(),
    "gradscope.probe": _folder("gradscope.wire", "torch"),
    "gradscope.graph": _folder("gradscope.wire gradscope.resources", "numpy networkx"),
    # wire: the worker speaks its frames over stdin and stdout.
    "gradscope.layout": _folder("gradscope.graph gradscope.wire gradscope.resources", "numpy graphlay"),
    "gradscope.doctor": _folder("gradscope.graph gradscope.resources", "numpy networkx"),
    # What a new training is made of, and the script that comes of it: text, and a look at the user's own table.
    "gradscope.studio": _folder("gradscope.resources", "numpy"),
    # A tour is data beside its script; its questions are answered from the state of the run.
    "gradscope.lessons": _folder("gradscope.graph gradscope.resources"),
    "gradscope.session": _folder(
        "gradscope gradscope.wire gradscope.graph gradscope.doctor gradscope.resources", "msgspec numpy"
    ),
    "gradscope.export": _folder(
        "gradscope gradscope.graph gradscope.layout gradscope.session gradscope.resources gradscope.palette",
        lazy="PySide6 networkx",
    ),
    "gradscope.app": _folder(
        "gradscope gradscope.wire gradscope.graph gradscope.layout gradscope.doctor gradscope.session gradscope.export"
        " gradscope.studio gradscope.lessons gradscope.resources gradscope.palette",
        "PySide6 shiboken6 pyqtgraph pygments numpy",
    ),
    "gradscope.cli": _folder(
        "gradscope",
        lazy="gradscope.wire gradscope.graph gradscope.layout gradscope.doctor gradscope.session gradscope.export"
        " gradscope.app gradscope.resources gradscope.palette",
    ),
}

# Views are told and tell: they know neither who tells them nor where it came from.
_VIEW_STRANGERS = ("gradscope.app.controllers", "gradscope.app.application", "gradscope.app.window")
_VIEW_STRANGERS += ("gradscope.wire", "gradscope.session")
FORBIDDEN: dict[str, tuple[str, ...]] = {
    "gradscope.app.canvas": (*_VIEW_STRANGERS, "gradscope.app.panels"),
    "gradscope.app.panels": (*_VIEW_STRANGERS, "gradscope.app.canvas"),
}

# Whoever imports by a computed name escapes the table, so those who may are named here, with their reason.
IMPORTLIB: dict[str, str] = {
    "gradscope.cli.registry": "imports the one command that was chosen",
    "gradscope.probe.bootstrap.sitecustomize": "loads wire and probe under a private name in the training process",
    "gradscope.probe.torch_import": "waits for torch with a finder on sys.meta_path",
}

BROAD_EXCEPT: dict[str, str] = {
    "gradscope.probe.guard": "@guarded: nothing of ours may raise into the user's code",
    "gradscope.app.painted": "@painted: an exception inside a Qt virtual ends the process",
    "gradscope.probe.bootstrap.sitecustomize": "a Python must start whatever is wrong with us",
}

NEWER_THAN_3_10: dict[str, frozenset[str]] = {
    "typing": frozenset(
        [
            "Self",
            "Never",
            "LiteralString",
            "NotRequired",
            "Required",
            "Unpack",
            "TypeVarTuple",
            "assert_never",
            "override",
        ]
    ),
    "enum": frozenset({"StrEnum", "verify", "member", "nonmember"}),
    "datetime": frozenset({"UTC"}),
    "tomllib": frozenset({"*"}),
}


@dataclass(frozen=True)
class Source:
    """One Python file under its module's name."""

    module: str
    text: str
    package: bool = False
    known: frozenset[str] = field(default_factory=lambda: known_modules())

    @property
    def tree(self) -> ast.Module:
        """The parsed text."""
        return ast.parse(self.text)


@dataclass(frozen=True)
class Import:
    """One imported module or name. ``target`` is absolute: the module if it is known, else module and name."""

    target: str
    line: int
    where: Where
    level: int
    name: str = ""


def python_files(folder: str) -> list[Path]:
    """All Python files below a folder of the checkout."""
    return sorted(path for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def module_name(path: Path) -> str:
    """``gradscope.wire.codec`` for its file, ``gradscope.wire`` for the folder's ``__init__``."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def known_modules() -> frozenset[str]:
    """Every module of the package, by its file."""
    return frozenset(module_name(path) for path in python_files("gradscope"))


def sources() -> list[Source]:
    """Every file of the package."""
    known = known_modules()
    return [
        Source(module_name(path), path.read_text("utf-8"), path.name == "__init__.py", known)
        for path in python_files("gradscope")
    ]


def imports_of(source: Source) -> list[Import]:
    """Every import of a file, wherever it stands."""
    found: list[Import] = []

    def visit(node: ast.AST, where: Where) -> None:
        if isinstance(node, ast.Import):
            found.extend(Import(alias.name, node.lineno, where, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.extend(_imported_from(source, node, where))
        for child in ast.iter_child_nodes(node):
            visit(child, _where(node, child, where))

    visit(source.tree, "module")
    return found


def _where(node: ast.AST, child: ast.AST, where: Where) -> Where:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return "function"
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and child in node.body:
        return "typing"
    return where


def _imported_from(source: Source, node: ast.ImportFrom, where: Where) -> list[Import]:
    base = node.module or ""
    if node.level:
        parent = source.module.split(".")
        parent = parent[: len(parent) - node.level + (1 if source.package else 0)]
        base = ".".join([*parent, base] if base else parent)
    found = []
    for alias in node.names:
        full = f"{base}.{alias.name}"
        target = full if full in source.known else base
        found.append(Import(target, node.lineno, where, node.level, alias.name))
    return found


def folder_of(module: str) -> str | None:
    """The row of ``TABLE`` that a module of ours falls under; None if the table does not know it."""
    if module in TABLE:
        return module
    prefix = ".".join(module.split(".")[:2])
    return prefix if prefix in TABLE and prefix != "gradscope" else None


def table_violations(source: Source) -> list[str]:
    """Imports that the table does not allow, and modules that it does not know."""
    folder = folder_of(source.module)
    if folder is None:
        return [f"{source.module}: DESIGN section 2 has no such folder; move it into one, or add a row to TABLE"]
    rule = TABLE[folder]
    wrong = []
    for found in imports_of(source):
        top = found.target.split(".")[0]
        place = f"{source.module}:{found.line} imports {found.target}"
        if top == "gradscope":
            target = folder_of(found.target)
            if target is None or (found.target not in source.known):
                wrong.append(f"{place}, which does not exist; correct the name")
                continue
        elif top in sys.stdlib_module_names or top == "__future__":
            continue
        else:
            target = top
        if target == folder or target in rule.inside | rule.outside:
            continue
        if target in rule.lazy:
            if found.where == "module":
                wrong.append(f"{place} at module level; import it inside the function that uses it")
            continue
        wrong.append(f"{place}, but {folder} may not; move the code to a folder that may, or pass the thing in")
    return wrong


def view_violations(source: Source) -> list[str]:
    """Views that reach for controllers, each other, the session or the wire."""
    strangers = next((row for name, row in FORBIDDEN.items() if source.module.startswith(name)), ())
    return [
        f"{source.module}:{found.line} imports {found.target}; a view is told by setters and tells by signals"
        for found in imports_of(source)
        if any(found.target == stranger or found.target.startswith(stranger + ".") for stranger in strangers)
    ]


def importlib_violations(source: Source) -> list[str]:
    """Imports by a computed name outside the registry."""
    if source.module in IMPORTLIB:
        return []
    lines = [found.line for found in imports_of(source) if found.target.split(".")[0] == "importlib"]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__":
            lines.append(node.lineno)
    return [
        f"{source.module}:{line} imports by name; write an import, or add a command to the registry" for line in lines
    ]


def networkx_violations(source: Source) -> list[str]:
    """networkx takes a third of a second to import: only inside functions."""
    return [
        f"{source.module}:{found.line} imports networkx at module level; import it inside the function that uses it"
        for found in imports_of(source)
        if found.target.split(".")[0] == "networkx" and found.where == "module"
    ]


def training_side_violations(source: Source) -> list[str]:
    """What keeps probe and wire from loading on Python 3.10 and under another name."""
    if folder_of(source.module) not in ("gradscope.probe", "gradscope.wire"):
        return []
    try:
        ast.parse(source.text, feature_version=(3, 10))
    except SyntaxError as error:
        return [f"{source.module}:{error.lineno} is not Python 3.10: {error.msg}; write it in the older syntax"]
    wrong = []
    for found in imports_of(source):
        top = found.target.split(".")[0]
        if top == "gradscope" and found.level == 0:
            wrong.append(f"{source.module}:{found.line} imports {found.target} by its full name; import it relatively")
        if {found.name, "*"} & NEWER_THAN_3_10.get(top, frozenset()):
            wrong.append(
                f"{source.module}:{found.line} imports {top}.{found.name}, which Python 3.10 lacks; do without"
            )
    return wrong


def except_violations(source: Source) -> list[str]:
    """Broad excepts that swallow; one that raises again at its end is fine."""
    if source.module in BROAD_EXCEPT:
        return []
    wrong = []
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ExceptHandler) or not _is_broad(node.type):
            continue
        last = node.body[-1]
        if not (isinstance(last, ast.Raise) and last.exc is None):
            wrong.append(f"{source.module}:{node.lineno} has a broad except; name the errors that you expect")
    return wrong


def _is_broad(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(isinstance(name, ast.Name) and name.id in ("Exception", "BaseException") for name in names)


def size_violations(name: str, text: str) -> list[str]:
    """Files, functions and lines that are too long, and files that do not say what they are."""
    lines = text.splitlines()
    wrong = []
    if len(lines) > FILE_LINES:
        wrong.append(f"{name} has {len(lines)} lines, {FILE_LINES} are allowed; a file is one idea, split it")
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_LENGTH:
            wrong.append(f"{name}:{number} is {len(line)} characters long, {LINE_LENGTH} are allowed; break it")
    tree = ast.parse(text)
    if tree.body and not ast.get_docstring(tree):
        wrong.append(f"{name} does not say what it is; begin it with a docstring of one sentence")
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                wrong.append(
                    f"{name}:{node.lineno} {node.name} has {length} lines, {FUNCTION_LINES} are allowed; split it"
                )
    return wrong


def cycles(edges: dict[str, set[str]]) -> list[str]:
    """One text for each cycle of imports that a depth-first walk meets."""
    done: set[str] = set()
    found: list[str] = []

    def walk(module: str, path: list[str]) -> None:
        if module in path:
            ring = [*path[path.index(module) :], module]
            found.append(f"{' -> '.join(ring)} is a cycle; move what both need into a third module")
            return
        if module in done:
            return
        for target in sorted(edges.get(module, ())):
            walk(target, [*path, module])
        done.add(module)

    for module in sorted(edges):
        walk(module, [])
    return found


def import_edges(files: list[Source]) -> dict[str, set[str]]:
    """Which of our modules import which."""
    return {
        source.module: {found.target for found in imports_of(source) if found.target in source.known} - {source.module}
        for source in files
    }
