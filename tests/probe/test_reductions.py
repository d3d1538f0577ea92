"""Batched gradient statistics: equal to torch's float64, and without holding a gradient."""

from __future__ import annotations

import gc
import math
import weakref

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from gradscope.probe.reductions import CHUNK_TENSORS, Reducer
from gradscope.probe.weights import difference, parameter_norms, snapshot
from gradscope.wire.messages import STATISTIC_COLUMNS

NO_LEAVES: frozenset[int] = frozenset()
pytestmark = pytest.mark.filterwarnings("ignore:Sparse invariant checks")


def rows(reducer: Reducer) -> dict[tuple[int, int], dict[str, float]]:
    table = reducer.finish()
    assert table.columns == STATISTIC_COLUMNS
    columns = [table.column(name) for name in STATISTIC_COLUMNS]
    result = {}
    for values in zip(*columns, strict=True):
        row = dict(zip(STATISTIC_COLUMNS, values, strict=True))
        result[int(row["node"]), int(row["output"])] = row
    assert len(result) == table.rows, "a place was told twice"
    return result


def gradients() -> list[torch.Tensor]:
    torch.manual_seed(1)
    shapes = [(), (1,), (3,), (4,), (5,), (64,), (8, 8), (4097,), (64, 64), (40_000,), (70_001,), (300, 1000)]
    shapes += [(2_000_001,)]
    made = [torch.randn(shape) for shape in shapes]
    made += [torch.randn(70).to(dtype) for dtype in (torch.float16, torch.bfloat16, torch.float64)]
    made += [torch.full((100,), 1e30), torch.full((100,), 1e-30), torch.full((300_000,), 1e30), torch.zeros(50)]
    made += [torch.full((3,), 1e30), torch.full((100,), 60_000.0).half(), torch.randn(9, dtype=torch.complex64)]
    made += [torch.randn(200) * 1e-3 + 10, torch.randn(70_000) * 1e-5 + 3, torch.full((77,), 0.3), torch.arange(99.0)]
    made += [torch.randn(30, 20).t(), torch.tensor(0.5).expand(1000, 700), torch.tensor(0.5).expand(30, 7)]
    made += [torch.full((1 << 20,), 0.1), torch.sparse_coo_tensor([[1, 1, 4]], torch.randn(3, 20), (9, 20))]
    return made


@pytest.mark.parametrize("leaves", [None, NO_LEAVES, range(0, 1000, 2)])
@pytest.mark.parametrize("full", [False, True])
def test_every_norm_equals_torchs_in_float64(leaves, full):
    reducer, tensors = Reducer(leaves, full=full), gradients()
    for node, tensor in enumerate(tensors):
        reducer.add(node, 0, tensor)
    measured = rows(reducer)
    for node, tensor in enumerate(tensors):
        dense = tensor.to_dense() if tensor.is_sparse else tensor
        exact = dense.abs().double()
        assert measured[node, 0]["norm"] == pytest.approx(float(exact.norm()), rel=1e-5), tensor.shape
        assert measured[node, 0]["max_abs"] == pytest.approx(float(exact.max()), rel=1e-6)
        assert measured[node, 0]["nan"] == measured[node, 0]["inf"] == 0
        if full and not tensor.is_sparse:
            exact = exact if tensor.is_complex() else tensor.double()
            assert measured[node, 0]["mean"] == pytest.approx(
                float(exact.mean()), rel=1e-6, abs=1e-8 * float(exact.norm()) / tensor.numel() ** 0.5
            )
            assert measured[node, 0]["std"] == pytest.approx(float(exact.std(correction=0)), rel=1e-6, abs=1e-40)
            assert measured[node, 0]["zeros"] == int((exact == 0).sum())


