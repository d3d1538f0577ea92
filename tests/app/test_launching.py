"""From what a person types, chooses or edits to the command that is started."""

from __future__ import annotations

import subprocess
import sys
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


DECLARING = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1, help="how far each update goes")
parser.add_argument("--optimizer", choices=["sgd", "adam"], default="adam")
parser.add_argument("--layers", type=int, choices=range(1, 5), default=2)
parser.add_argument("--amp", action="store_true", help="half precision")
parser.add_argument("--out", default=None)
parser.add_argument("--betas", nargs=2, type=float)
parser.add_argument("--device", default="cpu")
parser.add_argument("file", nargs="?")
args = parser.parse_args()
print(args)
"""


def test_everything_that_a_script_declares_is_known_with_its_kind(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(DECLARING)
    spec = LaunchSpec((str(script), "--amp", "--layers=3"))
    declared = launching.declared_of(spec)
    kinds = {name: (one.kind, one.default) for name, one in declared.items()}
    assert kinds == {
        "lr": ("number", "0.1"),
        "optimizer": ("choice", "adam"),
        "layers": ("count", "3"),
        "amp": ("flag", "yes"),
        "out": ("text", ""),
    }
    assert declared["optimizer"].choices == ("sgd", "adam")
    assert declared["lr"].help == "how far each update goes"
    assert declared["layers"].problem("4") == ""
    assert declared["layers"].problem("5") == "Layers is 5: it lies between 1 and 4."
    assert declared["lr"].problem("fast") == "Lr is “fast”: that is not a number."
    assert launching.takes_device(spec)


def test_what_the_form_holds_is_what_the_script_gets(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(DECLARING)
    spec = LaunchSpec((str(script), "--amp", "--out", "a.pt"))
    surroundings = {"run.python": sys.executable, "run.folder": str(tmp_path), "run.environment": "SEED=1\nNAME=a=b"}
    chosen = {"optimizer": "sgd", "layers": "4", "amp": "no", "out": "", "lr": "0.1"} | surroundings
    changed = launching.with_fields(spec, chosen)
    assert changed is not None
    told = subprocess.run([sys.executable, *changed.command], capture_output=True, text=True, check=True).stdout
    assert "optimizer='sgd', layers=4, amp=False, out=None" in told
    assert (changed.python, changed.cwd) == (sys.executable, str(tmp_path))
    assert changed.environment == (("SEED", "1"), ("NAME", "a=b"))
    assert launching.surroundings_of(changed) == surroundings
