"""Every way to lose a gradient, in a real process: the cut, its line, what lies above it, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gradscope.graph.snapshot import GraphSnapshot, Kind, Role
from gradscope.graph.why import why_parameter
from gradscope.session.recording import Recording
from gradscope.wire import messages as m
from tests.commands import gradscope

if TYPE_CHECKING:
    from gradscope.graph.state import RunState

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPT = Path(__file__).with_name("losing") / "script.py"
CASES = {
    "detach": "detach",
    "detach_in_place": "detach",
    "data": "data",
    "no_grad": "no_grad",
    "set_grad_enabled": "no_grad",
    "inference_mode": "inference_mode",
    "item": "item",
    "tolist": "tolist",
    "numpy_shared": "detach",
    "numpy_copied": "detach",
    "new_tensor": "tensor",
    "argmax": "integer",
    "comparison": "integer",
    "indices": "integer",
    "long": "integer",
    "new_leaf": "detach",
    "new_parameter": "data",
    "frozen": "frozen",
    "frozen_by_attribute": "frozen",
    "never_used": "never_used",
    "unused_result": "unused_result",
    "target_network": "no_grad",
    "generator": "detach",
}
NO_FAR_END = {"item", "tolist", "never_used", "unused_result"}
SWITCHED_OFF = {"no_grad", "set_grad_enabled", "target_network"}


class Seen:
    """The script's run: torch's truth by case, and the run at the end of each case's iteration."""

    def __init__(self, folder: Path) -> None:
        file = folder / "run.gscope"
        ran = gradscope(
            *("record", "--level", "detail", "-o", str(file), "--", "-W", "ignore", str(SCRIPT)),
            cwd=folder,
            OMP_NUM_THREADS="1",
            XDG_DATA_HOME=str(folder),
        )
        assert ran.returncode == 0, ran.stderr
        self.truth: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
        recording = Recording.open(file)
        self.lost = [message for message in recording.messages() if isinstance(message, m.FeatureLost)]
        self.states = {case: recording.state_at(number) for number, case in enumerate(self.truth)}
        recording.close()

    def of(self, case: str) -> tuple[RunState, GraphSnapshot, Any]:
        state = self.states[case]
        truth = {
            key: value if key == "nodes" else sorted(map(_plain, value)) for key, value in self.truth[case].items()
        }
        return state, state.graphs[state.passes[-1].fingerprint], truth


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """One run for all cases."""
    return Seen(tmp_path_factory.mktemp("losing"))


def test_nothing_of_the_probe_failed_and_every_case_is_looked_at(seen: Seen) -> None:
    assert seen.lost == []
    assert list(seen.truth) == list(CASES)


@pytest.mark.parametrize("case", CASES)
def test_the_graph_of_autograd_is_torchs_whatever_stands_around_it(case: str, seen: Seen) -> None:
    _, graph, truth = seen.of(case)
    kinds = [graph.kind(node) for node in range(len(graph))]
    assert sum(kind in (Kind.LEAF, Kind.OP) for kind in kinds) == truth["nodes"]
    for source, target, tracked in zip(*(graph.edges[name] for name in ("source", "target", "tracked")), strict=True):
        inside = kinds[source] in (Kind.LEAF, Kind.OP) and kinds[target] in (Kind.LEAF, Kind.OP)
        assert inside == (tracked == 1)


@pytest.mark.parametrize("case", CASES)
def test_each_parameter_without_gradient_is_shown_with_its_reason_and_its_line(case: str, seen: Seen) -> None:
    state, graph, truth = seen.of(case)
    assert truth["none"] == truth["unreached"] != []
    shown = {_plain(graph.text(node, "name")) for node in range(len(graph)) if _is_unreached_leaf(graph, node)}
    assert shown == set(truth["none"])
    for parameter in state.parameters:
        if _plain(parameter.name) in truth["none"] and parameter.name in _names(graph):
            why = why_parameter(state, parameter)
            assert why.reason == CASES[case]
            assert why.path
            if CASES[case] != "never_used":
                assert why.source is not None
                assert why.source.line == _line(case)
                assert f"line {why.source.line} of script.py" in why.sentence


@pytest.mark.parametrize("case", CASES)
def test_a_cut_joins_what_lies_above_it_to_what_its_values_flow_into(case: str, seen: Seen) -> None:
    _, graph, _ = seen.of(case)
    cuts = [cut for cut in graph.cuts if cut.reason == CASES[case]]
    assert cuts
    assert {cut.target < 0 for cut in cuts} == {case in NO_FAR_END}
    assert any(cut.off is not None for cut in cuts) == (case in SWITCHED_OFF)
    for cut in cuts:
        assert graph.kind(cut.source) in (Kind.INPUT, Kind.UNTRACKED)
        if cut.target >= 0:
            assert _flows_into_the_graph(graph, cut.target)


def test_parameters_that_a_pass_comes_to_are_not_said_to_be_cut(seen: Seen) -> None:
    for case in CASES:
        state, graph, truth = seen.of(case)
        for parameter in state.parameters:
            if _plain(parameter.name) not in truth["none"] and parameter.name in _names(graph):
                assert why_parameter(state, parameter).reason in ("present", "zero"), (case, parameter.name)


def _is_unreached_leaf(graph: GraphSnapshot, node: int) -> bool:
    frozen = graph.nodes["frozen"][node] == 1
    return graph.kind(node) == Kind.INPUT and (graph.role(node) == Role.LEAF or bool(frozen))


def _flows_into_the_graph(graph: GraphSnapshot, node: int) -> bool:
    waiting, seen = [node], set[int]()
    while waiting:
        here = waiting.pop()
        if graph.kind(here) in (Kind.OP, Kind.LEAF):
            return True
        seen.add(here)
        targets = graph.edges["target"][graph.edges["source"] == here].tolist()
        waiting += [target for target in targets if target not in seen]
    return False


def _names(graph: GraphSnapshot) -> set[str]:
    return {graph.text(node, "name") for node in range(len(graph))}


def _plain(name: str) -> str:
    """Without the variable that holds the model."""
    return name.removeprefix("both.").removeprefix("net.")


def _line(case: str) -> int:
    """The line that the case marks by its reason."""
    lines = SCRIPT.read_text().splitlines()
    if case == "target_network":  # the line inside the module at which its first value goes on without gradient
        return next(number for number, line in enumerate(lines) if line.endswith("# forward")) + 1
    start = next(number for number, line in enumerate(lines) if line.startswith(f"def {case}("))
    return next(number for number in range(start, len(lines)) if lines[number].endswith(f"# {CASES[case]}")) + 1
