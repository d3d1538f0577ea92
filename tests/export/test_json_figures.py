"""The exported document where figures are missing, negative or not finite, and where gradient is cut."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from gradscope.export.json_export import export_json
from gradscope.export.json_graph import graph_document
from gradscope.export.json_stats import stats_document, strict
from gradscope.graph.leaf_uses import LeafUse
from gradscope.graph.run_log import read_log
from gradscope.graph.snapshot import Cut, GraphSnapshot, Saved, Source
from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.export.fakes import FakeRecording, a_run
from tests.export.scenes import LOOKS_EDGES, LOOKS_NODES
from tests.samples import graph_message, spiral_graph, statistics_table, with_cut


def test_what_is_saved_cut_and_frozen_is_told_with_null_for_what_is_not_known() -> None:
    here, off = Source("train.py", 20, "forward"), Source("train.py", 3, "main")
    saved = (
        Saved(3, "self", (64, 2), "float32", 512, 1, 512, 0, False, 4),
        Saved(4, "result", (), "", -1, -1, -1, -1, True),
    )
    graph = replace(
        GraphSnapshot.from_message(spiral_graph()), saved=saved, cuts=(Cut(3, 1, -1, -1, "no_grad", here, off),)
    )
    told = graph_document(graph, {"net.0.weight": ("head.weight",)}, [1] * len(graph))
    assert told["cuts"] == [
        {
            "source": 3,
            "source_output": 1,
            "target": None,
            "target_input": None,
            "reason": "no_grad",
            "location": {"file": "train.py", "line": 20, "function": "forward"},
            "switched_off": {"file": "train.py", "line": 3, "function": "main"},
        }
    ]
    (linear,), (packed,) = told["nodes"][3]["saved"], told["nodes"][4]["saved"]
    assert (linear["shape"], linear["bytes"], linear["leaf"], linear["version"]) == ([64, 2], 512, 0, 4)
    assert [packed[name] for name in ("shape", "dtype", "bytes", "memory", "leaf", "version")] == [None] * 6
    assert [node["aliases"] for node in told["nodes"][:2]] == [["head.weight"], []]


def test_signs_and_what_comes_after_an_iteration_are_kept_apart() -> None:
    assert [strict(value) for value in (math.inf, -math.inf, math.nan, -2.0)] == ["inf", "-inf", "nan", -2.0]
    messages = a_run()
    ending = messages[-1]
    columns = {name: ending.parameters.column(name) for name in ending.parameters.columns}
    columns["update_norm"] = [math.nan, 0.5, 0.0, 0.01]
    messages[-1] = replace(ending, parameters=Table.from_columns("f8", columns))
    means = dict.fromkeys(m.STATISTIC_COLUMNS, 1.0) | {"node": 8, "output": 0, "mean": -0.25}
    messages.insert(-2, m.GradientsMeasured(2, 0, Table.from_columns("f8", {k: [v] for k, v in means.items()})))
    last, first = export_json(FakeRecording(messages)), export_json(FakeRecording(messages), 0)
    nodes = last["stats"]["passes"][0]["nodes"]
    assert nodes["8"]["grad"][0]["mean"] == -0.25
    assert nodes["0"]["update"] == {"norm": "nan", "ratio": "nan"}
    assert nodes["1"]["update"]["norm"] == 0.5
    assert [entry["last_update"]["iteration"] for entry in first["parameters"]] == [0] * 4
    assert last["parameters"][1]["last_update"] == {"iteration": 2, "norm": 0.5, "ratio": pytest.approx(0.5 / 3)}


def test_a_share_that_is_not_a_number_is_null() -> None:
    messages = a_run(1)
    state = FakeRecording(messages).state_at(0)
    uses = (LeafUse(0, 3, 1, 2.0, math.nan, -0.5), LeafUse(0, 8, 0, 1.0, 0.25, -0.5))
    state = replace(state, passes=(replace(state.passes[-1], uses=uses),))
    told = stats_document(state, read_log(messages), 0)
    assert [use["share"] for use in told["passes"][0]["nodes"]["0"]["uses"]] == [None, 0.25]


def test_what_gradient_cannot_come_to_is_listed_with_the_reason() -> None:
    cut = with_cut(graph_message(LOOKS_NODES, LOOKS_EDGES, [], "looks"), (1, 2), "detach", 4)
    started = m.PassStarted(0, 0, "backward", "looks", "detail", "loss", 1.5)
    messages = [*a_run(0), cut, started, m.GradientsMeasured(0, 0, statistics_table({3: 1.0})), m.PassEnded(0, 0, 0.1)]
    nodes = export_json(FakeRecording(messages))["stats"]["passes"][0]["nodes"]
    assert {node: told["why_no_grad"] for node, told in nodes.items() if node in "12"} == {"2": "cut at line 4"}
