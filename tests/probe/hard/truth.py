"""What torch itself says of the hard cases: the oracle's passes, each with its case and its nodes' source lines.

``python -m tests.probe.hard.truth OUT.json FAMILY ...``. Anomaly mode, torch's own, stores the Python stack of the call
that made a node in ``node.metadata``; the innermost frame outside torch is the line a node must be shown with.
"""

from __future__ import annotations

import json
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch._C._functorch import is_functorch_wrapped_tensor

from tests import oracle
from tests.oracle import Json, Oracle

_FRAME = re.compile(r'File "([^"]+)", line (\d+), in (.+)')
_NOT_THE_USERS = (str(Path(torch.__file__).parent), __file__, oracle.__file__, "<frozen ")


class HardOracle(Oracle):
    """Notes the case that runs and where each node was made."""

    case = ""
    _ran = 0

    def _run(self, roots: tuple[Any, ...], *args: Any, **kwargs: Any) -> Any:
        if any(is_functorch_wrapped_tensor(root) for root in roots):
            return self._engine(roots, *args, **kwargs)  # inside a transform: there are no numbers to be had
        number = len(self.passes)
        try:
            return super()._run(roots, *args, **kwargs)
        finally:
            self.passes[number]["case"] = self.case

    def _measure(self, node: Json) -> Any:
        look = super()._measure(node)

        def look_and_count(gradients: tuple[Any, ...]) -> None:
            self._ran += 1
            node["ran"] = self._ran
            look(gradients)

        return look_and_count

    def _described(self, node: Any, names: dict[int, list[str]]) -> Json:
        places = [_FRAME.search(entry) for entry in node.metadata.get("traceback_", [])]
        theirs = [p for p in places if p is not None and not p[1].startswith(_NOT_THE_USERS)]
        stack = [(Path(p[1]).name, int(p[2]), p[3]) for p in theirs]
        return super()._described(node, names) | {
            "place": stack[-1][:2] if stack else None,
            "stack": stack,
            "order": _order(node),
            "saved": _saved(node) if "checkpoint" not in self.case else {},
        }


def _order(node: Any) -> int:
    """Made by a node that ran in a backward: one order above it."""
    order = 1
    while (node := node.metadata.get("parent_")) is not None:
        order += 1
    return order


def _saved(node: Any) -> Json:
    """Shape, bytes and version of each saved tensor by name, unpacked by torch; lists, custom functions left out."""
    found = {}
    for name in dir(node):
        if name.startswith("_saved_"):
            try:
                tensor = getattr(node, name)
            except RuntimeError:  # freed, or written to since
                continue
            if isinstance(tensor, torch.Tensor):
                size = tensor.numel() * tensor.element_size()
                found[name.removeprefix("_saved_")] = [list(tensor.shape), size, tensor._version]
    return found


def main(out: str, *families: str) -> None:
    """Run the cases of the families and write what was seen."""
    with torch.autograd.set_detect_anomaly(True, check_nan=False), HardOracle() as watched:
        for family in families:
            for case in import_module(f"tests.probe.hard.{family}").CASES:
                HardOracle.case = case.__name__
                torch.manual_seed(0)
                case()
    Path(out).write_text(json.dumps({"passes": watched.passes}))


def read(file: Path) -> list[Json]:
    """The passes that ``main`` wrote."""
    passes: list[Json] = json.loads(file.read_text())["passes"]
    return passes


if __name__ == "__main__":
    main(*sys.argv[1:])
