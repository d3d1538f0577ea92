"""The truth about a training run, found without the debugger: every graph, every gradient, by torch's own means.

``python -m tests.oracle SCRIPT OUT.json [ARGUMENTS]`` runs a script with torch.autograd._engine_run_backward wrapped
and writes, for every pass of the engine, the nodes reachable by ``next_functions``, their edges and the float64 norm of
every gradient that a node received. ``compare`` holds an export of the debugger against it.

Two walks of one graph are matched from the root: a child is told from its siblings by the position it feeds, so there
is at most one way to match them, whatever numbers the nodes carry. An iteration is counted whenever a leaf of an
earlier pass has other elements when the next pass begins.
"""

from __future__ import annotations

import json
import math
import runpy
import sys
from collections import deque
from pathlib import Path
from typing import Any

TOLERANCE = 1e-5
Json = dict[str, Any]
_WRAPPERS = ("base_model.model.", "module.", "_orig_mod.")  # what modules that hold the user's put before its names


class Oracle:
    """Watches the engine; ``passes`` is what it saw."""

    def __init__(self) -> None:
        import torch

        self.torch = torch
        self.passes: list[Json] = []
        self._iteration = 0
        self._leaves: dict[int, tuple[Any, Any]] = {}
        self._engine = torch.autograd._engine_run_backward

    def __enter__(self) -> Oracle:
        self.torch.autograd._engine_run_backward = self._run
        return self

    def __exit__(self, *_: object) -> None:
        self.torch.autograd._engine_run_backward = self._engine

    def _run(self, roots: tuple[Any, ...], *args: Any, **kwargs: Any) -> Any:
        if any(not self.torch.equal(leaf.detach(), before) for leaf, before in self._leaves.values()):
            self._iteration += 1
            self._leaves.clear()
        starts = [(self._node(root), root.output_nr) for root in roots]
        order, edges = self._walk([node for node, _ in starts])
        names = _names(sys._getframe(1), self.torch)
        nodes = [self._described(node, names) for node in order]
        handles = [node.register_prehook(self._measure(nodes[index])) for index, node in enumerate(order)]
        numbers = {node: index for index, node in enumerate(order)}
        told = {"iteration": self._iteration, "kind": "backward", "nodes": nodes, "edges": edges}
        told["roots"] = [[numbers[node], output] for node, output in starts]
        self.passes.append(told)
        try:
            returned = self._engine(roots, *args, **kwargs)
        finally:
            for handle in handles:
                handle.remove()
            for node in order:
                if hasattr(node, "variable"):
                    self._leaves[id(node.variable)] = (node.variable, node.variable.detach().clone())
        inputs = args[3] if len(args) > 3 else kwargs.get("inputs", ())
        if not kwargs.get("accumulate_grad", True):
            told["kind"] = "grad"
            for tensor, gradient in zip(inputs, returned, strict=True):
                number = numbers.get(self._node(tensor))
                if number is not None:  # allow_unused: no path leads there
                    nodes[number]["gradients"][tensor.output_nr] = self._norm(gradient)
        return returned

    def _node(self, tensor: Any) -> Any:
        return self.torch.autograd.graph.get_gradient_edge(tensor).node

    @staticmethod
    def _walk(roots: list[Any]) -> tuple[list[Any], list[list[int]]]:
        """Breadth first; edges as [source, source_output, target, target_input], from leaf to root."""
        order = list(dict.fromkeys(roots))
        numbers = {node: index for index, node in enumerate(order)}
        edges = []
        for node in order:
            for position, (child, output) in enumerate(node.next_functions):
                if child is None:
                    continue
                if child not in numbers:
                    numbers[child] = len(order)
                    order.append(child)
                edges.append([numbers[child], output, numbers[node], position])
        return order, edges

    def _described(self, node: Any, names: dict[int, list[str]]) -> Json:
        leaf = getattr(node, "variable", None)
        outputs = [leaf] if leaf is not None else list(node._input_metadata)
        return {
            "op": node.name().rpartition("::")[2],
            "shapes": [list(map(int, output.shape)) for output in outputs],
            "names": names.get(id(leaf), []) if leaf is not None else [],
            "gradients": [None] * len(outputs),
        }

    def _measure(self, node: Json) -> Any:
        def look(gradients: tuple[Any, ...]) -> None:
            node["gradients"] = [self._norm(gradient) for gradient in gradients]

        return look

    def _norm(self, gradient: Any) -> Any:
        if gradient is None:
            return None
        with self.torch.no_grad():
            dense = gradient.detach().to_dense() if gradient.is_sparse else gradient.detach()
            norm = float((dense.abs() if dense.is_complex() else dense).double().norm())
        return norm if math.isfinite(norm) else str(norm)


