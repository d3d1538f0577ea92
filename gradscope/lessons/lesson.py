"""A lesson as it is written: its steps, what each shows, and the questions on the way."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from gradscope.resources import resource

if TYPE_CHECKING:
    from pathlib import Path

# Where a step lets the training run to before it is read: a pause point, "into" for one node, "iteration", "finish"
# for the script's end, "node NAME" for the node of that title, "iterations 3" for the end of the third from there, ""
# for staying where it is.
POINTS = ("", "forward", "loss", "backward", "update", "end", "into", "iteration", "finish")
PANELS = (
    "outline", "training", "inspector", "learned", "timeline", "curves", "problems", "variables", "console", "source",
    "canvas",
)  # fmt: skip


class LessonError(ValueError):
    """A tour that does not make sense; it is ours to mend."""


@dataclass(frozen=True, slots=True)
class Question:
    """Asked before ``go`` lets the training run on; ``answer`` is looked up in the run after it.

    A ``number`` is typed, a ``choice`` is one of ``choices`` (and ``answer`` then gives its place, from 0).
    """

    ask: str
    kind: Literal["number", "choice"]
    answer: str
    choices: tuple[str, ...] = ()
    go: str = ""
    why: str = ""  # said after the answer, right or wrong


@dataclass(frozen=True, slots=True)
class Step:
    """A paragraph or two, what it points at, and where the training stands when it is read."""

    text: str
    go: str = ""
    node: str = ""  # the title of the node to select
    panel: str = ""  # the panel to bring
    line: int = 0  # the line of the script to light, from 1
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """``teaches`` are the ideas it shows; ``facts`` are expressions over the script's variables that must hold."""

    topic: str
    title: str
    summary: str
    order: int
    minutes: int
    script: Path
    teaches: tuple[str, ...]
    steps: tuple[Step, ...]
    facts: tuple[str, ...] = ()


@cache
def lessons() -> dict[str, Lesson]:
    """All lessons by topic, in the order in which they are best taken.

    Raises:
        LessonError: a tour is not written as it must be.
    """
    try:
        folder = resource("lessons")
    except FileNotFoundError:
        return {}
    found = [read_lesson(path) for path in folder.glob("[0-9][0-9]_*.toml")]
    return {lesson.topic: lesson for lesson in sorted(found, key=lambda lesson: lesson.order)}


def read_lesson(path: Path) -> Lesson:
    """The lesson of a tour's file.

    Raises:
        LessonError: something is missing or misspelt in it.
    """
    with path.open("rb") as file:
        told = tomllib.load(file)
    script = path.with_suffix(".py")
    if not script.is_file():
        raise LessonError(f"{path.name} has no script beside it")
    try:
        lesson = Lesson(
            path.stem.partition("_")[2],
            told.pop("title"),
            told.pop("summary"),
            told.pop("order"),
            told.pop("minutes"),
            script,
            tuple(told.pop("teaches")),
            tuple(_step(path.name, step) for step in told.pop("step")),
            tuple(told.pop("facts", ())),
        )
    except KeyError as error:
        raise LessonError(f"{path.name} lacks {error}") from error
    if told:
        raise LessonError(f"{path.name} has {', '.join(told)}, which no lesson has")
    return lesson


def _step(name: str, told: dict[str, Any]) -> Step:
    question = told.pop("question", None)
    step = Step(**told, question=_question(question) if question else None)
    go = step.question.go if step.question else ""
    for point in (step.go, go):
        if point not in POINTS and not point.startswith(("node ", "iterations ")):
            raise LessonError(f"{name}: there is no point {point}")
    if step.panel and step.panel not in PANELS:
        raise LessonError(f"{name}: there is no panel {step.panel}")
    return step


def _question(told: dict[str, Any]) -> Question:
    choices = tuple(told.pop("choices", ()))
    return Question(kind="choice" if choices else "number", choices=choices, answer=str(told.pop("answer")), **told)
