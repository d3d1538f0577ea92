"""Rules over figures made by hand: what they find, and that a healthy pass gives them nothing to say."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from gradscope.doctor import written
from gradscope.doctor.registry import examine, explain
from gradscope.doctor.report import Report
from gradscope.graph.fault import Fault, Operand, TraceLine
from gradscope.graph.statistics import NodeStatistics

from ..samples import spiral_state

LINE = TraceLine("/home/ada/train.py", 12, "forward", "return self.fc2(h)")


def raised(message: str, **more: object) -> Fault:
    kinds: dict[str, object] = {"frames": (LINE,), "expression": "self.fc2(h)", "operation": "linear"}
    fault = Fault(3, "forward", "RuntimeError", message, "operation")
    return replace(fault, **(kinds | more))  # type: ignore[arg-type]


def with_norm(node_of: str, norm: float):
    """The spiral's state, its pass ended, with one node's gradient norm replaced."""
    state = spiral_state()
    graph = state.graph
    assert graph is not None
    current = state.passes[-1]
    columns = {name: np.ones(len(graph)) for name in NodeStatistics.empty(1).columns}
    columns |= {"nan": np.zeros(len(graph)), "inf": np.zeros(len(graph))}
    node = next(row for row in range(len(graph)) if graph.text(row, "op") == node_of)
    columns["norm"][node] = norm
    known = NodeStatistics(np.ones(len(graph), bool), columns, {})
    return replace(state, passes=(*state.passes[:-1], replace(current, gradients=known, ended=True))), graph, node


def test_a_healthy_pass_gives_nothing_to_say() -> None:
    state, _, _ = with_norm("ReluBackward0", 1.0)
    assert examine(state) == []


def test_the_first_node_that_is_not_finite_is_named_by_who_sent_it() -> None:
    state, graph, node = with_norm("ReluBackward0", float("nan"))
    found = [one for one in examine(state) if one.rule == "gradient-not-finite"]
    assert len(found) == 1
    senders = graph.edges["target"][(graph.edges["source"] == node) & (graph.edges["tracked"] == 1)]
    assert found[0].node in senders.tolist()


def test_an_unknown_error_keeps_its_type_message_and_line() -> None:
    finding = explain(raised("the moon is full"), spiral_state())
    assert finding.title == "RuntimeError: the moon is full"
    assert finding.places[0].short == "train.py, line 12"


def test_a_mismatch_names_both_shapes() -> None:
    h = Operand("h", "Tensor", (4, 12), "float32", "cpu")
    weight = Operand("fc2.weight", "Parameter", (3, 10), "float32", "cpu")
    fault = raised("mat1 and mat2 shapes cannot be multiplied (4x12 and 10x3)", operands=(h, weight))
    finding = explain(fault, spiral_state())
    assert "rows of 12" in finding.sentence
    assert "fc2" in finding.fix


def test_a_module_that_is_not_there_is_named_with_what_to_do() -> None:
    message = "No module named 'my_nets.small'"
    fault = raised(message, type="ModuleNotFoundError", place="script", expression="", operation="")
    finding = explain(fault, spiral_state())
    assert "my_nets.small" in finding.title
    assert "beside the script" in finding.fix
    assert finding.places[0].short == "train.py, line 12"


def test_a_finding_that_holds_on_is_one_with_its_iterations() -> None:
    finding = explain(raised("the moon is full"), spiral_state())
    report = Report()
    for iteration in (3, 4, 7):
        report = report.with_findings([finding], iteration)
    (kept,) = report.ordered()
    assert (kept.first, kept.last, kept.count) == (3, 7, 3)


def test_sarif_places_a_finding_at_its_line() -> None:
    report = Report().with_findings([explain(raised("the moon is full"), spiral_state())], 3)
    log = json.loads(written.sarif(report.ordered()))
    (result,) = log["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "file:///home/ada/train.py"
    assert place["region"]["startLine"] == 12
    assert result["ruleId"] in [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
