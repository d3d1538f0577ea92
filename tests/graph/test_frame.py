"""Which variables changed from one pause to the next."""

from __future__ import annotations

from dataclasses import replace

from gradscope.graph.frame import VariablesTold, changes
from gradscope.wire import messages as m

W = m.Variable("w", "Tensor", (), "float32", "cpu", True, True, "", "None", "2.0")
B = replace(W, name="b")


def told(*variables: m.Variable, function: str = "train", line: int = 4) -> VariablesTold:
    return VariablesTold(0, m.Frame("train.py", line, function), variables)


def test_value_and_gradient_are_told_apart() -> None:
    after = told(replace(W, value="1.7"), replace(B, grad="-3.0"), line=9)
    assert changes(told(W, B), after) == {("w", "value"), ("b", "grad")}


def test_a_new_variable_has_not_changed() -> None:
    assert changes(told(W), told(W, B)) == frozenset()


def test_another_function_is_not_compared() -> None:
    assert changes(told(W), told(replace(W, value="1.7"), function="test")) == frozenset()
    assert changes(None, told(W)) == frozenset()
