"""Breakpoints of every kind, in a real training process: where they stop, why, and against torch's own figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gradscope.graph import places
from gradscope.wire import messages as m

from .driving import Driver

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("warm_python")

# From step 6 on the loss has a second term whose backward is infinite, then NaN, while its forward is a plain zero.
SCRIPT = """
import sys
import torch
from torch import nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(3, 5), nn.Linear(5, 1)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
x, y = torch.randn(16, 3), torch.randn(16, 1)
for step in range(40):
    prediction = model(x)
    loss = (prediction - y).pow(2).mean()
    if 6 <= step < 8:
        loss = loss + torch.sqrt((prediction * 0).sum())
    if step == 12:
        loss = loss * 1000
    if step == 14:
        with torch.no_grad():
            model.fc1.bias.add_(1.0)
    if step == 16:
        loss = loss * 0
    optimizer.zero_grad()
    loss.backward()
    if step in (6, 7):
        optimizer.zero_grad()
    optimizer.step()
print("last", step)
"""


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """The script, held before its first forward. The tests of this module go through it one after the other."""
    folder = tmp_path_factory.mktemp("breakpoints")
    (folder / "train.py").write_text(SCRIPT)
    with Driver(folder) as driver:
        driver.start(folder / "train.py")
        pause = driver.paused()
        assert pause is not None
        assert pause.point == "forward"
        yield driver


def run_with(driver: Driver, *breakpoints: m.Breakpoint, kind: m.StepKind = "continue", **more: Any) -> m.Paused:
    driver.session.order(m.SetBreakpoints(breakpoints))
    pause = driver.step(kind, **more)
    assert pause is not None
    return pause


def name_of(driver: Driver, pause: m.Paused) -> str:
    graph = driver.state.graphs[pause.fingerprint]
    return graph.text(pause.node, "name") or graph.text(pause.node, "op")


def values(driver: Driver, pause: m.Paused) -> np.ndarray:
    told = driver.tensor("gradient", pause.node)
    assert told.available, told.why
    return np.frombuffer(told.data, "<f8")


def test_a_leaf_is_stopped_at_before_it_gets_its_gradient(held: Driver) -> None:
    pause = run_with(held, m.Breakpoint(1, "node", name="fc1.weight", iteration=1))
    assert (pause.point, pause.iteration, pause.breakpoint) == ("node", 1, 1)
    assert name_of(held, pause) == "fc1.weight"
    assert pause.reason == "fc1.weight is about to run"
    assert not held.tensor("accumulated", pause.node).available
    assert held.tensor("gradient", pause.node).available
    following = held.step("into")
    assert following is not None
    assert following.position in (pause.position + 1, -1)


def test_a_node_set_on_the_picture_is_found_in_the_process(held: Driver) -> None:
    graph = next(iter(held.state.graphs.values()))
    relu = next(n for n in range(len(graph)) if graph.text(n, "op") == "ReluBackward0")
    wanted = places.at_node(graph, relu, 2)
    assert wanted is not None
    pause = run_with(held, wanted)
    assert name_of(held, pause) == "ReluBackward0"
    assert places.nodes(held.state.graphs[pause.fingerprint], wanted) == [pause.node]
    assert held.state.breaks.places(2) == 1


def test_a_call_is_stopped_at_when_it_is_called_and_when_backward_enters_it(held: Driver) -> None:
    pause = run_with(held, m.Breakpoint(3, "call", call="fc2"))
    assert (pause.point, pause.text, pause.phase) == ("call", "fc2", "forward")
    backward = held.step("continue")
    assert backward is not None
    assert backward.point == "node"
    assert backward.iteration == pause.iteration
    call = held.state.graphs[backward.fingerprint].call(backward.node)
    assert call is not None
    assert call.module == "fc2"
    again = held.step("continue")
    assert again is not None
    assert (again.point, again.iteration) == ("call", pause.iteration + 1)


def test_every_second_node_of_an_operation_counts_and_stops(held: Driver) -> None:
    pause = run_with(held, m.Breakpoint(4, "operation", operation="AddmmBackward0", every=2))
    graph = held.state.graphs[pause.fingerprint]
    assert graph.text(pause.node, "op") == "AddmmBackward0"
    assert graph.call(pause.node).module == "fc1"  # type: ignore[union-attr]  # backward runs fc2's first
    assert held.state.breaks.hits[4].hits == 2


def test_the_first_gradient_that_is_not_finite_is_stopped_at_once(held: Driver) -> None:
    pause = run_with(held, m.Breakpoint(5, "any", condition="nonfinite"))
    assert (pause.point, pause.iteration, pause.breakpoint) == ("node", 6, 5)
    graph = held.state.graphs[pause.fingerprint]
    assert graph.text(pause.node, "op") == "SumBackward0"  # sqrt's own gradient is 1, what it passes on is infinite
    assert "Inf, 1 of 1 elements" in pause.reason
    assert math.isinf(values(held, pause)[0])
    again = held.step("continue")
    assert again is not None
    assert again.iteration == 7


def test_a_line_is_written_without_a_stop_and_a_breakpoint_of_once_acts_once(held: Driver) -> None:
    quiet = m.Breakpoint(6, "phase", name="update", log=True, message="here")
    pause = run_with(held, quiet, m.Breakpoint(7, "phase", name="end", once=True))
    assert (pause.point, pause.iteration) == ("end", 7)
    hit = held.state.breaks.hits[6]
    assert (hit.iteration, hit.held, hit.text) == (7, False, "here: before the update")
    pause = held.step("iterations", count=3)  # type: ignore[assignment]
    assert (pause.point, pause.iteration, pause.reason) == ("end", 10, "3 iterations done")
    assert held.state.breaks.count(6) == 4
    assert held.state.breaks.count(7) == 1


def test_a_norm_that_grew_is_told_with_both_figures(held: Driver) -> None:
    pause = run_with(held, m.Breakpoint(8, "node", name="fc2.bias", condition="growth", threshold=100.0))
    assert (pause.iteration, pause.breakpoint) == (12, 8)
    assert "times that of the last iteration" in pause.reason
    norm = float(np.linalg.norm(values(held, pause)))
    assert f"norm {norm:.6g}" in pause.reason


def test_a_parameter_that_changes_outside_of_the_update_is_noticed(held: Driver) -> None:
    pause = run_with(held, m.Breakpoint(9, "parameter", name="fc1.bias"))
    assert (pause.point, pause.iteration, pause.text) == ("changed", 14, "fc1.bias")
    assert pause.reason.startswith("fc1.bias changed outside of the update")


def test_zero_gradients_and_the_loss(held: Driver) -> None:
    pause = run_with(held, m.Breakpoint(10, "node", name="fc1.weight", condition="zero"))
    assert (pause.iteration, pause.reason) == (16, "fc1.weight: all 15 elements are zero")
    pause = run_with(held, m.Breakpoint(11, "loss", condition="above", threshold=0.0))
    assert (pause.point, pause.iteration) == ("backward", 17)
    assert pause.reason == f"the loss is {held.state.passes[-1].loss:.6g}, above 0"


def test_a_norm_above_is_the_first_in_the_run_order(held: Driver) -> None:
    pause = run_with(held, m.Breakpoint(12, "any", condition="above", threshold=0.01))
    order = held.state.passes[-1].order.tolist()
    gradients = held.state.passes[-1].gradients
    place = order.index(pause.node)
    norms = [float(gradients.columns["norm"][node]) for node in order[: place + 1]]
    assert [norm > 0.01 for norm in norms] == [False] * place + [True]


def test_a_disabled_one_and_one_that_matches_nothing_do_not_stop(held: Driver) -> None:
    nowhere = m.Breakpoint(13, "node", call="fc3#0", operation="AddmmBackward0")
    disabled = m.Breakpoint(14, "phase", name="forward", enabled=False)
    pause = run_with(held, nowhere, disabled, kind="iteration")
    assert pause.point == "end"
    assert held.state.breaks.places(13) in (0, -1)
    pause = held.step("iteration")  # type: ignore[assignment]
    assert held.state.breaks.places(13) == 0


def test_they_hold_after_a_restart(held: Driver) -> None:
    held.session.order(m.SetBreakpoints((m.Breakpoint(15, "node", name="fc1.bias", iteration=2),)))
    held.session.restart()
    held.until(lambda: held.state.pause is not None and held.state.pause.point == "forward", "restart")
    while held.paused().point != "forward":  # type: ignore[union-attr]  # those of the first run
        pass
    pause = held.step("continue")
    assert pause is not None
    assert (pause.iteration, pause.breakpoint, name_of(held, pause)) == (2, 15, "fc1.bias")
    held.session.order(m.SetBreakpoints(()))
    assert held.run_on() == 0
    assert "last 39" in held.output
