"""Lessons as they are written, and the small language that their answers are looked up with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gradscope.lessons.lesson import LessonError, lessons, read_lesson
from gradscope.lessons.live import NotYetError, evaluate, is_right
from tests import samples

if TYPE_CHECKING:
    from pathlib import Path

TOUR = """
title = "T"
summary = "S"
order = 1
minutes = 2
teaches = ["leaf"]

[[step]]
text = "one"
go = "{go}"
"""


def written(folder: Path, text: str) -> Path:
    (folder / "01_t.py").write_text("")
    path = folder / "01_t.toml"
    path.write_text(text)
    return path


def test_every_tour_can_be_read_and_they_come_in_order() -> None:
    orders = [lesson.order for lesson in lessons().values()]
    assert orders == sorted(set(orders))
    for lesson in lessons().values():
        lines = len(lesson.script.read_text("utf-8").splitlines())
        assert all(0 <= step.line <= lines for step in lesson.steps), lesson.topic
        for step in lesson.steps:
            if step.question is not None and step.question.choices:
                assert len(step.question.choices) > 1


def test_a_tour_is_read(tmp_path: Path) -> None:
    lesson = read_lesson(written(tmp_path, TOUR.format(go="node y")))
    assert (lesson.topic, lesson.title, lesson.steps[0].go) == ("t", "T", "node y")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TOUR.format(go="nowhere"), "no point nowhere"),
        (TOUR.format(go="loss") + 'panel = "attic"', "no panel attic"),
        (TOUR.format(go="loss").replace("minutes = 2", ""), "minutes"),
        (TOUR.format(go="loss").replace("minutes", "hours = 1\nminutes"), "hours"),
    ],
)
def test_a_tour_that_is_misspelt_says_where(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(LessonError, match=said):
        read_lesson(written(tmp_path, text))


def test_an_answer_is_looked_up_in_the_run() -> None:
    state = samples.spiral_state()
    graph = state.graph
    assert graph is not None
    assert state.gradients is not None
    node = next(node for node in range(len(graph)) if state.gradients.known[node] and graph.text(node, "name"))
    title, row = graph.text(node, "name"), state.gradients.row(node)
    assert row is not None
    norm = row["v0"] if row["count"] == 1 else row["norm"]
    assert evaluate(f'gradient("{title}") * 2 - 1', state) == pytest.approx(2 * norm - 1)
    assert evaluate("leaves()", state) == 4
    assert evaluate('in_graph("no such")', state) == 0
    assert evaluate("2 * 4 - 6 / 3", state) == 6
    assert evaluate("3 > 2", state) == 1


@pytest.mark.parametrize("expression", ["__import__('os')", "gradient.x", "nodes(", "f(1)", "[1]"])
def test_nothing_else_is_evaluated(expression: str) -> None:
    with pytest.raises(LessonError):
        evaluate(expression, samples.spiral_state())


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(NotYetError, match="no such"):
        evaluate('gradient("no such")', samples.spiral_state())


def test_an_answer_may_be_rounded() -> None:
    assert is_right(2.36, 2.36001)
    assert is_right(-18, -17.9)
    assert is_right(0, 0.0)
    assert not is_right(-6, 6)
    assert not is_right(0.5, 0.0)
    assert not is_right(100, 110)
