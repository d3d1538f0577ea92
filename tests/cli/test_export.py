"""``gradscope export`` on a recording that ``gradscope record`` just made, both as a user calls them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QImage

from gradscope.cli import main
from gradscope.palette import DARK

from ..commands import ROOT, gradscope

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")

STEPS = 3
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
SIGNATURES = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF-"}


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


@pytest.mark.parametrize("name", ["r.svg", "r.png", "r.pdf"])
def test_pictures_are_made_where_there_is_no_display(recording: Path, name: str) -> None:
    out = recording.with_name(name)
    done = gradscope("export", str(recording), "-o", str(out), **dict.fromkeys(DISPLAYS))
    assert (done.returncode, done.stderr, done.stdout) == (0, "", f"Wrote {out}.\n")
    assert out.read_bytes().lstrip().startswith(SIGNATURES[out.suffix])


def test_a_png_is_twice_as_sharp_unless_a_scale_is_given(recording: Path, qapp: object) -> None:
    sizes = [
        QImage(str(exported(recording, f"r{scale}.png", *scale.split()))).width()
        for scale in ("--scale=1", "--scale=2", "")
    ]
    assert sizes == [sizes[0], 2 * sizes[0], 2 * sizes[0]]


def test_a_picture_of_an_iteration_names_it(recording: Path) -> None:
    assert ">line.py</text>" in exported(recording, "named.svg").read_text("utf-8")
    assert "iteration 0 · loss" in exported(recording, "named.svg", "--iteration", "0").read_text("utf-8")


def test_the_theme_colours_a_picture(recording: Path) -> None:
    light, dark = (exported(recording, "theme.svg", "--theme", name).read_text("utf-8") for name in ("light", "dark"))
    assert (DARK.canvas in dark, DARK.canvas in light) == (True, False)


def test_a_fold_closes_modules_in_picture_and_dot(tmp_path: Path) -> None:
    script = str(ROOT / "tests" / "scripts" / "gpt.py")
    done = gradscope("record", "--steps", "1", "-o", "gpt.gscope", "--", script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    made = tmp_path / "gpt.gscope"
    closed, opened = (exported(made, "f.svg", "--fold", depth).read_text("utf-8") for depth in ("0", "9"))
    assert opened.count('class="item') > 3 * closed.count('class="item')
    closed, opened = (exported(made, "f.dot", *words).read_text("utf-8") for words in (("--fold", "0"), ()))
    assert (closed.count("subgraph"), opened.count("subgraph") > 10) == (0, True)


def test_graphml_is_read_by_networkx(recording: Path) -> None:
    import networkx

    read = networkx.read_graphml(exported(recording, "r.graphml"), node_type=int, force_multigraph=True)
    assert {given["title"] for _, given in read.nodes(data=True)} >= {"w", "b", "loss"}
    assert all("grad_norm" in given for _, given in read.nodes(data=True) if given["kind"] == "leaf")


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("r.gif", [], "This format cannot be written: {out}; name a file that ends in .json, .dot, .graphml, .svg,"),
        ("r", [], "This format cannot be written"),
        ("r.svg", ["--fold", "-1"], "'-1' is not a number from 0"),
        ("r.svg", ["--fold", "all"], "'all' is not a number from 0"),
        ("r.svg", ["--theme", "blue"], "invalid choice: 'blue'"),
        ("r.png", ["--scale", "3"], "invalid choice: 3"),
        ("r.svg", ["--scale", "2"], "--scale has no meaning here: {out}; it is for .png; leave it out"),
        ("r.json", ["--theme", "dark"], "--theme has no meaning here"),
        ("r.graphml", ["--fold", "1"], "--fold has no meaning here: {out}; it is for .svg, .png, .pdf, .dot; leave"),
        ("r.png", ["--iteration", "all"], "A picture shows one iteration"),
        ("no/r.svg", [], "The export cannot be written (No such file or directory)"),
    ],
)
def test_words_that_make_no_sense_are_one_sentence(
    recording: Path, name: str, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = recording.parent / "senseless" / name
    out.parent.parent.joinpath("senseless").mkdir(exist_ok=True)
    assert main(["export", str(recording), "-o", str(out), *(words if len(words) < 2 else ["=".join(words)])]) == 2
    error = capsys.readouterr().err
    assert said.format(out=out) in error
    assert error.count("\n") == 1
    assert not out.exists()


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
