"""The picture of a model's answers holds the model's own answers."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from gradscope.graph.learned import LearnedView
from gradscope.probe.likeness import Asked, Examples, likeness, target_of
from gradscope.wire import messages as m


def view(model: nn.Module, question: torch.Tensor, **space: object) -> LearnedView:
    """What is told of a model after one batch."""
    examples = Examples()
    examples.add(question, space)
    with torch.no_grad():
        fields = likeness(Asked(model, question, space, examples))
    return LearnedView.from_message(m.LearnedTold(0, model="model", **fields))


def test_a_boundary_is_the_models_answer_at_each_point() -> None:
    model, x = nn.Linear(2, 3), torch.randn(50, 2)
    seen = view(model, x, y=torch.randint(3, (50,)))
    x0, x1, y0, y1 = seen.told.bounds
    row, column = 5, 40
    point = torch.tensor([x0 + (x1 - x0) * column / 47, y1 - (y1 - y0) * row / 47])
    chances = model(point).softmax(0).detach()
    assert seen.grid[row, column, 0] == int(chances.argmax())
    np.testing.assert_allclose(seen.grid[row, column, 1], float(chances.max()), rtol=1e-4)
    assert (seen.examples[:, 3] == model(x).argmax(1).numpy()).all()


def test_one_logit_is_the_second_of_two_classes() -> None:
    model, x = nn.Linear(2, 1), torch.randn(40, 2)
    seen = view(model, x, target=torch.randint(2, (40,)))
    assert seen.told.kind == "boundary"
    assert (seen.examples[:, 3] == (model(x)[:, 0] > 0).numpy()).all()


def test_a_curve_is_the_models_answer_along_its_input() -> None:
    model, x = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1)), torch.randn(30, 1)
    seen = view(model, x, y=torch.sin(x))
    np.testing.assert_allclose(seen.grid[:, 1], model(torch.tensor(seen.grid[:, :1]))[:, 0].detach(), rtol=1e-5)
    np.testing.assert_allclose(seen.examples[:, 1], np.sin(seen.examples[:, 0]), rtol=1e-5)


def test_pictures_come_as_they_are_and_with_their_answers() -> None:
    x = torch.rand(20, 1, 4, 5)
    x[0, 0, 0, 0], x[0, 0, 3, 4] = 0.0, 1.0
    model = nn.Sequential(nn.Flatten(), nn.Linear(20, 3))
    seen = view(model, x, labels=torch.arange(20) % 3, names=["a", "b", "c"])
    assert seen.pictures.shape == (12, 4, 5, 3)
    assert (seen.pictures[0, 0, 0] == 0).all()
    assert (seen.pictures[0, 3, 4] == 255).all()
    assert (seen.examples[:, 1] == model(x[:12]).argmax(1).numpy()).all()
    assert seen.told.names == ("a", "b", "c")


def test_the_target_is_the_variable_that_fits() -> None:
    question = torch.randn(8, 2)
    classes, other = torch.zeros(8, dtype=torch.long), torch.zeros(8)
    assert target_of(question, {"a": other, "b": classes, "x": question}) is classes
    assert target_of(question, {"a": torch.zeros(3), "y": other}) is other
    assert target_of(question, {"order": classes, "target": other}) is other
    assert target_of(question, {"loss": torch.zeros(8, requires_grad=True)}) is None


def test_what_has_no_picture_says_what_would_have_one() -> None:
    seen = view(nn.Linear(5, 5), torch.randn(2, 3, 5))
    assert seen.told.kind == "none"
    assert "two numbers" in seen.told.why
