"""``gradscope export``: a recording as a file that others read."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .errors import CommandError

if TYPE_CHECKING:
    from argparse import Namespace

    from gradscope.session.recording import Recording

    from .words import CommandParser

FORMATS = (".json", ".dot")


def configure(parser: CommandParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", help="a recording (.gscope)")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="OUT.json or OUT.dot; its ending decides")
    parser.add_argument(
        "--iteration", type=_iteration, metavar="N|all", help="whose statistics and graph (default: the last)"
    )


def run(arguments: Namespace) -> int:
    """Write the file; the exit code."""
    output = Path(arguments.output)
    if output.suffix not in FORMATS:
        raise CommandError("This format cannot be written", output, f"name a file that ends in {' or '.join(FORMATS)}")
    from gradscope.session.recording import Recording

    recording = Recording.open(Path(arguments.file))
    try:
        _require_iteration(recording, arguments.iteration, arguments.file)
        if output.suffix == ".json":
            text = _json(recording, arguments.iteration)
        else:
            text = _dot(recording, arguments.iteration, arguments.file)
    finally:
        recording.close()
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(
            f"The export cannot be written ({error.strerror})", output, "check that the folder exists and is writable"
        ) from None
    print(f"Wrote {output}.")
    return 0


def _iteration(text: str) -> int | Literal["all"]:
    if text == "all":
        return "all"
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is neither a number from 0 nor 'all'")
    return int(text)


def _require_iteration(recording: Recording, iteration: int | str | None, file: str) -> None:
    if not isinstance(iteration, int):
        return
    known = recording.iterations
    if iteration not in known:
        kept = f"it has {known[0]} to {known[-1]}" if known else "it has none"
        raise CommandError(f"There is no iteration {iteration}", file, kept)


def _json(recording: Recording, iteration: int | Literal["all"] | None) -> str:
    from gradscope.export.json_export import export_json

    return json.dumps(export_json(recording, iteration), indent=1, allow_nan=False) + "\n"


def _dot(recording: Recording, iteration: int | Literal["all"] | None, file: str) -> str:
    from gradscope.export.dot import export_dot

    if iteration == "all":
        raise CommandError("A picture shows one iteration", "--iteration all", "name one, or leave it out")
    graph = recording.state_at(iteration).graph
    if graph is None:
        raise CommandError("There is no graph to draw", file, "record a script until its first backward() or later")
    return export_dot(graph, None)