def _names(frame: Any, torch: Any) -> dict[int, list[str]]:
    """By identity, all that the variables of the frames up to the script call a tensor, itself or in a module."""
    names: dict[int, list[str]] = {}
    while frame is not None:
        for variable, value in list(frame.f_locals.items()):
            if isinstance(value, torch.nn.Module):
                for name, parameter in value.named_parameters(remove_duplicate=False):
                    plain = _without_wrappers(name)
                    names.setdefault(id(parameter), []).extend((plain, f"{variable}.{plain}"))
            elif isinstance(value, torch.Tensor):
                names.setdefault(id(value), []).append(variable)
        frame = frame.f_back
    return names


def _without_wrappers(name: str) -> str:
    for wrapper in _WRAPPERS:
        name = name.replace(wrapper, "")
    return name


def compare(export: Json, oracle: Json, iteration: int) -> list[str]:
    """What differs between an export of the debugger and the oracle's passes of one iteration; [] if nothing does."""
    differences: list[str] = []
    truth = [told for told in oracle["passes"] if told["iteration"] == iteration]
    statistics = export["stats"] if isinstance(export["stats"], list) else [export["stats"]]
    measured = {entry["iteration"]: entry["passes"] for entry in statistics}
    described = {entry["iteration"]: entry["passes"] for entry in export["iterations"]}
    if iteration not in described or iteration not in measured:
        return [f"iteration {iteration} is not in the export"]
    for kind, passes in (("described", described[iteration]), ("measured", measured[iteration])):
        if len(passes) != len(truth):
            differences.append(f"iteration {iteration} has {len(truth)} passes, {len(passes)} are {kind}")
    if differences:
        return differences
    for number, (told, shown, norms) in enumerate(zip(truth, described[iteration], measured[iteration], strict=True)):
        where = f"iteration {iteration}, pass {number}"
        if shown["kind"] != told["kind"]:
            differences.append(f"{where}: is a {told['kind']}, shown as {shown['kind']}")
        graph = export["graphs"].get(shown["fingerprint"])
        if graph is None:
            differences.append(f"{where}: there is no graph {shown['fingerprint']!r}")
            continue
        differences += [f"{where}: {line}" for line in compare_pass(graph, norms["nodes"], told)]
    return differences


def matched(graph: Json, truth: Json) -> dict[int, Any]:
    """The oracle's node numbers to the ids of an exported graph, as far as the two agree."""
    nodes = {node["id"]: node for node in graph["nodes"] if node["kind"] in ("leaf", "op")}
    return _matched(nodes, [edge for edge in graph["edges"] if edge["tracked"]], truth)[0]


def compare_pass(graph: Json, norms: Json, truth: Json) -> list[str]:
    """What differs between one exported graph with its measured nodes and one pass of the oracle's."""
    nodes = {node["id"]: node for node in graph["nodes"] if node["kind"] in ("leaf", "op")}
    edges = [edge for edge in graph["edges"] if edge["tracked"]]
    pairs, differences = _matched(nodes, edges, truth)
    for number, identity in pairs.items():
        differences += _compare_node(truth["nodes"][number], nodes[identity], norms.get(str(identity), {}))
    return differences


