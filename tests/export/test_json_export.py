"""The exported document: strict JSON with every field of the published schema, and true to the run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gradscope.export.json_export import export_json, json_text
from gradscope.session.recording import Recording
from gradscope.session.recording_writer import RecordingWriter
from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.export.fakes import FakeRecording, a_run
from tests.samples import (
    SPIRAL_CALLS,
    SPIRAL_EDGES,
    SPIRAL_NODES,
    graph_message,
    spiral_graph,
    spiral_messages,
    statistics_table,
    timed_forward,
    timed_nodes,
)

if TYPE_CHECKING:
    from pathlib import Path

NODE_FIELDS = {
    *("id", "kind", "role", "op", "title", "name", "aliases", "call", "module", "module_type", "function"),
    *("outputs", "saved", "source", "stack", "order"),
}


@pytest.fixture
def document() -> dict[str, Any]:
    return export_json(FakeRecording(a_run()))


def test_the_document_has_every_part_and_is_strict_json(document: dict[str, Any]) -> None:
    parts = {"gradscope", "run", "iterations", "graphs", "stats", "parameters", "findings"}
    again = json.loads(json_text(document), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert again == document
    assert set(again) == parts
    assert again["gradscope"] == 1
    assert again["run"] == {
        "command": ["python", "/home/ada/spiral_mlp.py"],
        "torch": "2.13.0",
        "device": "cpu",
        "ranks": 1,
    }


def test_nodes_and_edges_are_those_of_the_graph(document: dict[str, Any]) -> None:
    graph = document["graphs"]["spiral"]
    assert [node["id"] for node in graph["nodes"]] == list(range(len(SPIRAL_NODES)))
    assert all(set(node) == NODE_FIELDS for node in graph["nodes"])
    linear = graph["nodes"][3]
    assert (linear["kind"], linear["role"]) == ("op", "intermediate")
    assert (linear["op"], linear["call"], linear["module"], linear["module_type"]) == (
        "AddmmBackward0",
        "net.0#0",
        "net.0",
        "Linear",
    )
    assert linear["outputs"] == [{"shape": [64, 16], "dtype": "float32", "device": "cpu"}]
    assert linear["source"] == {"file": "/home/ada/spiral_mlp.py", "line": 18, "function": "forward"}
    assert graph["nodes"][10]["outputs"][0]["shape"] == []
    assert graph["nodes"][10]["call"] is None
    keys = ("source", "source_output", "target", "target_input", "tracked")
    assert [tuple(int(edge[key]) for key in keys) for edge in graph["edges"]] == SPIRAL_EDGES
    assert graph["cuts"] == []


def test_iterations_tell_their_passes_and_phases(document: dict[str, Any]) -> None:
    assert [entry["iteration"] for entry in document["iterations"]] == [0, 1, 2]
    second = document["iterations"][1]
    assert second["phases"]["backward"] == pytest.approx(0.003)
    assert second["passes"] == [
        {
            "pass": 0,
            "kind": "backward",
            "root": "loss",
            "loss": pytest.approx(0.6),
            "order": 1,
            "fingerprint": "spiral",
            "run_order": None,
        }
    ]
    assert {"event": "update", "by": "SGD", "skipped": False} in second["events"]


def test_statistics_are_those_of_the_last_iteration_unless_asked_otherwise() -> None:
    recording = FakeRecording(a_run())
    assert export_json(recording)["stats"]["iteration"] == 2
    chosen = export_json(recording, 0)
    assert chosen["stats"]["iteration"] == 0
    assert [entry["iteration"] for entry in export_json(recording, "all")["stats"]] == [0, 1, 2]
    nodes = chosen["stats"]["passes"][0]["nodes"]
    assert sorted(nodes, key=int) == [str(node) for node in range(11)]
    assert nodes["3"]["grad"][0]["norm"] == 0.125
    assert nodes["3"]["value"]["norm"] == 4.0
    assert nodes["3"]["update"] is None
    assert nodes["0"]["update"] == {"norm": 0.01, "ratio": pytest.approx(0.01 / 3)}
    assert nodes["3"]["why_no_grad"] is None


def test_times_are_null_but_where_somebody_measured() -> None:
    messages = a_run()
    messages[-2:-2] = [timed_nodes(2, {4: 4e-3}), timed_forward(2, [(4, 0, 5e-3)], {2: 6e-3})]
    before, timed = (told["passes"][0] for told in export_json(FakeRecording(messages), "all")["stats"][1:])
    assert (timed["nodes"]["4"]["backward_seconds"], timed["nodes"]["4"]["forward_seconds"]) == (4e-3, 5e-3)
    assert timed["nodes"]["3"]["backward_seconds"] is None
    assert timed["calls"]["net.1#0"] == {"forward_seconds": 6e-3}
    assert before["nodes"]["4"]["backward_seconds"] is before["nodes"]["4"]["forward_seconds"] is None
    assert before["calls"] == {}


def test_what_is_not_finite_is_a_string() -> None:
    document = export_json(FakeRecording(a_run()), 1)
    assert document["stats"]["passes"][0]["nodes"]["0"]["grad"][0]["norm"] == "nan"
    json.loads(json_text(document))


def test_an_undefined_or_missing_gradient_is_null_and_says_why() -> None:
    messages = a_run(1)[:-2]
    row: dict[str, float] = dict.fromkeys(m.STATISTIC_COLUMNS, -1.0) | {"node": 4, "output": 0, "defined": 0}
    undefined = Table.from_columns("f8", {name: [value] for name, value in row.items()})
    messages[-1] = m.GradientsMeasured(0, 0, statistics_table({3: 1.0}))
    messages += [m.GradientsMeasured(0, 0, undefined), m.PassEnded(0, 0, 0.01)]
    document = export_json(FakeRecording(messages))
    nodes = document["stats"]["passes"][0]["nodes"]
    assert nodes["4"]["grad"] == [None]
    assert nodes["4"]["why_no_grad"] == "undefined"
    assert nodes["0"]["grad"] == [None]
    assert nodes["0"]["why_no_grad"] == "none"
    assert document["parameters"][0]["grad_norm"] is None
    assert document["parameters"][0]["why_no_grad"] == "none"


def test_every_output_of_a_node_has_its_gradient() -> None:
    graph = spiral_graph()
    columns = {name: graph.outputs.column(name) for name in m.OUTPUT_COLUMNS}
    more = {name: [*values, 1 if name == "output" else values[3]] for name, values in columns.items()}
    more["node"][-1] = 3
    wide = m.GraphCaptured(
        "spiral", graph.strings, graph.nodes, Table.from_columns("i4", more), graph.edges, graph.calls
    )
    row: dict[str, float] = dict.fromkeys(m.STATISTIC_COLUMNS, 1.0) | {"node": 3, "output": 1, "norm": 7.0}
    second = Table.from_columns("f8", {name: [value] for name, value in row.items()})
    messages = [wide if isinstance(message, m.GraphCaptured) else message for message in a_run(1)]
    messages.insert(-2, m.GradientsMeasured(0, 0, second))
    grads = export_json(FakeRecording(messages))["stats"]["passes"][0]["nodes"]["3"]["grad"]
    assert [grad["norm"] for grad in grads] == [0.125, 7.0]


def test_light_figures_that_were_not_measured_are_null() -> None:
    messages = a_run(1)
    row: dict[str, float] = dict.fromkeys(m.STATISTIC_COLUMNS, -1.0) | {
        "node": 3,
        "output": 0,
        "defined": 1,
        "norm": 2.0,
    }
    light = Table.from_columns("f8", {name: [value] for name, value in row.items()})
    messages.insert(-2, m.GradientsMeasured(0, 0, light))
    grad = export_json(FakeRecording(messages))["stats"]["passes"][0]["nodes"]["3"]["grad"][0]
    assert grad["norm"] == 2.0
    assert {name for name, value in grad.items() if value is None} == {
        *("max_abs", "mean", "std", "zeros", "nan", "inf", "count")
    }


def test_parameters_carry_their_norms(document: dict[str, Any]) -> None:
    assert [entry["name"] for entry in document["parameters"]] == [
        *("net.0.weight", "net.0.bias", "net.2.weight", "net.2.bias")
    ]
    first = document["parameters"][0]
    assert first["shape"] == [16, 2]
    assert first["grad_norm"] == pytest.approx(0.5 / 3)
    assert first["why_no_grad"] is None


def test_a_run_held_in_backward_is_exported_as_far_as_it_came() -> None:
    document = export_json(FakeRecording(spiral_messages()))
    assert document["stats"]["iteration"] == 12
    assert document["parameters"][2]["grad_norm"] == 0.05
    assert document["parameters"][0]["why_no_grad"] == "not yet"
    assert document["iterations"][-1]["events"] == [{"event": "paused", "point": "node", "pass": 0, "node": 3}]


def test_a_script_without_backward_still_shows_its_graph() -> None:
    partial = graph_message(SPIRAL_NODES, SPIRAL_EDGES, SPIRAL_CALLS, partial=True)
    document = export_json(FakeRecording([*spiral_messages(0)[:2], partial]))
    assert len(document["graphs"]["spiral"]["nodes"]) == len(SPIRAL_NODES)
    assert document["stats"] == {"iteration": None, "passes": []}


def test_a_recording_on_disk_gives_the_same_document(tmp_path: Path) -> None:
    path = tmp_path / "run.gscope"
    writer = RecordingWriter(path, {"command": ["python", "spiral_mlp.py"]})
    for message in a_run():
        writer.put(message)
    writer.close()
    recording = Recording.open(path)
    for iteration in (None, 0, "all"):
        assert export_json(recording, iteration) == export_json(FakeRecording(a_run()), iteration)
    recording.close()
