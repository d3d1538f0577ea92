"""The oracle itself: what it says about a known run, and that it sees each kind of difference."""

from __future__ import annotations

import copy
import json
import math
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.oracle import compare

SCRIPTS = Path(__file__).parent / "scripts"


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> dict:
    out = tmp_path_factory.mktemp("oracle") / "gan.json"
    command = [sys.executable, "-m", "tests.oracle", str(SCRIPTS / "gan.py"), str(out), "--iterations", "1"]
    subprocess.run(command, check=True, timeout=120, cwd=SCRIPTS.parents[1])
    return json.loads(out.read_text())


def exported(truth: dict) -> dict:
    """An export that says the same under other node numbers, in another order."""
    iterations, statistics, graphs = [], [], {}
    for iteration in sorted({told["iteration"] for told in truth["passes"]}):
        passes, measured = [], []
        for number, told in enumerate(told for told in truth["passes"] if told["iteration"] == iteration):
            fingerprint = f"{iteration}.{number}"
            identities = random.Random(number).sample(range(1000), len(told["nodes"]))
            roots = {node for node, _ in told["roots"]}
            nodes = [
                {
                    "id": identities[index],
                    "kind": "leaf" if node["op"] == "AccumulateGrad" else "op",
                    "role": "root" if index in roots else "leaf",
                    "op": node["op"],
                    "name": node["names"][-1] if node["names"] else None,
                    "outputs": [{"shape": shape} for shape in node["shapes"]],
                }
                for index, node in enumerate(told["nodes"])
            ]
            nodes.append({"id": 5000, "kind": "input", "role": "input", "op": "", "name": "x", "outputs": []})
            edges = [
                {
                    "source": identities[source],
                    "source_output": output,
                    "target": identities[target],
                    "target_input": position,
                    "tracked": True,
                }
                for source, output, target, position in told["edges"]
            ]
            random.Random(number).shuffle(nodes)
            graphs[fingerprint] = {"nodes": nodes, "edges": edges[::-1]}
            passes.append({"pass": number, "kind": told["kind"], "fingerprint": fingerprint})
            grads = {
                str(identities[index]): {
                    "grad": [norm if norm is None else {"norm": norm} for norm in node["gradients"]]
                }
                for index, node in enumerate(told["nodes"])
            }
            measured.append({"pass": number, "nodes": grads})
        iterations.append({"iteration": iteration, "passes": passes})
        statistics.append({"iteration": iteration, "passes": measured})
    return {"iterations": iterations, "graphs": graphs, "stats": statistics}


def test_a_gan_has_a_discriminator_iteration_of_two_passes_and_a_generator_iteration(truth):
    assert [told["iteration"] for told in truth["passes"]] == [0, 0, 1]
    assert [node["op"] for node in truth["passes"][0]["nodes"][:2]] == [
        "BinaryCrossEntropyWithLogitsBackward0",
        "AddmmBackward0",
    ]
    assert truth["passes"][0]["nodes"][0]["gradients"] == [1.0]
    names = {name for node in truth["passes"][2]["nodes"] for name in node["names"]}
    assert {"generator.0.weight", "discriminator.5.bias"} <= names


def test_the_same_under_other_numbers_is_no_difference(truth):
    export = exported(truth)
    assert compare(export, truth, 0) == []
    assert compare(export, truth, 1) == []


def test_one_entry_of_statistics_may_stand_alone(truth):
    export = exported(truth)
    export["stats"] = export["stats"][1]
    assert compare(export, truth, 1) == []
    assert compare(export, truth, 0) == ["iteration 0 is not in the export"]


def graph(export: dict) -> dict:
    return export["graphs"]["1.0"]


def leaf(export: dict) -> dict:
    return next(node for node in graph(export)["nodes"] if node["kind"] == "leaf")


def norms(export: dict) -> dict:
    return export["stats"][1]["passes"][0]["nodes"]


CHANGES = {
    "an edge is missing": lambda export: graph(export)["edges"].pop(),
    "an edge feeds another position": lambda export: graph(export)["edges"][3].update(target_input=7),
    "an edge leaves another output": lambda export: graph(export)["edges"][3].update(source_output=1),
    "an operation has another name": lambda export: graph(export)["nodes"][0].update(op="OtherBackward0"),
    "a leaf has another name": lambda export: leaf(export).update(name="other"),
    "a leaf is an operation": lambda export: leaf(export).update(kind="op"),
    "a shape differs": lambda export: leaf(export)["outputs"][0].update(shape=[1, 2, 3]),
    "a gradient is missing": lambda export: norms(export).pop(str(leaf(export)["id"])),
    "a gradient is not finite": lambda export: norms(export)[str(leaf(export)["id"])]["grad"][0].update(norm="nan"),
    "a node is missing": lambda export: graph(export)["nodes"].remove(leaf(export)),
    "the graph is missing": lambda export: export["graphs"].clear(),
    "a pass is missing": lambda export: export["stats"][1]["passes"].pop(),
    "it is another kind of pass": lambda export: export["iterations"][1]["passes"][0].update(kind="grad"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_kind_of_difference_is_seen(truth, change):
    export = exported(copy.deepcopy(truth))
    change(export)
    assert compare(export, truth, 1)


def test_norms_may_differ_by_rounding_only(truth):
    for factor, differs in ((1 + 1e-6, False), (1 + 1e-4, True), (math.inf, True)):
        export = exported(copy.deepcopy(truth))
        entry = norms(export)[str(leaf(export)["id"])]["grad"][0]
        entry["norm"] *= factor
        assert bool(compare(export, truth, 1)) is differs
