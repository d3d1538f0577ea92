"""The probe's tensor work: true to torch, and seen by nobody."""

from __future__ import annotations

import math
import struct

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from gradscope.probe.planes import plane
from gradscope.probe.tensors import plain, quiet, statistics_row, untouchable
from gradscope.wire.messages import STATISTIC_COLUMNS, TensorTold

COLUMNS = STATISTIC_COLUMNS[2:]


class Seen(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.calls.append(str(func))
        return func(*args, **(kwargs or {}))


class SeenFunctions(TorchFunctionMode):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[object] = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.calls.append(func)
        return func(*args, **(kwargs or {}))


def row(tensor: torch.Tensor) -> dict[str, float]:
    return dict(zip(COLUMNS, statistics_row(tensor), strict=True))


def picture(told: dict) -> list[list[float]]:
    numbers = iter(struct.unpack(f"<{told['rows'] * told['columns']}d", told["data"]))
    return [[next(numbers) for _ in range(told["columns"])] for _ in range(told["rows"])]


@pytest.mark.parametrize("size", [(), (1,), (4,), (5,), (33, 7), (3, 5, 7), (1_100_000,)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_statistics_equal_those_of_float64(size, dtype):
    tensor = torch.randn(size).relu().to(dtype)
    exact, measured = tensor.double(), row(tensor)
    assert measured["defined"] == 1
    assert measured["count"] == exact.numel()
    assert measured["norm"] == pytest.approx(float(exact.norm()), rel=1e-6)
    assert measured["max_abs"] == float(exact.abs().max())
    assert measured["mean"] == pytest.approx(float(exact.mean()), rel=1e-6)
    assert measured["std"] == pytest.approx(float(exact.std(correction=0)), rel=1e-6, abs=1e-12)
    assert measured["zeros"] == int((exact == 0).sum())
    assert measured["nan"] == measured["inf"] == 0


def test_up_to_four_elements_are_told_themselves():
    measured = row(torch.tensor([[1.5, -2.0], [0.0, 4.0]]))
    assert [measured[f"v{index}"] for index in range(4)] == [1.5, -2.0, 0.0, 4.0]
    assert measured["zeros"] == 1


@pytest.mark.parametrize("repeats", [1, 50, 1_000_000])
def test_non_finite_elements_are_counted_and_not_dropped(repeats):
    measured = row(torch.tensor([1.0, math.nan, math.inf, -math.inf]).repeat(repeats))
    assert (measured["nan"], measured["inf"]) == (repeats, 2 * repeats)
    assert math.isnan(measured["norm"])
    only_inf = row(torch.tensor([1.0, math.inf]).repeat(repeats))
    assert only_inf["norm"] == only_inf["max_abs"] == math.inf
    assert only_inf["nan"] == 0


def test_an_expanded_tensor_counts_every_element_it_stands_for():
    measured = row(torch.tensor([3.0, 0.0]).unsqueeze(1).expand(2, 1000))
    assert measured["count"] == 2000
    assert measured["zeros"] == 1000
    assert measured["norm"] == pytest.approx(3 * math.sqrt(1000))
    assert measured["std"] == pytest.approx(1.5)


@pytest.mark.filterwarnings("ignore:Sparse")
def test_other_layouts_by_the_numbers_they_hold():
    uncoalesced = torch.sparse_coo_tensor([[0, 0, 2]], [1.0, 2.0, 4.0], (9,))
    assert row(uncoalesced)["norm"] == pytest.approx(5.0)
    assert row(torch.eye(5).to_sparse_csr())["norm"] == pytest.approx(math.sqrt(5))
    assert row(torch.tensor([3 + 4j] * 9))["max_abs"] == pytest.approx(5.0)
    assert row(torch.tensor([3 + 4j] * 9).conj().imag)["mean"] == pytest.approx(-4.0)
    assert row(torch.arange(6))["norm"] == pytest.approx(math.sqrt(55))
    assert row(torch.empty(0, 3))["norm"] == 0.0
    assert row(torch.ones(8).to(torch.float8_e4m3fn))["norm"] == pytest.approx(math.sqrt(8))


def test_what_cannot_be_read_is_left_alone():
    assert "no values" in untouchable(torch.empty(3, device="meta"))
    reasons = []
    torch.vmap(lambda x: (reasons.append(untouchable(x)), x)[1])(torch.ones(3, 2))
    assert "torch.func" in reasons[0]
    fake = pytest.importorskip("torch._subclasses.fake_tensor")
    with fake.FakeTensorMode() as mode:
        assert "fake" in untouchable(mode.from_tensor(torch.ones(3)))
    assert row(torch.empty(3, device="meta"))["norm"] == -1
    assert untouchable(torch.nn.Parameter(torch.ones(2))) == ""


def test_no_mode_no_random_state_and_no_graph_notices():
    tensor = torch.randn(40, 30, requires_grad=True)
    state = torch.get_rng_state()
    number = torch._C._autograd._get_sequence_nr()
    with Seen() as seen, SeenFunctions() as functions, torch.device("meta"), torch.autocast("cpu"):
        seen.calls.clear()
        functions.calls.clear()
        measured = row(tensor)
        told = plane(tensor, (), 8, 8)
        assert seen.calls == []
        assert functions.calls == []
    assert measured["norm"] > 0
    assert told["available"]
    assert torch.equal(torch.get_rng_state(), state)
    assert torch._C._autograd._get_sequence_nr() == number


def test_quiet_leaves_everything_as_it_was_even_after_an_error():
    with torch.autocast("cpu"):
        with pytest.raises(ZeroDivisionError), quiet():
            int(torch.is_grad_enabled()) // 0
        assert torch.is_grad_enabled()
        product = torch.ones(2, 2) @ torch.ones(2, 2)
        assert product.dtype == torch.bfloat16
        with quiet():
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    with Seen() as seen:
        with quiet():
            torch.ones(2).add(1)
        assert seen.calls == []
        torch.ones(2)
        assert seen.calls


def test_plain_is_detached():
    with quiet():
        assert not plain(torch.ones(2, requires_grad=True)).requires_grad


def test_a_plane_is_chosen_and_thinned():
    tensor = torch.arange(2 * 3 * 10 * 12, dtype=torch.float32).view(2, 3, 10, 12)
    told = plane(tensor, (1, 99), 5, 100)
    assert told["plane"] == (1, 2)
    assert (told["rows"], told["columns"], told["row_step"], told["column_step"]) == (5, 12, 2, 1)
    assert picture(told) == tensor[1, 2, ::2].tolist()
    assert told["summary"].count == 720
    assert told["summary"].maximum == 719
    assert sum(told["histogram"]) == 720
    assert (told["histogram_low"], told["histogram_high"]) == (0, 719)
    assert TensorTold(request=1, **told).shape == (2, 3, 10, 12)


@pytest.mark.parametrize(("tensor", "expected"), [
    (torch.tensor(2.5), [[2.5]]),
    (torch.arange(5), [[0, 2, 4]]),
    (torch.tensor([True, False]), [[1.0, 0.0]]),
    (torch.tensor([[3 + 4j]]), [[5.0]]),
    (torch.tensor([[0.0, 7.0]]).to_sparse(), [[0.0, 7.0]]),
    (torch.empty(0, 4), []),
    (torch.ones(3, 2).bfloat16(), [[1, 1]] * 3),
])  # fmt: skip
def test_planes_of_few_dimensions_and_other_types(tensor, expected):
    told = plane(tensor, (), 3, 3)
    assert told["available"]
    assert picture(told) == expected
    assert told["summary"].count == tensor.numel()


def test_a_summary_leaves_out_what_is_not_finite_and_counts_it():
    told = plane(torch.tensor([[math.nan, 1.0, 3.0, math.inf, 0.0]]))
    summary = told["summary"]
    assert (summary.nan, summary.inf, summary.zeros, summary.count) == (1, 1, 1, 5)
    assert (summary.minimum, summary.maximum, summary.mean) == (0.0, 3.0, pytest.approx(4 / 3))
    assert summary.std == pytest.approx(torch.tensor([1.0, 3.0, 0.0]).std(correction=0).item())
    assert sum(told["histogram"]) == 3
    assert math.isnan(picture(told)[0][0])
    nothing = plane(torch.full((3,), math.nan))
    assert nothing["summary"].nan == 3
    assert nothing["histogram"] == ()


def test_a_constant_tensor_has_a_histogram():
    told = plane(torch.full((10,), 2.0), bins=4)
    assert told["histogram"] == (0, 0, 10, 0)
    assert (told["histogram_low"], told["histogram_high"]) == (1.5, 2.5)


def test_the_summary_of_many_blocks_is_that_of_the_whole():
    tensor = torch.randn(1500, 1500)
    summary = plane(tensor)["summary"]
    exact = tensor.double()
    assert summary.mean == pytest.approx(float(exact.mean()), rel=1e-9)
    assert summary.std == pytest.approx(float(exact.std(correction=0)), rel=1e-9)
    assert summary.norm == pytest.approx(float(exact.norm()), rel=1e-9)


def test_what_cannot_be_shown_says_why():
    told = plane(torch.empty(2, 3, device="meta"))
    assert not told["available"]
    assert "no values" in told["why"]
    assert told["shape"] == (2, 3)
    huge = torch.sparse_coo_tensor([[0], [0]], [1.0], (10_000, 10_000))
    assert "too many" in plane(huge)["why"]
