"""``gradscope export`` on a recording that ``gradscope record`` just made, both as a user calls them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gradscope.cli import main

from ..commands import ROOT, gradscope

if TYPE_CHECKING:
    from pathlib import Path

STEPS = 3


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    script = str(ROOT / "tests" / "scripts" / "line.py")
    done = gradscope("record", "--steps", str(STEPS), "-o", "r.gscope", "--", script, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "r.gscope"


def strict(path: Path) -> dict[str, object]:
    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is not strict JSON")

    loaded: dict[str, object] = json.loads(path.read_text("utf-8"), parse_constant=refuse)
    return loaded


def exported(recording: Path, name: str, *words: str) -> Path:
    out = recording.with_name(name)
    assert main(["export", str(recording), "-o", str(out), *words]) == 0
    return out


def test_json_has_every_iteration_and_the_last_ones_statistics(recording: Path) -> None:
    document = strict(exported(recording, "last.json"))
    assert document["gradscope"] == 1
    assert [row["iteration"] for row in document["iterations"]] == list(range(STEPS))  # type: ignore[attr-defined]
    assert document["stats"]["iteration"] == STEPS - 1  # type: ignore[index]


def test_an_iteration_chooses_the_statistics(recording: Path) -> None:
    document = strict(exported(recording, "first.json", "--iteration", "0"))
    assert document["stats"]["iteration"] == 0  # type: ignore[index]


def test_all_iterations_are_a_list(recording: Path) -> None:
    document = strict(exported(recording, "all.json", "--iteration", "all"))
    assert [row["iteration"] for row in document["stats"]] == list(range(STEPS))  # type: ignore[attr-defined]


def test_dot_names_the_leaves_and_the_root(recording: Path) -> None:
    text = exported(recording, "r.dot").read_text("utf-8")
    assert text.startswith("digraph ")
    assert all(f'label="{name}\\n' in text for name in ("w", "b", "loss"))


def test_it_says_what_it_wrote(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = exported(recording, "said.dot")
    assert capsys.readouterr().out == f"Wrote {out}.\n"


@pytest.mark.parametrize(
    ("name", "iteration", "words"),
    [
        ("r.json", "99", "There is no iteration 99: {file}; it has 0 to 2"),
        ("r.json", "-1", "neither a number from 0 nor 'all'"),
        ("r.json", "last", "neither a number from 0 nor 'all'"),
        ("picture.dot", "all", "A picture shows one iteration: --iteration all; name one, or leave it out"),
        ("no/r.json", "0", "The export cannot be written (No such file or directory)"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(
    recording: Path, name: str, iteration: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = recording.with_name("errors") / name
    out.parent.parent.joinpath("errors").mkdir(exist_ok=True)
    assert main(["export", str(recording), "-o", str(out), f"--iteration={iteration}"]) == 2
    said = capsys.readouterr().err
    assert words.format(file=recording) in said
    assert said.count("\n") == 1
    assert not out.exists()
