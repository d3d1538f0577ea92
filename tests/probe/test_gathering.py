"""Light level's batches of gradients against torch's float64, one by one."""

from __future__ import annotations

import math

import pytest
import torch

from gradscope.probe.gathering import Chunks, Gatherer
from gradscope.probe.reductions import Reducer
from gradscope.probe.together import ROTATION
from gradscope.wire.messages import STATISTIC_COLUMNS

FIGURES = ("count", "norm", "max_abs", "zeros", "nan", "inf")


def gradients() -> list[torch.Tensor]:
    """All sizes that are measured in another way, and what float32 squares cannot hold."""
    torch.manual_seed(2)
    sizes = [1, 3, 5, 64, 1024, 4096, 4097, 8192, 16384, 16385, 49152, 65536, 70_001, 1 << 20]
    made = [torch.randn(size) for size in (*sizes, 64, 1024, 65536)]
    made += [torch.randn(64, 300).t(), torch.randn(300, 700).t(), torch.tensor(0.5).expand(300, 700)]
    made += [torch.tensor(0.5).expand(9, 7), torch.randn(40, 50)[:, ::2], torch.randn(600, 700)[:, ::2]]
    made += [torch.randn(70, dtype=torch.float64), torch.randn(70_000, dtype=torch.float64)]
    made += [torch.full((size,), value) for size in (100, 30_000, 300_000) for value in (1e30, 1e-30, 0.0)]
    made += [torch.randn(size) * value for size in (100, 9000) for value in (1e-25, 1e-36, 0.0, 1.0)]
    spoilt = torch.randn(6, 70_000)
    spoilt[0, 5], spoilt[1, 7], spoilt[2, :2] = math.nan, math.inf, torch.tensor((math.nan, -math.inf))
    return [*made, *spoilt, spoilt[0, :50], spoilt[1, :5000]]


def told(tensors: list[torch.Tensor], turn: int, full: bool = False) -> tuple[Gatherer, Reducer]:
    chunks = Chunks([[(tuple(t.shape), str(t.dtype).removeprefix("torch."), "cpu")] for t in tensors])
    reducer = Reducer(frozenset(), full, ROTATION, turn)
    return Gatherer(reducer, chunks, ()), reducer


def rows(reducer: Reducer) -> list[dict[str, float]]:
    table = reducer.finish()
    lines = zip(*map(table.column, STATISTIC_COLUMNS), strict=True)
    return sorted((dict(zip(STATISTIC_COLUMNS, line, strict=True)) for line in lines), key=lambda row: row["node"])


@pytest.mark.parametrize("full", [False, True])
def test_every_gradient_of_a_chunk_comes_to_what_torch_says(full):
    tensors = gradients()
    before = [tensor.clone() for tensor in tensors]
    gatherer, reducer = told(tensors, 0, full)
    magnitudes: dict[int, int] = {}
    for _ in range(ROTATION):
        gatherer.look(range(len(tensors)), tensors)
        found = rows(reducer)
        assert [row["node"] for row in found] == list(range(len(tensors)))
        for tensor, row in zip(tensors, found, strict=True):
            exact = tensor.double()
            finite = bool(exact.isfinite().all())
            assert row["count"] == tensor.numel()
            assert row["nan"] == int(exact.isnan().sum())
            assert row["inf"] == int(exact.isinf().sum())
            assert row["norm"] == pytest.approx(float(exact.norm()), rel=1e-6, nan_ok=not finite), tensor.shape
            assert row["zeros"] in (-1.0, float((exact == 0).sum()))
            if row["max_abs"] >= 0:
                magnitudes[int(row["node"])] = magnitudes.get(int(row["node"]), 0) + 1
                assert row["max_abs"] == pytest.approx(float(exact.abs().max()), rel=1e-6)
    assert all(torch.equal(now, old) for now, old in zip(tensors, before, strict=True) if bool(now.isfinite().all()))
    assert all(magnitudes.get(node) for node, t in enumerate(tensors) if bool(t.isfinite().all())), "never its turn"


def test_a_norm_that_grew_tenfold_is_looked_at_at_once():
    tensors = [torch.randn(300) for _ in range(20)]
    gatherer, _ = told(tensors, 0)
    norms: dict[int, float] = {}
    reducer = Reducer(frozenset(), False, ROTATION, 0, norms)
    gatherer = Gatherer(reducer, Chunks([[((300,), "float32", "cpu")]] * 20), ())
    gatherer.look(range(20), tensors)
    assert all(row["max_abs"] > 0 for row in rows(reducer)), "all are new"
    gatherer.look(range(20), [tensor * (20 if node in (3, 4, 5) else 1) for node, tensor in enumerate(tensors)])
    looked_at = {row["node"] for row in rows(reducer) if row["max_abs"] > 0}
    assert {3, 4, 5} <= looked_at
    assert len(looked_at) < 8