def _matched(nodes: Json, edges: list[Json], truth: Json) -> tuple[dict[int, Any], list[str]]:
    """The oracle's node numbers to the export's ids, and where the two graphs part."""
    differences: list[str] = []
    if len(nodes) != len(truth["nodes"]) or len(edges) != len(truth["edges"]):
        differences.append(
            f"{len(truth['nodes'])} nodes and {len(truth['edges'])} edges, shown {len(nodes)} and {len(edges)}"
        )
    true_inputs = _inputs((edge[2], edge[3], edge[0], edge[1]) for edge in truth["edges"])
    shown_inputs = _inputs((e["target"], e["target_input"], e["source"], e["source_output"]) for e in edges)
    sources = {edge["source"] for edge in edges}
    shown_roots = [identity for identity in nodes if identity not in sources or nodes[identity]["role"] == "root"]
    true_roots = list(dict.fromkeys(node for node, _ in truth["roots"]))
    if len(shown_roots) != len(true_roots):
        differences.append(f"{len(true_roots)} roots, shown {len(shown_roots)}")
    pairs: dict[int, Any] = {}
    taken: dict[Any, int] = {}
    waiting = deque(zip(true_roots, shown_roots, strict=False))
    while waiting:
        number, identity = waiting.popleft()
        if number in pairs or identity in taken:
            if pairs.get(number) != identity:
                differences.append(f"{truth['nodes'][number]['op']} is another node than {identity}")
            continue
        pairs[number], taken[identity] = identity, number
        ours, theirs = true_inputs.get(number, {}), shown_inputs.get(identity, {})
        for position in ours.keys() | theirs.keys():
            child, shown = ours.get(position), theirs.get(position)
            if child is None or shown is None or child[1] != shown[1] or shown[0] not in nodes:
                op = truth["nodes"][number]["op"]
                differences.append(f"input {position} of {op} (node {identity}): {child}, shown {shown}")
            else:
                waiting.append((child[0], shown[0]))
    return pairs, differences


def _inputs(edges: Any) -> dict[Any, dict[int, tuple[Any, int]]]:
    inputs: dict[Any, dict[int, tuple[Any, int]]] = {}
    for target, position, source, output in edges:
        inputs.setdefault(target, {})[position] = (source, output)
    return inputs


def _compare_node(truth: Json, shown: Json, measured: Json) -> list[str]:
    differences = []
    where = f"node {shown['id']}"
    if shown["op"] != truth["op"]:
        differences.append(f"{where}: is {truth['op']}, shown as {shown['op']}")
    if (truth["op"] == "AccumulateGrad") != (shown["kind"] == "leaf"):
        differences.append(f"{where}: {truth['op']} is shown as {shown['kind']}")
    shapes = [output["shape"] for output in shown["outputs"]]
    if shapes != truth["shapes"]:
        differences.append(f"{where} ({truth['op']}): shapes {truth['shapes']}, shown {shapes}")
    if truth["names"] and shown["name"] not in truth["names"]:
        differences.append(f"{where}: is called {truth['names']}, shown as {shown['name']!r}")
    told = [entry and entry["norm"] for entry in measured.get("grad") or []]
    expected = truth["gradients"]
    if not any(norm is not None for norm in (*told, *expected)):
        return differences
    if len(told) != len(expected) or not all(map(_same, expected, told)):
        differences.append(f"{where} ({truth['op']}): gradient norms {expected}, shown {told}")
    return differences


def _same(expected: Any, told: Any) -> bool:
    if expected is None or told is None or isinstance(expected, str) or isinstance(told, str):
        return bool(expected == told)
    return math.isclose(expected, told, rel_tol=TOLERANCE, abs_tol=1e-300)


def main(script: str, out: str, *arguments: str) -> None:
    """Run the script as Python would and write what was seen, also when it raises."""
    sys.argv = [script, *arguments]
    sys.path.insert(0, str(Path(script).resolve().parent))
    with Oracle() as oracle:
        try:
            runpy.run_path(script, run_name="__main__")
        finally:
            Path(out).write_text(json.dumps({"passes": oracle.passes}))


if __name__ == "__main__":
    main(*sys.argv[1:])
