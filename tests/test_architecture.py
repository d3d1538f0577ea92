"""The walls stand: who may import whom, how large a file may grow, and what each process may load."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .architecture import (
    ROOT,
    TABLE,
    Source,
    cycles,
    except_violations,
    import_edges,
    importlib_violations,
    known_modules,
    module_name,
    networkx_violations,
    python_files,
    size_violations,
    sources,
    table_violations,
    training_side_violations,
    view_violations,
)

if TYPE_CHECKING:
    from collections.abc import Callable

RULES = [
    table_violations,
    view_violations,
    importlib_violations,
    networkx_violations,
    training_side_violations,
    except_violations,
]
RULE_NAMES = [rule.__name__.removesuffix("_violations") for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=RULE_NAMES)
def test_the_tree_keeps_the_rule(rule: Callable[[Source], list[str]]) -> None:
    wrong = [text for source in sources() for text in rule(source)]
    assert not wrong, "\n" + "\n".join(wrong)


def test_there_is_no_import_cycle() -> None:
    found = cycles(import_edges(sources()))
    assert not found, "\n" + "\n".join(found)


def test_files_functions_and_lines_are_short() -> None:
    paths = [*python_files("gradscope"), *python_files("tests")]
    texts = {path.relative_to(ROOT): path.read_text("utf-8") for path in paths}
    wrong = [text for path, source in texts.items() for text in size_violations(str(path), source)]
    assert not wrong, "\n" + "\n".join(wrong)


BROKEN: list[tuple[Callable[[Source], list[str]], str, str, str]] = [
    (table_violations, "gradscope.wire.new", "import torch", "gradscope.wire may not"),
    (table_violations, "gradscope.wire.new", "from .. import resources", "gradscope.wire may not"),
    (table_violations, "gradscope.probe.new", "import numpy as np", "gradscope.probe may not"),
    (table_violations, "gradscope.probe.new", "from ..graph import state", "gradscope.probe may not"),
    (table_violations, "gradscope.graph.new", "from PySide6 import QtCore", "gradscope.graph may not"),
    (table_violations, "gradscope.layout.new", "def f():\n    from gradscope.session import errors", "may not"),
    (table_violations, "gradscope.layout.new", "import networkx", "gradscope.layout may not"),
    (table_violations, "gradscope.session.new", "import PySide6", "gradscope.session may not"),
    (table_violations, "gradscope.doctor.new", "if TYPE_CHECKING:\n    import gradscope.wire.table", "may not"),
    (table_violations, "gradscope.export.new", "import PySide6.QtGui", "inside the function that uses it"),
    (table_violations, "gradscope.export.new", "from gradscope.app import theme", "gradscope.export may not"),
    (table_violations, "gradscope.app.new", "import torch", "gradscope.app may not"),
    (table_violations, "gradscope.app.new", "from gradscope.probe import walk", "gradscope.app may not"),
    (table_violations, "gradscope.cli.new", "from gradscope.graph import state", "inside the function that uses it"),
    (table_violations, "gradscope.cli.new", "def f():\n    import torch", "gradscope.cli may not"),
    (table_violations, "gradscope.app.new", "import left_pad", "gradscope.app may not"),
    (table_violations, "gradscope.utilities", "", "no such folder"),
    (table_violations, "gradscope.helpers.strings", "", "no such folder"),
    (table_violations, "gradscope.app.new", "import gradscope.wire.nonsense", "does not exist"),
    (view_violations, "gradscope.app.canvas.new", "from ..panels import outline", "a view is told"),
    (view_violations, "gradscope.app.canvas.new", "from gradscope.wire import messages", "a view is told"),
    (view_violations, "gradscope.app.panels.new", "from gradscope.app import controllers", "a view is told"),
    (view_violations, "gradscope.app.panels.new", "from gradscope.session import errors", "a view is told"),
    (importlib_violations, "gradscope.app.new", "import importlib.util", "imports by name"),
    (importlib_violations, "gradscope.cli.run", "from importlib import import_module", "imports by name"),
    (importlib_violations, "gradscope.graph.new", "numpy = __import__('numpy')", "imports by name"),
    (networkx_violations, "gradscope.graph.new", "import networkx as nx", "at module level"),
    (networkx_violations, "gradscope.graph.new", "class A:\n    from networkx import DiGraph", "at module level"),
    (training_side_violations, "gradscope.wire.new", "try:\n    pass\nexcept* OSError:\n    pass", "not Python 3.10"),
    (training_side_violations, "gradscope.probe.new", "from gradscope.wire import table", "import it relatively"),
    (training_side_violations, "gradscope.wire.new", "from typing import Self", "Python 3.10 lacks"),
    (training_side_violations, "gradscope.wire.new", "import tomllib", "Python 3.10 lacks"),
    (except_violations, "gradscope.app.new", "try:\n    pass\nexcept Exception:\n    pass", "broad except"),
    (
        except_violations,
        "gradscope.app.new",
        "try:\n    pass\nexcept (OSError, BaseException):\n    pass",
        "broad except",
    ),
    (except_violations, "gradscope.app.new", "try:\n    pass\nexcept:\n    pass", "broad except"),
]


@pytest.mark.parametrize(("rule", "module", "text", "words"), BROKEN)
def test_every_rule_can_fail(rule: Callable[[Source], list[str]], module: str, text: str, words: str) -> None:
    wrong = rule(Source(module, text))
    assert len(wrong) == 1
    assert words in wrong[0]


KEPT: list[tuple[Callable[[Source], list[str]], str, str]] = [
    (table_violations, "gradscope.wire.new", "import json, struct\nfrom . import messages"),
    (table_violations, "gradscope.probe.new", "import torch\nfrom ..wire.table import Table"),
    (table_violations, "gradscope.export.new", "def f():\n    from PySide6 import QtGui"),
    (table_violations, "gradscope.cli.new", "def f():\n    from gradscope.graph import state"),
    (
        networkx_violations,
        "gradscope.graph.new",
        "if TYPE_CHECKING:\n    import networkx\ndef f():\n    import networkx",
    ),
    (except_violations, "gradscope.app.new", "try:\n    pass\nexcept BaseException:\n    close()\n    raise"),
    (importlib_violations, "gradscope.cli.registry", "import importlib"),
]


@pytest.mark.parametrize(("rule", "module", "text"), KEPT)
def test_what_is_allowed_passes(rule: Callable[[Source], list[str]], module: str, text: str) -> None:
    assert rule(Source(module, text)) == []


def test_a_cycle_is_found_also_through_a_function_and_type_checking() -> None:
    known = frozenset({"gradscope.graph.a", "gradscope.graph.b"})
    ring = [
        Source("gradscope.graph.a", "def f():\n    from . import b", known=known),
        Source("gradscope.graph.b", "if TYPE_CHECKING:\n    from .a import A", known=known),
    ]
    (text,) = cycles(import_edges(ring))
    assert "gradscope.graph.a -> gradscope.graph.b -> gradscope.graph.a" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"""A file."""\n' + "\n" * 400, "401 lines"),
        ('"""A file."""\n' + "x" * 121, "121 characters"),
        ('"""A file."""\ndef f():\n' + "    pass\n" * 60, "f has 61 lines"),
        ("x = 1\n", "does not say what it is"),
    ],
)
def test_what_is_too_long_is_found(text: str, words: str) -> None:
    (wrong,) = size_violations("new.py", text)
    assert words in wrong


REFUSE = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {refused!r}:
            raise ImportError(name + " is refused here")

sys.meta_path.insert(0, Refuse())
for module in {modules!r}:
    __import__(module)
print(sorted(set({refused!r}) & set(sys.modules)))
"""


def _load(modules: list[str], refused: tuple[str, ...]) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", REFUSE.format(modules=modules, refused=refused)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _modules(folder: str) -> list[str]:
    return [module_name(path) for path in python_files(folder) if path.name not in ("__main__.py", "sitecustomize.py")]


def test_the_window_loads_where_torch_does_not() -> None:
    folders = ("app", "session", "graph", "layout", "doctor", "export", "cli")
    modules = [module for folder in folders for module in _modules(f"gradscope/{folder}")]
    assert _load(modules, ("torch",)) == "[]"


def test_the_probe_loads_where_the_window_does_not() -> None:
    refused = ("PySide6", "shiboken6", "msgspec", "pyqtgraph", "networkx", "graphlay")
    assert _load([*_modules("gradscope/wire"), *_modules("gradscope/probe")], refused) == "[]"


def test_refusing_refuses() -> None:
    with pytest.raises(AssertionError, match="json is refused here"):
        _load(["json"], ("json",))


def test_every_folder_of_the_table_exists() -> None:
    known = known_modules()
    assert [name for name in TABLE if name not in known and name != "gradscope.__main__"] == []
