"""From what a person types, chooses or edits to the command that is started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gradscope.app import launching
from gradscope.session.launch import LaunchSpec

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--verbose", action="store_true")
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    return path


def test_a_typed_command_leaves_the_python_to_us() -> None:
    spec = launching.for_text("python train.py --name 'two words'")
    assert spec is not None
    assert spec.command == ("train.py", "--name", "two words")
    assert spec.pause
    assert launching.for_text("train.py 'open") is None
    assert launching.for_text("  ") is None


def test_arguments_are_read_from_the_script_without_running_it(script: Path) -> None:
    spec = launching.for_script(script)
    assert launching.fields_of(spec) == {"lr": "0.1", "epochs": "10"}
    given = LaunchSpec((str(script), "--lr=0.5", "--epochs", "3"))
    assert launching.fields_of(given) == {"lr": "0.5", "epochs": "3"}


def test_an_edited_field_becomes_an_argument_and_the_others_stay(script: Path) -> None:
    spec = LaunchSpec((str(script), "--epochs", "3"), device="cpu")
    changed = launching.with_fields(spec, {"lr": "0.2", "epochs": "3", "device": "cpu"})
    assert changed is not None
    assert changed.command == (str(script), "--epochs", "3", "--lr", "0.2")
    again = launching.with_fields(changed, {"lr": "0.3", "epochs": "3"})
    assert again is not None
    assert again.command[-2:] == ("--lr", "0.3")


def test_a_lesson_is_given_its_device_and_any_other_script_the_default(script: Path) -> None:
    lesson = launching.for_script(launching.lessons()["spiral"])
    assert launching.with_device(lesson, "cuda:0").command[-2:] == ("--device", "cuda:0")
    assert launching.with_device(lesson, "cuda:0").device is None
    other = launching.with_device(launching.for_script(script), "cuda:0")
    assert other.device == "cuda:0"
    assert other.command == (str(script),)


def test_a_lesson_without_arguments_gets_the_default_device() -> None:
    line = launching.for_script(launching.lessons()["line"])
    assert launching.with_device(line, "cuda:0").command == line.command
    assert launching.device_of(launching.with_device(line, "cuda:0")) == "cuda:0"


def test_another_lesson_is_started_fresh() -> None:
    spiral = launching.for_script(launching.lessons()["spiral"])
    changed = launching.with_fields(spiral, {"lesson": "line", "lr": "0.3"})
    assert changed is not None
    assert launching.lesson_of(changed) == "line"
    assert len(changed.command) == 1


def test_a_command_that_makes_no_sense_is_refused(script: Path) -> None:
    assert launching.with_fields(LaunchSpec((str(script),)), {"command": "train.py 'open"}) is None
