"""What a card says where it has little room."""

from __future__ import annotations

import pytest

from gradscope.layout.texts import shorter_names


@pytest.mark.parametrize(
    ("name", "shorter"),
    [
        ("layer1.0.conv1.weight", ("layer1.0.conv1.weight", "0.conv1.weight", "conv1.weight", "weight")),
        ("bias", ("bias",)),
        ("encoder.cell#7", ("encoder.cell#7", "cell#7")),
        ("weight - 0.01 * gradient", ("weight - 0.01 * gradient",)),
        ("x.mean((2, 3))", ("x.mean((2, 3))",)),
        ("", ("",)),
    ],
)
def test_a_name_gives_way_from_its_front_and_an_expression_not_at_all(name: str, shorter: tuple[str, ...]) -> None:
    assert shorter_names(name) == shorter
