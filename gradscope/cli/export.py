"""``gradscope export``: a recording as a file that others read. The ending of the file decides what is written."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .errors import CommandError

if TYPE_CHECKING:
    from argparse import Namespace

    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState
    from gradscope.session.recording import Recording

    from .words import CommandParser

PICTURES = (".svg", ".png", ".pdf")
FORMATS = (".json", ".dot", ".graphml", *PICTURES)
FOLDED = (*PICTURES, ".dot")


def configure(parser: CommandParser) -> None:
    """Declare the arguments."""
    endings = ", ".join(FORMATS)
    parser.add_argument("file", metavar="FILE", help="a recording (.gscope)")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help=f"its ending decides: {endings}")
    parser.add_argument(
        "--iteration", type=_iteration, metavar="N|all", help="whose statistics and graph (default: the last)"
    )
    parser.add_argument(
        "--fold",
        type=_depth,
        metavar="DEPTH",
        help="how many levels of modules are open, 0 for none (default: what fits)",
    )
    parser.add_argument("--theme", choices=("light", "dark"), help="of a picture (default: light)")
    parser.add_argument("--scale", type=int, choices=(1, 2, 4), help="of a PNG (default: 2)")


def run(arguments: Namespace) -> int:
    """Write the file; the exit code."""
    output = Path(arguments.output)
    _require_sense(arguments, output)
    from gradscope.session.recording import Recording

    recording = Recording.open(Path(arguments.file))
    try:
        _require_iteration(recording, arguments.iteration, arguments.file)
        data = _content(recording, output.suffix, arguments)
    finally:
        recording.close()
    try:
        output.write_bytes(data)
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


def _depth(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is not a number from 0")
    return int(text)


def _require_sense(arguments: Namespace, output: Path) -> None:
    """What can be known to be wrong from the words alone."""
    suffix = output.suffix
    if suffix not in FORMATS:
        endings = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
        raise CommandError("This format cannot be written", output, f"name a file that ends in {endings}")
    if suffix != ".json" and arguments.iteration == "all":
        raise CommandError("A picture shows one iteration", "--iteration all", "name one, or leave it out")
    for option, value, where in (
        ("--fold", arguments.fold, FOLDED),
        ("--theme", arguments.theme, PICTURES),
        ("--scale", arguments.scale, (".png",)),
    ):
        if value is not None and suffix not in where:
            raise CommandError(f"{option} has no meaning here", output, f"it is for {', '.join(where)}; leave it out")


def _require_iteration(recording: Recording, iteration: int | str | None, file: str) -> None:
    if not isinstance(iteration, int):
        return
    known = recording.iterations
    if iteration not in known:
        kept = f"it has {known[0]} to {known[-1]}" if known else "it has none"
        raise CommandError(f"There is no iteration {iteration}", file, kept)


def _content(recording: Recording, suffix: str, arguments: Namespace) -> bytes:
    if suffix == ".json":
        from gradscope.export.json_export import export_json, json_text

        return json_text(export_json(recording, arguments.iteration)).encode()
    state = recording.state_at(arguments.iteration)
    graph = state.graph
    if graph is None or len(graph) == 0:
        raise CommandError(
            "There is no graph to draw", arguments.file, "record a script until its first backward() or later"
        )
    if suffix == ".graphml":
        from gradscope.export.graphml import export_graphml

        return export_graphml(state, graph).encode()
    if suffix == ".dot":
        return _dot(state, graph, arguments.fold)
    return _picture(state, graph, suffix, arguments)


def _dot(state: RunState, graph: GraphSnapshot, depth: int | None) -> bytes:
    from gradscope.export.dot import export_dot
    from gradscope.export.picture import fold_to
    from gradscope.graph.fold import visible_graph

    visible = visible_graph(graph, fold_to(graph, depth)) if depth is not None else None
    return export_dot(graph, visible, state).encode()


def _picture(state: RunState, graph: GraphSnapshot, suffix: str, arguments: Namespace) -> bytes:
    from gradscope.export.picture import fold_to, heading, picture_of
    from gradscope.export.svg import PictureStyle, svg_picture

    fold = fold_to(graph, arguments.fold)
    scene, marks = picture_of(state, graph, fold)
    title, detail = heading(state, graph, fold)
    style = PictureStyle(arguments.theme or "light", title, detail)
    picture = svg_picture(scene, marks, style)
    if suffix == ".svg":
        return picture.text.encode()
    from gradscope.export.raster import PictureSizeError, pdf_bytes, png_bytes

    if suffix == ".pdf":
        return pdf_bytes(picture, title)
    try:
        return png_bytes(picture, arguments.scale or 2)
    except PictureSizeError as error:
        raise CommandError("The picture cannot be made", arguments.output, str(error)) from None