@pytest.mark.parametrize("size", [100, 3000, 5000, 70_001])
@pytest.mark.parametrize(("mean", "spread"), [(0, 1), (1, 1), (3, 1), (10, 1), (-100, 1), (1e3, 0.1), (1, 0), (0, 0)])
def test_the_spread_is_right_however_large_the_mean(size, mean, spread):
    torch.manual_seed(size)
    reducer, tensors = Reducer(NO_LEAVES, full=True), [torch.randn(size) * spread + mean for _ in range(3)]
    tensors.append(torch.where(torch.randn(size) > 0, tensors[0], 0))
    for node, tensor in enumerate(tensors):
        reducer.add(node, 0, tensor)
    for (node, _), row in rows(reducer).items():
        exact = tensors[node].double()
        assert row["std"] == pytest.approx(float(exact.std(correction=0)), rel=2e-6, abs=1e-12 * abs(mean))
        assert row["mean"] == pytest.approx(float(exact.mean()), rel=1e-6, abs=1e-8 * spread)
        assert row["norm"] == pytest.approx(float(exact.norm()), rel=1e-6)
        assert row["zeros"] == int((exact == 0).sum())


def test_more_than_a_chunk_and_several_outputs_of_one_node():
    reducer = Reducer(NO_LEAVES)
    tensors = {(node, output): torch.randn(10 + node % 7) for node in range(CHUNK_TENSORS) for output in range(3)}
    for (node, output), tensor in tensors.items():
        reducer.add(node, output, tensor)
    measured = rows(reducer)
    assert measured.keys() == tensors.keys()
    for place, tensor in tensors.items():
        assert measured[place]["norm"] == pytest.approx(float(tensor.norm()), rel=1e-6)
        assert measured[place]["count"] == tensor.numel()


def test_undefined_empty_and_small_gradients():
    reducer = Reducer(NO_LEAVES)
    reducer.add(0, 0, None)
    reducer.add(1, 0, torch.empty(0, 3))
    reducer.add(2, 0, torch.tensor([1.0, -2.0, math.inf]))
    reducer.add(3, 0, torch.tensor(-3.0))
    measured = rows(reducer)
    assert measured[0, 0]["defined"] == 0
    assert measured[0, 0]["norm"] == -1
    assert (measured[1, 0]["count"], measured[1, 0]["norm"]) == (0, 0)
    assert [measured[2, 0][f"v{index}"] for index in range(4)] == [1, -2, math.inf, 0]
    assert (measured[2, 0]["norm"], measured[2, 0]["inf"]) == (math.inf, 1)
    assert (measured[3, 0]["v0"], measured[3, 0]["norm"]) == (-3, 3)


@pytest.mark.parametrize("count", [12, 200_000])
def test_non_finite_elements_are_counted(count):
    broken = torch.ones(count)
    broken[1], broken[5], broken[7] = math.nan, math.inf, -math.inf
    infinite = torch.ones(count)
    infinite[3] = math.inf
    reducer = Reducer(NO_LEAVES)
    for node, tensor in enumerate((torch.ones(count), broken, infinite)):
        reducer.add(node, 0, tensor)
    measured = rows(reducer)
    assert (measured[0, 0]["nan"], measured[0, 0]["inf"]) == (0, 0)
    assert (measured[1, 0]["nan"], measured[1, 0]["inf"]) == (1, 2)
    assert math.isnan(measured[1, 0]["norm"])
    assert (measured[2, 0]["norm"], measured[2, 0]["inf"]) == (math.inf, 1)


def test_rotation_measures_every_node_in_turn_and_norms_always():
    measured_at: dict[int, list[int]] = {}
    for turn in range(4):
        reducer = Reducer(NO_LEAVES, rotation=4, turn=turn)
        for node in range(8):
            reducer.add(node, 0, torch.full((10,), float(node + 1)))
        for (node, _), row in rows(reducer).items():
            assert row["norm"] == pytest.approx((node + 1) * math.sqrt(10))
            if row["max_abs"] >= 0:
                assert row["max_abs"] == node + 1
                measured_at.setdefault(node, []).append(turn)
    assert sorted(measured_at) == list(range(8))
    assert all(len(turns) == 1 for turns in measured_at.values())


def test_finish_tells_only_what_is_new():
    reducer = Reducer(NO_LEAVES)
    reducer.add(0, 0, torch.ones(5))
    assert set(rows(reducer)) == {(0, 0)}
    assert rows(reducer) == {}
    reducer.add(1, 0, torch.ones(5))
    assert set(rows(reducer)) == {(1, 0)}


