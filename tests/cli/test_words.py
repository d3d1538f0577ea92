"""Our options come first, the training command behind them is passed on untouched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gradscope.cli import main
from gradscope.cli.errors import CommandError
from gradscope.cli.registry import COMMANDS, WINDOW, load
from gradscope.cli.words import CommandParser, split_command

if TYPE_CHECKING:
    from pathlib import Path

VALUED = {"--steps", "--python", "-o"}


@pytest.mark.parametrize(
    ("words", "options", "training"),
    [
        ("--steps 3 -- train.py --lr 0.1", "--steps 3", "train.py --lr 0.1"),
        ("--steps 3 train.py --steps 9", "--steps 3", "train.py --steps 9"),
        ("--steps=3 train.py -o x", "--steps=3", "train.py -o x"),
        ("-o r.gscope -m pkg.train --lr 1", "-o r.gscope", "-m pkg.train --lr 1"),
        ("--pause torchrun --nproc-per-node 2 train.py", "--pause", "torchrun --nproc-per-node 2 train.py"),
        ("train.py -- --odd", "", "train.py -- --odd"),
        ("-- -m pkg", "", "-m pkg"),
        ("--steps", "--steps", ""),
        ("", "", ""),
    ],
)
def test_the_command_begins_behind_our_options(words: str, options: str, training: str) -> None:
    assert split_command(words.split(), VALUED) == (options.split(), training.split())


def test_help_names_every_command_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    for row in COMMANDS:
        assert f"gradscope {row.name} " in said
    assert "diff" not in said


@pytest.mark.parametrize("name", [row.name for row in COMMANDS])
def test_every_command_has_its_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: gradscope {name} " in capsys.readouterr().out


@pytest.mark.parametrize("row", [WINDOW, *COMMANDS], ids=lambda row: row.name)
def test_help_texts_name_only_options_that_exist(row) -> None:  # type: ignore[no-untyped-def]
    parser = CommandParser(row.program, row.usage, row.help)
    load(row).configure(parser)
    known = set(parser.format_help().replace(",", " ").split())
    assert {word.strip("[]") for word in row.usage.split() if word.strip("[]").startswith("--")} <= known | {"--"}


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    from gradscope import __version__

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"gradscope {__version__}\n"


def test_the_launch_is_what_the_options_say() -> None:
    from gradscope.cli.options import launch_spec

    parser = CommandParser("gradscope run")
    load(next(row for row in COMMANDS if row.name == "run")).configure(parser)
    words = ["--python", "/p", "--steps", "5", "--level", "detail", "--device", "cuda:0", "--cwd", "/w", "--pause"]
    spec = launch_spec(parser.parse_args(words), ("train.py", "--lr", "1"), in_window=True)
    assert spec.command == ("train.py", "--lr", "1")
    assert (spec.python, spec.steps, spec.level, spec.device, spec.cwd) == ("/p", 5, "detail", "cuda:0", "/w")
    assert spec.hold_at_end
    assert launch_spec(parser.parse_args([]), ("a.py",), in_window=False).steps == -1


def test_a_mistake_is_one_sentence_with_a_remedy() -> None:
    with pytest.raises(CommandError, match=r"unrecognized arguments: --colour; see gradscope devices --help"):
        CommandParser("gradscope devices").parse_args(["--colour"])


def test_a_script_without_a_command_is_opened_with_its_arguments_and_paused(tmp_path: Path) -> None:
    from gradscope.cli.window import _target
    from gradscope.session.launch import LaunchSpec

    script = tmp_path / "train.py"
    script.touch()
    target = _target((str(script), "--lr", "0.1"))
    assert isinstance(target, LaunchSpec)
    assert target.command == (str(script), "--lr", "0.1")
    assert target.pause
    assert target.hold_at_end
    assert _target(()) is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["recrod"], "There is no such command or file: recrod; see gradscope --help"),
        (["diff", "train.py"], "There is no such command or file: diff; see gradscope --help"),
        (["a.gscope", "b.gscope"], "One recording is opened at a time: a.gscope b.gscope; give one file"),
    ],
)
def test_a_word_that_is_neither_command_nor_file(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err == f"gradscope: {said}\n"
