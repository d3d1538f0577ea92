"""What the script itself calls accuracy is told as it has it; nothing that is no plain number is read."""

from __future__ import annotations

import sys

import torch

from gradscope.probe.progress import ProgressCounter


def test_the_nearest_plain_number_of_that_name_is_told() -> None:
    counter = ProgressCounter()

    def told() -> float | None:
        progress = counter.at(1, sys._getframe(1))
        return progress.accuracy if progress is not None else None

    def train(accuracy: object) -> float | None:
        return told() if accuracy is not None else None

    acc = 0.25
    assert told() == acc
    assert train(0.75) == 0.75
    assert train(93) == 93.0
    assert train(True) == acc, "a flag is no accuracy; the caller's own number is"
    assert train(torch.tensor(0.5)) is None, "told already, and no tensor is read"


def test_a_script_that_tells_nothing_has_nothing_told() -> None:
    assert ProgressCounter().at(1, sys._getframe()) is None
