"""The numbers that a training is followed by - losses by their own names, one-number leaves - are the script's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .driving import Driver

if TYPE_CHECKING:
    from gradscope.wire.messages import Level

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "losses.py"
UNNAMED = 4  # the place of the loss without a variable in each round of five


@pytest.mark.parametrize("level", ["light", "detail"])
def test_each_loss_by_its_name_and_each_small_leaf(tmp_path: Path, level: Level) -> None:
    with Driver(tmp_path) as driver:
        driver.start(SCRIPT, str(tmp_path / "truth.json"), pause=False, level=level)
        driver.until(lambda: driver.state.life == "ended", "end")
        assert driver.state.lost_features == ()
        told = [record.numbers for record in driver.state.history]
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert len(told) == len(truth)
    for place, (figures, true) in enumerate(zip(told, truth, strict=True)):
        losses = {name: value for (kind, name), value in figures.items() if kind != "leaf"}
        leaves = {name: value for (kind, name), value in figures.items() if kind == "leaf"}
        if place < 20 and place % 5 == UNNAMED:
            assert len(losses) == 1, "the root alone, by whatever words it is written with"
        else:
            assert losses == pytest.approx(true["losses"], rel=1e-6), place
        assert leaves == pytest.approx(true["leaves"], rel=1e-6), place