def hooked(loss: torch.Tensor, reducer: Reducer, look) -> list:
    """Prehooks at every node of a graph; ``look(index, gradients)`` is called in each."""
    order, handles = [loss.grad_fn], []
    for node in order:
        order += [child for child, _ in node.next_functions if child is not None and child not in order]
    for index, node in enumerate(order):

        def hook(incoming, index=index):
            look(index, incoming)
            for output, gradient in enumerate(incoming):
                reducer.add(index, output, gradient)

        handles.append(node.register_prehook(hook))
    return [order, handles]


@pytest.mark.parametrize("known", [True, False])
def test_a_leaf_still_gets_the_gradient_itself(known):
    model = nn.Sequential(nn.Linear(20, 30), nn.ReLU(), nn.Linear(30, 300), nn.ReLU(), nn.Linear(300, 300))
    loss = model(torch.randn(8, 20)).square().mean()
    parameters = dict(model.named_parameters())
    pointers: dict[int, int] = {}
    order, _ = hooked(loss, Reducer(), lambda *_: None)
    leaves = frozenset(index for index, node in enumerate(order) if hasattr(node, "variable"))
    variables = {index: order[index].variable for index in leaves}
    loss = model(torch.randn(8, 20)).square().mean()
    reducer = Reducer(leaves if known else None)
    _, handles = hooked(loss, reducer, lambda index, incoming: pointers.update({index: incoming[0].data_ptr()}))
    loss.backward()
    measured = rows(reducer)
    assert len(leaves) == len(parameters)
    for index in leaves:
        assert variables[index].grad.data_ptr() == pointers[index], variables[index].shape
        assert measured[index, 0]["norm"] == pytest.approx(float(variables[index].grad.double().norm()), rel=1e-5)
    for handle in handles:
        handle.remove()


def test_no_gradient_outlives_its_chunk():
    reducer = Reducer(NO_LEAVES)
    references = []
    for node in range(CHUNK_TENSORS):
        tensor = torch.randn(50)
        references.append(weakref.ref(tensor))
        reducer.add(node, 0, tensor)
    del tensor
    gc.collect()
    assert not any(reference() for reference in references)
    large = torch.randn(100_000)
    references = [weakref.ref(large)]
    reducer.add(0, 0, large)
    del large
    assert references[0]() is None


def test_the_users_modes_and_random_state_see_nothing():
    class Log(TorchDispatchMode):
        calls: list[str]

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            self.calls.append(str(func))
            return func(*args, **(kwargs or {}))

    tensors, state = gradients(), torch.get_rng_state()
    mode = Log()
    mode.calls = []
    with mode, torch.device("meta"):
        reducer = Reducer(range(0, 1000, 2))
        for node, tensor in enumerate(tensors):
            reducer.add(node, 0, tensor)
        reducer.finish()
    assert mode.calls == []
    assert torch.equal(torch.get_rng_state(), state)


def test_transformed_and_meta_gradients_are_left_alone_and_said_so():
    reducer = Reducer(NO_LEAVES)
    reducer.add(0, 0, torch.empty(10, device="meta"))
    torch.vmap(lambda x: _added(reducer, x))(torch.ones(3, 5))
    reducer.add(2, 0, torch.ones(10))
    measured = rows(reducer)
    assert measured[0, 0]["norm"] == measured[1, 0]["norm"] == -1
    assert measured[0, 0]["defined"] == 1
    assert measured[2, 0]["norm"] == pytest.approx(math.sqrt(10))
    assert "torch.func" in reducer.left_alone[1]


def _added(reducer: Reducer, x: torch.Tensor) -> torch.Tensor:
    reducer.add(1, 0, x)
    return x


def test_parameter_norms_and_updates():
    parameters = [torch.ones(4), torch.full((100,), 3.0), torch.randn(300, 300)]
    assert parameter_norms([parameters[0], None, parameters[1]]) == pytest.approx([2.0, -1.0, 30.0])
    assert parameter_norms([]) == []
    before = snapshot(parameters, budget=1000)
    assert [copy is None for copy in before] == [False, False, True]
    parameters[0] += 1
    parameters[1] -= torch.arange(100)
    expected = [2.0, float(torch.arange(100).double().norm()), -1.0]
    assert difference(parameters, before) == pytest.approx(expected)
    assert float(before[0].sum()) == 4
