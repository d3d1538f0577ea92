"""A told tensor is decoded without loss, and its few numbers are written so that they can be read back."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from gradscope.graph.tensor import TensorView, exact_number, written_out
from gradscope.wire import messages as m
from tests.tensors import told


def test_values_are_those_sent() -> None:
    sent = np.arange(12.0).reshape(3, 4) / 7
    assert np.array_equal(told(sent).values, sent)


def test_thinned_cells_know_their_own_index() -> None:
    view = told(np.arange(600.0).reshape(2, 20, 15), plane=(1,), steps=(5, 3))
    assert view.values[2, 4] == 1 * 300 + 10 * 15 + 12
    assert view.index(2, 4) == (1, 10, 12)
    assert view.thinned


@pytest.mark.parametrize(("array", "index"), [(5.0, ()), (np.arange(6.0), (4,))])
def test_scalar_and_vector_have_indices_of_their_rank(array: object, index: tuple[int, ...]) -> None:
    assert told(array).index(0, 4) == index


def test_data_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="reshape"):
        TensorView.from_message(m.TensorTold(1, True, rows=2, columns=2, data=bytes(8)))


@pytest.mark.parametrize("value", [0.1, -3.0, 1 / 3, 1e-30, 123456789.0, 3.4e38])
def test_float32_reads_back_exactly(value: float) -> None:
    single = np.float32(value)
    assert np.float32(exact_number(float(single), "float32")) == single


@pytest.mark.parametrize(
    ("value", "dtype", "text"),
    [
        (-3.0, "float32", "-3.0"),
        (float(np.float32(0.1)), "float32", "0.1"),
        (1 / 3, "float64", repr(1 / 3)),
        (7.0, "int64", "7"),
        (1.0, "bool", "True"),
        (float("nan"), "float32", "nan"),
        (float("-inf"), "float64", "-inf"),
    ],
)
def test_a_number_is_written_as_its_type_would_print_it(value: float, dtype: str, text: str) -> None:
    assert exact_number(value, dtype) == text


@pytest.mark.parametrize("shape", [(), (1,), (4,), (2, 2), (4, 1), (1, 2, 2)])
def test_written_out_has_the_tensors_brackets(shape: tuple[int, ...]) -> None:
    values = [0.5, -1.0, 2.0, 8.0][: int(np.prod(shape, dtype=int))]
    read = ast.literal_eval(written_out(values, shape, "float32"))
    assert np.array_equal(np.array(read), np.array(values).reshape(shape))
