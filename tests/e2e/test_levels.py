"""Orders that change how a run is captured and held while it is under way, and what a pause says of two networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gradscope.wire import messages as m

from .driving import Driver

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPTS = Path(__file__).parents[1] / "scripts"
RAISING = """
import torch
from torch import nn

fc = nn.Linear(3, 1)
optimizer = torch.optim.SGD(fc.parameters(), lr=0.1)
for step in range(12):
    optimizer.zero_grad()
    loss = fc(torch.randn(4, 3)).pow(2).mean()
    loss.backward()
    optimizer.step()
    if step >= 8:
        try:
            fc(torch.randn(4, 2))
        except RuntimeError:
            print("caught", step, flush=True)
"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """The GAN of the scripts, held before its first forward."""
    with Driver(tmp_path_factory.mktemp("levels")) as one:
        one.start(SCRIPTS / "gan.py", "--iterations", "30")
        assert one.paused() is not None
        yield one


def levels(driver: Driver) -> dict[int, str]:
    """The level that the last pass of each iteration was captured in."""
    return {one.iteration: one.level for one in driver.messages if isinstance(one, m.PassStarted)}


def test_the_variables_of_each_pause_are_told_though_one_network_detaches_the_others_result(driver: Driver) -> None:
    for point in ("loss", "backward", "node", "update", "forward"):  # at a forward nothing has fed a graph yet
        pause = driver.step("into") if point == "node" else driver.to(point)
        assert pause is not None
        told = driver.state.variables
        assert told is not None
        assert told.iteration == pause.iteration
        names = {one.name: one for one in told.variables}
        assert names["noise"].shape == (32, 8)
        assert not names["noise"].requires_grad
        assert told.frame.function == "<module>"
    assert names["fake"].grad_fn == "AddmmBackward0"
    assert not driver.state.lost_features


def test_the_level_changes_with_the_next_iteration_and_back(driver: Driver) -> None:
    pause = driver.step("iterations", count=4)
    assert pause is not None
    driver.session.order(m.SetLevel("detail"))
    first = pause.iteration + 1
    pause = driver.step("iterations", count=4)
    assert pause is not None
    driver.session.order(m.SetLevel("light"))
    pause = driver.step("iterations", count=6)
    assert pause is not None
    found = levels(driver)
    assert [found[iteration] for iteration in range(first + 1, first + 4)] == ["detail"] * 3
    assert found[first + 6] == "light"
    assert not driver.state.lost_features
    assert driver.run_on() == 0


def test_exceptions_that_the_script_catches_hold_it_only_from_the_order_on(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(RAISING)
    with Driver(tmp_path) as driver:
        driver.start(script, hold_exceptions="uncaught")
        driver.paused()
        pause = driver.step("iterations", count=10)
        assert pause is not None
        assert (pause.point, pause.iteration) == ("end", 9)
        driver.until(lambda: "caught 8" in driver.output, "output")
        driver.session.order(m.HoldExceptions("raised"))
        pause = driver.step("continue")
        assert pause is not None
        assert pause.point == "exception"
        assert "caught 10" not in driver.output
        driver.session.order(m.HoldExceptions(""))
        assert driver.run_on() == 0
    assert "caught 11" in driver.output
