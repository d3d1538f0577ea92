"""What is kept of an iteration: copies where somebody may ask for them, otherwise only what they come to."""

from __future__ import annotations

import pytest
import torch

from gradscope.probe.kept import BUDGET_BYTES, FREE_BUDGET_BYTES, RAN_FREE, Kept, budget
from gradscope.probe.tensors import statistics_row


def test_without_a_budget_values_are_measured_as_they_were_and_dropped() -> None:
    torch.manual_seed(0)
    values = [torch.randn(8, 8), torch.zeros(70), torch.randn(70_000), torch.tensor([1.0, -2.0]), torch.arange(9)]
    expected = [statistics_row(value) for value in values]
    kept = Kept(budget=0)
    for number, value in enumerate(values):
        kept.keep(number, value, measure=True)
        value.fill_(7)  # as ``relu_`` would, before enough values wait to be measured together
    kept.keep("gradient", values[0])
    for number, figures in enumerate(expected):
        assert kept.figures[number] == pytest.approx(figures, rel=1e-6)
        assert (kept.get(number), kept.refused[number]) == (None, RAN_FREE)
    assert "gradient" not in kept.figures
    assert kept.bytes == 0


def test_the_same_elements_in_another_order_are_measured_once_unless_they_were_written_to() -> None:
    kept, value = Kept(budget=0), torch.randn(6, 4)
    kept.keep("value", value, measure=True)
    kept.keep("turned", value.t(), measure=True, like=("value", value._version))
    kept.keep("flat", value.t().reshape(-1), measure=True, like=("turned", value._version))
    value.add_(100)
    kept.keep("later", value.view(24), measure=True, like=("value", value._version))
    before, after = statistics_row(value - 100), statistics_row(value)
    assert kept.figures["turned"] == kept.figures["flat"] == kept.figures["value"] == pytest.approx(before, rel=1e-4)
    assert kept.figures["later"] == pytest.approx(after, rel=1e-6)


def test_a_new_iteration_knows_nothing_of_the_last() -> None:
    kept = Kept(budget=0)
    kept.keep("old", torch.ones(20), measure=True)
    kept.clear()
    kept.keep("new", torch.full((20,), 3.0), measure=True)
    assert set(kept.figures) == {"new"}
    assert kept.figures["new"] == pytest.approx(statistics_row(torch.full((20,), 3.0)))


def test_tensors_are_kept_only_where_somebody_may_ask_for_them() -> None:
    assert budget(stepping=True, always=False, may_hold=False) == BUDGET_BYTES
    assert budget(stepping=False, always=True, may_hold=True) == BUDGET_BYTES
    assert budget(stepping=False, always=True, may_hold=False) == 0
    assert budget(stepping=False, always=False, may_hold=True) == FREE_BUDGET_BYTES
