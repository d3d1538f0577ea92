"""Breakpoints deep inside: in the forward, in a second thread, in a backward inside another, behind a raising hook.

One real run goes through all of them, and ends as it ends when nobody watches.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from gradscope.session.interpreter import find_python
from gradscope.wire import messages as m

from .driving import Driver

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPT = """
import threading
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

torch.manual_seed(0)
torch.set_num_threads(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.head = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 3)

    def inner(self, h):
        return torch.tanh(self.fc2(h))

    def forward(self, x):
        h = torch.relu(self.fc1(x))
        h = checkpoint(self.inner, h, use_reentrant=True)
        scores = self.head(h)
        return torch.softmax(scores, 1)  # softmax


def twist(h):
    for _ in range(3): h = torch.sin(h)  # twist
    return h


def aside(gradient):
    with torch.enable_grad():
        z = torch.full((2,), 3.0, requires_grad=True)
        z.prod().backward()
    return gradient + z.grad.sum() * 0


def refuse(gradient):
    raise ValueError("a hook of the script's own")


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(9):
    x = torch.randn(5, 4)
    out = model(x)  # model
    loss = twist(out).pow(2).mean()
    optimizer.zero_grad()
    if step % 4 == 1:
        thread = threading.Thread(target=loss.backward)
        thread.start()
        thread.join()
    elif step % 4 == 3:
        out.register_hook(refuse)
        try:
            loss.backward()
        except ValueError:
            continue
    else:
        if step % 4 == 2:
            out.register_hook(aside)
        loss.backward()
    optimizer.step()
print("digest", [p.detach().double().sum().item().hex() for p in model.parameters()], loss.item().hex())
"""


def line(mark: str) -> int:
    return next(number for number, text in enumerate(SCRIPT.splitlines(), 1) if text.endswith(f"# {mark}"))


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """The script, held before its first forward. The tests of this module go through it one after the other."""
    folder = tmp_path_factory.mktemp("deep")
    (folder / "train.py").write_text(SCRIPT)
    with Driver(folder) as driver:
        driver.start(folder / "train.py")
        assert driver.paused() is not None
        yield driver


def run_with(driver: Driver, *breakpoints: m.Breakpoint) -> m.Paused:
    driver.session.order(m.SetBreakpoints(breakpoints))
    pause = driver.step("continue")
    assert pause is not None
    return pause


def test_a_function_is_stopped_at_before_it_is_called(held: Driver) -> None:
    pause = run_with(held, m.Breakpoint(1, "function", operation="softmax"))
    assert (pause.point, pause.text, pause.iteration, pause.breakpoint) == ("operation", "softmax", 0, 1)
    assert pause.frames[0].line == line("softmax")
    assert pause.reason == "softmax is about to be called"
    variables = held.state.variables
    assert variables is not None
    assert "scores" in {variable.name for variable in variables.variables}
    assert held.state.graph is not None
    assert not any("Softmax" in held.state.graph.text(node, "op") for node in range(len(held.state.graph)))


def test_a_line_is_stopped_at_once_each_time_that_training_comes_to_it(held: Driver) -> None:
    script = str(held.folder / "train.py")
    twist = m.Breakpoint(2, "line", name=script, occurrence=line("twist"))
    stops = [run_with(held, twist)] + [held.step("continue") for _ in range(2)]
    assert [(stop.point, stop.text, stop.iteration) for stop in stops if stop] == [("operation", "sin", 0)] * 3
    assert stops[0].reason == f"line {line('twist')} of train.py"
    # Six operations and a checkpoint lie below this line; it is met once.
    model = m.Breakpoint(3, "line", name="train.py", occurrence=line("model"))
    pause = run_with(held, model, twist)
    assert (pause.text, pause.iteration, pause.breakpoint) == ("linear", 1, 3)
    assert line("model") in [frame.line for frame in pause.frames]
    following = held.step("continue")
    assert following is not None
    assert (following.text, following.iteration, following.breakpoint) == ("sin", 1, 2)


def test_a_node_that_runs_in_a_second_thread_is_stopped_at_and_stepped_from(held: Driver) -> None:
    pause = run_with(held, m.Breakpoint(4, "node", name="fc1.weight", iteration=1))
    graph = held.state.graphs[pause.fingerprint]
    assert (pause.point, pause.iteration, graph.text(pause.node, "name")) == ("node", 1, "fc1.weight")
    assert "__main__" not in [frame.function for frame in pause.frames]
    assert held.tensor("gradient", pause.node).shape == (6, 4)
    following = held.step("into")
    assert following is not None


def test_a_backward_inside_a_backward_is_stopped_at(held: Driver) -> None:
    pause = run_with(held, m.Breakpoint(5, "operation", operation="TanhBackward0", iteration=2))
    graph = held.state.graphs[pause.fingerprint]
    assert (pause.point, pause.iteration, graph.text(pause.node, "op")) == ("node", 2, "TanhBackward0")
    assert held.state.current_pass is not None
    assert held.state.current_pass.outer >= 0, "it runs inside of the checkpoint's node"


def test_a_backward_in_a_hook_is_stopped_at(held: Driver) -> None:
    # The hook of iteration 2 has run by now, as the checkpoint is below it: the next one is that of step 6.
    pause = run_with(held, m.Breakpoint(6, "operation", operation="ProdBackward0"))
    graph = held.state.graphs[pause.fingerprint]
    assert (pause.point, graph.text(pause.node, "op")) == ("node", "ProdBackward0")
    assert "aside" in [frame.function for frame in pause.frames]
    assert held.tensor("gradient", pause.node).shape == ()


def test_a_hook_that_raises_and_all_stops_leave_the_training_as_it_is(held: Driver) -> None:
    held.session.order(m.SetBreakpoints(()))
    for _ in range(5):  # a double click, a held key
        held.session.order(m.Step("continue"))
    assert held.session.wait(60) == 0
    words = [find_python(), str(held.folder / "train.py")]
    alone = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert held.output == alone
