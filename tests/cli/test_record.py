"""``gradscope record``: the script's own output and exit code, Ctrl+C passed on once, and a recording left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ..commands import command, gradscope

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")


POLITE = """
import sys, time
print("ready", flush=True)
try:
    while True:
        time.sleep(0.05)
except KeyboardInterrupt:
    print("asked to stop", flush=True)
    sys.exit(5)
"""
DEAF = """
import signal
signal.signal(signal.SIGINT, lambda *_: print("not yet", flush=True))
print("ready", flush=True)
while True:
    signal.pause()
"""


@pytest.mark.parametrize("code", [0, 7])
def test_output_and_exit_code_are_the_scripts_own(code: int, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(f"import sys; print('out', sys.argv[1:]); print('err', file=sys.stderr); sys.exit({code})")
    done = gradscope("record", "-o", "r.gscope", "--", "train.py", "--lr", "0.1", cwd=tmp_path)
    assert done.returncode == code
    assert done.stdout == "out ['--lr', '0.1']\n"
    assert done.stderr.startswith("err\n")
    assert (tmp_path / "r.gscope").read_bytes().startswith(b"SQLite format 3")


def test_a_script_that_a_signal_ends_has_a_shells_exit_code(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert gradscope("record", "-o", "r.gscope", "train.py", cwd=tmp_path).returncode == 128 + signal.SIGKILL


def start(tmp_path: Path, source: str) -> subprocess.Popen[str]:
    """A recorded script that has said that it is ready."""
    (tmp_path / "train.py").write_text(source)
    process = subprocess.Popen(
        command("record", "-o", "r.gscope", "train.py"),
        cwd=tmp_path,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_ctrl_c_is_passed_on_once_and_the_scripts_answer_counts(tmp_path: Path) -> None:
    process = start(tmp_path, POLITE)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert out == "asked to stop\n"
    assert process.returncode == 5
    assert "Traceback" not in err


def test_a_second_ctrl_c_ends_a_script_that_ignores_the_first(tmp_path: Path) -> None:
    process = start(tmp_path, DEAF)
    assert process.stdout is not None
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "not yet\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode in (128 + signal.SIGTERM, 128 + signal.SIGKILL)
    assert "Traceback" not in err


def test_a_script_that_never_reported_is_explained(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print('hello')")
    done = gradscope("record", "-o", "r.gscope", "train.py", cwd=tmp_path)
    assert done.returncode == 0
    assert "torch" in done.stderr
    assert "PYTHONPATH" in done.stderr


def test_the_interpreter_is_the_one_asked_for(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import sys; print(sys.executable)")
    done = gradscope("record", "-o", "r.gscope", "--python", sys.executable, "train.py", cwd=tmp_path)
    assert done.stdout.strip() == sys.executable


def test_sigterm_stops_the_script_too(tmp_path: Path) -> None:
    process = start(tmp_path, POLITE)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert out == "asked to stop\n"
    assert process.returncode == 5


def test_training_goes_on_when_nobody_reads_its_output_any_more(tmp_path: Path) -> None:
    ending = 'for _ in range(50): print("x" * 1000, flush=True); time.sleep(0.01)\nopen("done", "w").close()'
    process = start(tmp_path, f'import time\nprint("ready", flush=True)\n{ending}')
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert process.stderr is not None
    with process.stderr:
        assert "Traceback" not in process.stderr.read()
    assert (tmp_path / "done").exists()


def test_output_that_the_terminal_cannot_show_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import sys; sys.stdout.buffer.write('∂loss\\n'.encode())", encoding="utf-8")
    done = gradscope("record", "-o", "r.gscope", "train.py", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout == "?loss\n"
