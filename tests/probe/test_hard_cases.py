"""The hard cases of autograd, recorded by the real command and held against torch: graph, gradients, source lines."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gradscope.export.json_export import export_json
from gradscope.session.recording import Recording
from gradscope.wire import messages as m
from tests import oracle
from tests.commands import ROOT, gradscope
from tests.oracle import Json
from tests.probe.hard import truth as truth_module

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("warm_python")

FAMILIES = ("reuse", "passes", "functions", "models", "precision", "networks", "surroundings", "wrappers")
CASES = tuple(case.__name__ for family in FAMILIES for case in import_module(f"tests.probe.hard.{family}").CASES)
SCRIPT = Path(truth_module.__file__).with_name("script.py")
WITHOUT_LINES = frozenset({"scripted", "scripted_function"})  # inside scripted code no operation of Python's runs
PACKED = frozenset({"checkpoint_without_reentry", "saved_tensors_on_disk"})
RECOMPUTED = frozenset({"checkpoint_with_reentry", "backward_inside_a_backward"})  # a forward inside of a backward
ONE_PASS = frozenset({"in_place_chain", "views_of_views", "several_outputs", "custom_function", "attention"})
NO_ORDER = frozenset({"one_root_twice"})  # torch has none to tell
Passes = list[tuple[Json, Json]]  # the graph and its measured nodes


@pytest.fixture(scope="module")
def true_passes(tmp_path_factory: pytest.TempPathFactory) -> list[Json]:
    """What torch says, every pass of every case."""
    out = tmp_path_factory.mktemp("truth") / "truth.json"
    environment = dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS="1")
    # In a process of its own: a module run warm stands on one frame more.
    words = (sys.executable, "-m", truth_module.__name__, str(out), *FAMILIES)
    subprocess.run(words, cwd=out.parent, env=environment, check=True, capture_output=True, timeout=250)
    return truth_module.read(out)


@pytest.fixture(scope="module")
def shown_passes(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Passes]:
    """What a recording at a level says of the same passes."""

    @cache
    def shown(level: str) -> Passes:
        folder = tmp_path_factory.mktemp(level)
        file = folder / "run.gscope"
        words = ("record", "--level", level, "-o", str(file), "--", str(SCRIPT), *FAMILIES)
        ran = gradscope(*words, cwd=folder, OMP_NUM_THREADS="1", XDG_DATA_HOME=str(folder))
        assert ran.returncode == 0, ran.stderr
        recording = Recording.open(file)
        lost = [message for message in recording.messages() if isinstance(message, m.FeatureLost)]
        export = export_json(recording, "all")
        recording.close()
        assert lost == []
        return _passes(export)

    return shown


def _passes(export: Json) -> Passes:
    measured = {entry["iteration"]: entry["passes"] for entry in export["stats"]}
    return [
        (
            export["graphs"][described["fingerprint"]]
            | {key: described[key] for key in ("kind", "run_order", "order")},
            norms["nodes"],
        )
        for entry in export["iterations"]
        if entry["passes"]
        for described, norms in zip(entry["passes"], measured[entry["iteration"]], strict=True)
    ]


def _of_case(case: str, truth: list[Json], shown: Passes) -> list[tuple[Json, Json, Json]]:
    assert len(shown) == len(truth), f"torch ran the engine {len(truth)} times, {len(shown)} were seen"
    return [(told, *ours) for told, ours in zip(truth, shown, strict=True) if told["case"] == case]


@pytest.mark.parametrize("level", ["light", "detail"])
@pytest.mark.parametrize("case", CASES)
def test_graph_and_gradients_are_torchs_own(
    case: str, level: str, true_passes: list[Json], shown_passes: Callable[[str], Passes]
) -> None:
    for told, graph, norms in _of_case(case, true_passes, shown_passes(level)):
        assert oracle.compare_pass(graph, norms, told) == []
        assert graph["kind"] == told["kind"]


@pytest.mark.parametrize("case", CASES)
def test_the_run_order_is_told_as_the_engine_then_takes_it(
    case: str, true_passes: list[Json], shown_passes: Callable[[str], Passes]
) -> None:
    for told, graph, _ in _of_case(case, true_passes, shown_passes("detail")):
        pairs = oracle.matched(graph, told)
        ran = {node["ran"]: number for number, node in enumerate(told["nodes"]) if "ran" in node}
        as_run = [pairs[ran[place]] for place in sorted(ran)]
        assert graph["run_order"] == as_run or (case in NO_ORDER and graph["run_order"] is None), told["kind"]


@pytest.mark.parametrize("case", [case for case in CASES if case not in WITHOUT_LINES])
def test_every_node_stands_at_the_line_that_made_it(
    case: str, true_passes: list[Json], shown_passes: Callable[[str], Passes]
) -> None:
    for told, graph, _ in _of_case(case, true_passes, shown_passes("detail")):
        places = _places(graph)
        for number, identity in oracle.matched(graph, told).items():
            node = told["nodes"][number]
            if node["op"] != "AccumulateGrad":
                assert places[identity][:2] == node["place"], node["op"]
                assert places[identity][2], f"{node['op']} was made by no known function"


@pytest.mark.parametrize("case", [case for case in CASES if case not in WITHOUT_LINES])
def test_every_node_tells_the_calls_it_was_made_in_from_the_script_on(
    case: str, true_passes: list[Json], shown_passes: Callable[[str], Passes]
) -> None:
    for told, graph, _ in _of_case(case, true_passes, shown_passes("detail")):
        starts = {node["id"]: node["stack"] for node in graph["nodes"]}
        for number, identity in oracle.matched(graph, told).items():
            node = told["nodes"][number]
            if node["op"] != "AccumulateGrad":
                assert _stack(graph, starts[identity]) == node["stack"], node["op"]


@pytest.mark.parametrize("case", [case for case in CASES if case not in RECOMPUTED])
def test_every_node_carries_its_order(
    case: str, true_passes: list[Json], shown_passes: Callable[[str], Passes]
) -> None:
    for told, graph, _ in _of_case(case, true_passes, shown_passes("detail")):
        orders = {node["id"]: node["order"] for node in graph["nodes"]}
        expected = {
            identity: told["nodes"][number]["order"] for number, identity in oracle.matched(graph, told).items()
        }
        leaves = {node["id"] for node in graph["nodes"] if node["kind"] == "leaf"}
        assert {node: order for node, order in expected.items() if node not in leaves} == {
            node: orders[node] for node in expected if node not in leaves
        }
        assert graph["order"] == max(expected.values())


@pytest.mark.parametrize("case", [case for case in CASES if case not in PACKED])
def test_saved_tensors_are_those_that_torch_unpacks(
    case: str, true_passes: list[Json], shown_passes: Callable[[str], Passes]
) -> None:
    for told, graph, _ in _of_case(case, true_passes, shown_passes("detail")):
        nodes = {node["id"]: node["saved"] for node in graph["nodes"]}
        for number, identity in oracle.matched(graph, told).items():
            shown = {entry["name"]: [entry["shape"], entry["bytes"], entry["version"]] for entry in nodes[identity]}
            whole = case in ONE_PASS  # a graph is told once, and an update between its passes writes to its leaves
            for name, expected in told["nodes"][number]["saved"].items():
                assert shown.get(name, [])[: 3 if whole else 2] == expected[: 3 if whole else 2], name


def test_what_a_custom_function_saved_is_shown(true_passes: list[Json], shown_passes: Callable[[str], Passes]) -> None:
    found = [
        [(entry["shape"], entry["bytes"]) for entry in node["saved"]]
        for case in ("custom_function", "custom_function_with_two_outputs")
        for _, graph, _ in _of_case(case, true_passes, shown_passes("detail"))
        for node in graph["nodes"]
        if node["op"] in ("CubeBackward", "HalvesBackward")
    ]
    assert found == [[([2], 8)], []]  # ``save_for_backward(x)`` of two float32, and nothing


@pytest.mark.parametrize("case", sorted(PACKED))
def test_packed_tensors_are_named_and_not_unpacked(
    case: str, shown_passes: Callable[[str], Passes], true_passes: list[Json]
) -> None:
    saved = [
        entry
        for _, graph, _ in _of_case(case, true_passes, shown_passes("detail"))
        for node in graph["nodes"]
        for entry in node["saved"]
    ]
    packed = [entry for entry in saved if entry["packed"]]
    assert packed
    assert all(entry["bytes"] is None for entry in packed)


def _stack(graph: Json, row: int | None) -> list[list[Any]]:
    """From the case on, innermost last."""
    lines = []
    while row is not None:
        line = graph["stacks"][row]
        lines.append([Path(line["file"]).name, line["line"], line["function"]])
        row = line["outer"]
    return [line for line in reversed(lines) if line[0] != SCRIPT.name]


def _places(graph: Json) -> dict[int, list[Any]]:
    """File, line and torch function by node."""
    found = {}
    for node in graph["nodes"]:
        source = node["source"] or {"file": "", "line": 0}
        found[node["id"]] = [Path(source["file"]).name, source["line"], node["function"]]
    return found
