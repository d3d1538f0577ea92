"""The gradients of a script's first iterations by torch's own means: ``autograd.grad`` of the root at every node.

``python -m tests.e2e.gradients SCRIPT OUT.json ITERATIONS`` runs the script, and at each ``backward()`` asks for the
gradient at each node that a walk over ``next_functions`` finds, one call a node, before the script's own backward runs.
``in_walk_order`` finds the same order in a graph of the debugger: breadth first from the root, inputs by position.
"""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradscope.session.interpreter import find_python

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot

ROOT = Path(__file__).parents[2]
Json = dict[str, Any]


def true_gradients(script: Path, folder: Path, iterations: int) -> list[list[Json]]:
    """By iteration, the nodes in walk order, each with ``op`` and flat ``gradient``; found by another process."""
    out = folder / f"{script.stem}.gradients.json"
    environment = dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS="1")
    words = [find_python(), "-m", "tests.e2e.gradients", str(script), str(out), str(iterations)]
    subprocess.run(words, env=environment, check=True, capture_output=True, timeout=120)
    told: list[list[Json]] = json.loads(out.read_text())
    return told


def in_walk_order(graph: GraphSnapshot, root: int) -> list[int]:
    """The graph's node ids in the order of the walk."""
    edges = zip(*(graph.edges[name].tolist() for name in ("target", "target_input", "source", "tracked")), strict=True)
    inputs: dict[int, list[tuple[int, int]]] = {}
    for target, position, source, tracked in edges:
        if tracked == 1:
            inputs.setdefault(target, []).append((position, source))
    order = [root]
    for node in order:
        order += [source for _, source in sorted(inputs.get(node, [])) if source not in order]
    return order


def main(script: str, out: str, iterations: str) -> None:
    """Run the script until it has called ``backward()`` so often."""
    import torch

    told: list[list[Json]] = []
    own = torch.Tensor.backward

    def backward(root: Any, *args: Any, **kwargs: Any) -> Any:
        told.append([_node(root, node) for node in _walk(root.grad_fn)])
        if len(told) == int(iterations):
            Path(out).write_text(json.dumps(told))
            raise SystemExit(0)
        return own(root, *args, **kwargs)

    torch.Tensor.backward = backward  # type: ignore[method-assign]
    sys.argv = [script]
    runpy.run_path(script, run_name="__main__")


def _walk(root: Any) -> list[Any]:
    order = [root]
    for node in order:
        for child, _ in node.next_functions:
            if child is not None and child not in order:
                order.append(child)
    return order


def _node(root: Any, node: Any) -> Json:
    import torch

    edge = torch.autograd.graph.GradientEdge(node, 0)
    (gradient,) = torch.autograd.grad(root, edge, retain_graph=True)
    return {"op": node.name(), "gradient": gradient.flatten().tolist()}


if __name__ == "__main__":
    main(*sys.argv[1:])
