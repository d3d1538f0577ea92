"""``gradscope demo``: a lesson in the window, or, where there is no display, a recording and a picture of it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .checks import require_runnable, require_socket
from .display import display_problem, is_windowless, require_display
from .errors import CommandError
from .headless import train
from .options import add_launch_options, add_theme_option, launch_spec
from .window import open_window, qt_error

if TYPE_CHECKING:
    from argparse import Namespace

    from gradscope.app.theme import ThemeChoice
    from gradscope.session.launch import LaunchSpec

    from .words import CommandParser

FIRST_LESSON = "spiral"


def configure(parser: CommandParser) -> None:
    """Declare the options."""
    add_launch_options(parser)
    add_theme_option(parser)
    parser.epilog = f"Lessons: {', '.join(lessons())} (without one: {FIRST_LESSON})."


def run(arguments: Namespace) -> int:
    """Open the lesson paused before its first forward, or train it headless; the exit code."""
    words = list(arguments.command)
    topic = words.pop(0) if words and not words[0].startswith("-") else FIRST_LESSON
    script = find_lesson(topic)
    if arguments.device and "--device" in script.read_text("utf-8"):
        words += ["--device", arguments.device]  # a lesson that takes the device itself shows where it goes
    spec = launch_spec(arguments, (str(script), *words), in_window=True)
    require_runnable(spec)
    if is_windowless():
        return _without_window(spec, "Qt was told to show none", arguments.theme)
    problem = display_problem()
    if problem:
        return _without_window(spec, f"{problem[0]} ({problem[1]})", arguments.theme)
    require_display()
    require_socket()
    return open_window(replace(spec, pause=True), arguments.theme)


def lessons() -> dict[str, Path]:
    """The lessons by topic, in the order that their numbers say."""
    from gradscope.resources import resource

    return {path.stem.partition("_")[2]: path for path in sorted(resource("lessons").glob("[0-9][0-9]_*.py"))}


def find_lesson(topic: str) -> Path:
    """The script of a lesson.

    Raises:
        CommandError: there is none on that topic.
    """
    known = lessons()
    if topic not in known:
        raise CommandError("There is no such lesson", topic, f"there are: {', '.join(known)}")
    return known[topic]


def _without_window(spec: LaunchSpec, why: str, theme: ThemeChoice | None) -> int:
    """Train the lesson, keep it as a recording, and picture the window held in its backward."""
    recording, picture = Path("demo.gscope").absolute(), Path("demo.png").absolute()
    print(f"No window can be shown: {why}. The lesson is trained without one.", flush=True)
    code = train(replace(spec, pause=False, hold_at_end=False, hold_exceptions="", record_to=str(recording)))
    if code:
        return code
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    try:
        from gradscope.app.picture import PictureError, demo_picture
    except ImportError as error:
        raise qt_error(error) from None
    try:
        demo_picture(spec, picture, theme="dark" if theme == "dark" else "light")
    except PictureError as error:
        raise CommandError("The lesson was trained, but not pictured", recording, str(error)) from None
    print(f"It left {recording.name}, the recording, and {picture.name}, the window held in backward.")
    print("On a machine with a display the same command opens the window.")
    return 0
