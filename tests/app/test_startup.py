"""The first window is made of light parts, looks like ours, and a mistake is shown instead of ending the process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent
HEAVY = ("torch", "numpy", "pyqtgraph", "networkx", "msgspec", "graphlay")

FIRST_SHOW = f"""
import json, sys
from gradscope.app.application import Application, make_qt
qt = make_qt([])
application = Application()
window = application.window
def shown():
    loaded = sorted(name for name in {HEAVY!r} if name in sys.modules)
    focus = window.welcome.isVisible() and window.isEnabled()
    print(json.dumps([loaded, focus]), flush=True)
window.shownFirst.connect(shown)
application.ready.connect(lambda: (print(json.dumps(sorted(n for n in {HEAVY!r} if n in sys.modules))), qt.quit()))
window.show()
qt.exec()
application.close()
"""

FONTS = """
import json
from PySide6.QtGui import QFontInfo
from gradscope.app.application import make_qt
from gradscope.app.fonts import mono_font, text_font
make_qt([])
print(json.dumps([QFontInfo(text_font()).family(), QFontInfo(mono_font()).family()]))
"""

MISTAKE = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from gradscope.app import logs
from gradscope.app.application import Application, make_qt
qt = make_qt([])
path = logs.start_logging()
application = Application()
logs.show_mistakes(lambda summary, details: (print(summary), qt.quit()))
application.window.show()
QTimer.singleShot(0, lambda: 1 / 0)
qt.exec()
application.close()
assert "ZeroDivisionError" in path.read_text()
"""


def child(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ, PYTHONPATH=str(REPOSITORY))
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run(program: str) -> list[str]:
    done = child(program)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_first_window_shows_before_anything_heavy_is_imported_and_the_rest_follows() -> None:
    first, rest = run(FIRST_SHOW)
    assert json.loads(first) == [[], True]
    assert "numpy" in json.loads(rest)
    assert "torch" not in json.loads(rest)


def test_the_bundled_fonts_are_used() -> None:
    assert json.loads(run(FONTS)[-1]) == ["Inter", "JetBrains Mono"]


def test_a_mistake_of_ours_is_shown_and_logged_and_the_window_goes_on() -> None:
    assert run(MISTAKE) == ["ZeroDivisionError: division by zero"]


SIGNALLED = """
import os, signal, sys
from PySide6.QtCore import QTimer
from gradscope.app import application
begin = application.Application.open
def opened(self, target):
    self.run.close = lambda *, leave_running: print("left to run on" if leave_running else "stopped")
    self.ready.connect(lambda: os.kill(os.getpid(), int(sys.argv[1])))
    begin(self, target)
application.Application.open = opened
sys.exit(application.run_application(None))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_closes_the_window_without_a_question_and_leaves_the_script_alone(name: str) -> None:
    number = int(getattr(signal, name))
    done = child(SIGNALLED, str(number))
    assert done.returncode == 128 + number, done.stderr
    assert done.stdout.splitlines() == ["left to run on"]
