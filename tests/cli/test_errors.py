"""What a person can get wrong ends with code 2 and one sentence: what, where, and the remedy. Never a traceback."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gradscope.cli import main
from gradscope.session import endpoint

from ..commands import gradscope

if TYPE_CHECKING:
    from pathlib import Path


def sentence(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What ``gradscope WORDS`` says; it must be one line, with exit code 2."""
    assert main(list(words)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err.strip()


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text("import torch\n")
    return path


@pytest.fixture
def bare_python(tmp_path: Path) -> Path:
    """An interpreter without torch."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True, timeout=60)
    return tmp_path / "bare" / "bin" / "python"


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("words", [["run"], ["record", "-o", "r.gscope"]])
def test_an_interpreter_without_torch(
    words: list[str], script: Path, bare_python: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = sentence(capsys, *words, "--python", str(bare_python), str(script))
    assert said.startswith(f"gradscope {words[0]}: This interpreter has no torch: {bare_python}; ")
    assert f"{bare_python} -m pip install torch" in said
    assert "--python PATH" in said


def test_devices_of_an_interpreter_without_torch(bare_python: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = sentence(capsys, "devices", "--python", str(bare_python))
    assert "no torch" in said
    assert str(bare_python) in said


def test_an_interpreter_that_is_too_old(tmp_path: Path, script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\necho gradscope False 3.9 True\n")
    old.chmod(0o755)
    said = sentence(capsys, "record", "-o", "r.gscope", "--python", str(old), str(script))
    assert f"Python 3.9 is too old, 3.10 is needed: {old}" in said


def test_something_that_is_no_python(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = sentence(capsys, "record", "-o", "r.gscope", "--python", "/bin/true", str(script))
    assert "does not answer as a Python does: /bin/true" in said


@pytest.mark.parametrize("words", [["run"], ["record", "-o", "r.gscope"], []])
def test_a_script_that_is_not_there(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "nowhere.py"
    said = sentence(capsys, *words, str(missing))
    assert f"The script was not found: {missing}; check the path" in said


def test_a_folder_that_is_not_there(script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = sentence(capsys, "record", "-o", "r.gscope", "--cwd", str(tmp_path / "no"), str(script))
    assert str(tmp_path / "no") in said


def test_nothing_to_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no command to run" in sentence(capsys, "record", "-o", "r.gscope")


def test_a_device_that_is_not_there(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = sentence(capsys, "record", "-o", "r.gscope", "--device", "cuda:77", str(script))
    assert "There is no device cuda:77: torch " in said
    assert "it has cpu" in said


@pytest.mark.usefixtures("no_display")
@pytest.mark.parametrize("words", [[], ["run", "SCRIPT"], ["SCRIPT"]], ids=["gradscope", "run", "script"])
def test_no_display(words: list[str], script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = sentence(capsys, *[str(script) if word == "SCRIPT" else word for word in words])
    assert "No window can be shown, there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set; " in said
    assert "gradscope record" in said


@pytest.mark.usefixtures("no_display")
def test_a_dead_display(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DISPLAY", ":9876")
    assert "the display does not answer: DISPLAY=:9876; " in sentence(capsys)


def test_a_dead_display_ends_a_real_process_in_words_and_without_qt() -> None:
    done = gradscope(DISPLAY=":9876", QT_QPA_PLATFORM=None, WAYLAND_DISPLAY=None)
    assert done.returncode == 2
    assert done.stderr.startswith("gradscope: No window can be shown, the display does not answer: DISPLAY=:9876")
    assert done.stderr.count("\n") == 1


def test_a_socket_that_cannot_be_made(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/run/full")

    monkeypatch.setattr(endpoint, "_own_folder", refuse)
    for words in (["record", "-o", str(tmp_path / "r.gscope")], ["run"]):
        said = sentence(capsys, *words, str(script))
        assert "No socket can be made" in said
        assert "/run/full" in said
        assert "TMPDIR" in said
    assert not (tmp_path / "r.gscope").exists()


@pytest.fixture(params=["text", "empty", "missing", "folder", "database"])
def stranger(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Something that is not a recording."""
    path = tmp_path / "stranger.gscope"
    if request.param == "text":
        path.write_text("not a recording" * 100)
    elif request.param == "empty":
        path.touch()
    elif request.param == "folder":
        path.mkdir()
    elif request.param == "database":
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE a (b)")
        database.close()
    return path


def test_a_file_that_is_not_a_recording(stranger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = stranger.read_bytes() if stranger.is_file() else b""
    for words in ([str(stranger)], ["export", str(stranger), "-o", str(stranger.with_suffix(".json"))]):
        said = sentence(capsys, *words)
        assert str(stranger) in said
        assert "recording" in said
    assert (stranger.read_bytes() if stranger.is_file() else b"") == before
    assert not stranger.with_suffix(".json").exists()


def test_a_foreign_file_is_never_recorded_over(
    script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ada")
    assert str(letter) in sentence(capsys, "record", "-o", str(letter), str(script))
    assert letter.read_text() == "Dear Ada"


def test_a_format_that_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    said = sentence(capsys, "export", "r.gscope", "-o", "r.bmp")
    formats = ".json, .dot, .graphml, .svg, .png or .pdf"
    assert said == f"gradscope export: This format cannot be written: r.bmp; name a file that ends in {formats}"


def test_a_lesson_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no such lesson: karate; there are: line, spiral" in sentence(capsys, "demo", "karate")


@pytest.mark.parametrize("steps", ["0", "-1", "many"])
def test_a_number_of_steps_that_is_none(steps: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"'{steps}' is not a number from 1" in sentence(capsys, "record", "-o", "r", f"--steps={steps}", "t.py")


def test_a_library_that_qt_misses_is_told_and_a_mistake_of_ours_is_not_hidden() -> None:
    from gradscope.cli.window import qt_error

    told = qt_error(ImportError("libEGL.so.1: cannot open shared object file: No such file or directory"))
    assert str(told).startswith("Qt cannot be loaded: libEGL.so.1")
    with pytest.raises(ImportError, match="cannot import name"):
        qt_error(ImportError("cannot import name 'windwo'"))
