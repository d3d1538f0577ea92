"""A script that runs in the fork cannot tell, nor can its caller: held against the interpreter itself."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradscope.export.json_export import export_json
from gradscope.session.recording import Recording
from tests.commands import ROOT, gradscope

LINE = Path(__file__).parents[1] / "scripts" / "line.py"

LOOK = """
import atexit, os, signal, sys, threading
def seen(stream):
    return [stream.encoding, stream.errors, stream.line_buffering, stream.write_through, stream.fileno(), stream.mode]
def look():
    main = sys.modules["__main__"]
    for told in (
        sys.argv, sys.orig_argv[1:], sys.path, sys.flags, sorted(vars(main)), main.__spec__, main.__name__,
        sys._getframe().f_back.f_back, sys._getframe().f_back.f_code.co_filename, getattr(main, "__file__", None),
        threading.current_thread() is threading.main_thread(), threading.active_count(), os.getcwd(),
        os.listdir("/proc/self/task") == [str(os.getpid())], len(os.listdir("/proc/self/fd")),
        sorted((name, value) for name, value in os.environ.items()), *map(seen, (sys.stdout, sys.stderr)),
        sys.stdin.read(), "torch" in sys.modules, sys.executable, sys.prefix, sys.warnoptions, sys.excepthook,
        signal.getsignal(signal.SIGINT) is signal.default_int_handler, signal.getsignal(signal.SIGTERM),
        __builtins__ is sys.modules["builtins"],
    ):
        print(told)
    import torch
    torch.manual_seed(3)
    print(torch.__spec__.origin, torch.__path__, type(torch.__loader__), torch.rand(3), torch.get_num_threads())
    print([type(finder) for finder in sys.meta_path])
look()
atexit.register(lambda: print("the end", sys._getframe().f_back))
threading.Thread(target=print, args=["from a thread"]).start()
"""


def run(python: str | Path, *words: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([python, *words], cwd=folder, input="in", capture_output=True, text=True, timeout=100, **more)


def same(warm: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run both; what both came to."""
    ours, truth = run(warm, *words, folder=folder), run(sys.executable, *words, folder=folder)
    assert ours.stdout.splitlines() == truth.stdout.splitlines()
    assert (ours.returncode, ours.stderr) == (truth.returncode, truth.stderr)
    return ours


@pytest.mark.parametrize("words", [("sub/../look.py", "a", "-b"), ("-c", LOOK, "a")], ids=["file", "command"])
def test_it_looks_like_a_process_of_its_own(words: tuple[str, ...], warm_python: Path, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "look.py").write_text(LOOK)
    assert same(warm_python, tmp_path, *words).stdout.endswith("from a thread\nthe end None\n")


def test_a_module_is_run(warm_python: Path, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "look.py").write_text(
        "import sys\nprint(sys.argv, sys.path[0], __spec__.name, __package__)\n"
    )
    same(warm_python, tmp_path, "-m", "package.look", "a")


ENDS = {
    "sys.exit(7)": 7,
    "sys.exit('in words')": 1,
    "f()": 1,
    "def": 1,
    "raise KeyboardInterrupt": -signal.SIGINT,
    "os.kill(os.getpid(), signal.SIGKILL)": -signal.SIGKILL,
    "os._exit(9)": 9,
}


@pytest.mark.parametrize("end", ENDS)
def test_it_ends_as_a_process_of_its_own(end: str, warm_python: Path, tmp_path: Path) -> None:
    (tmp_path / "end.py").write_text(f"import atexit, os, signal, sys\natexit.register(print, 'bye')\n{end}\n")
    assert same(warm_python, tmp_path, "end.py").returncode == ENDS[end]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_gets_the_signals_of_its_caller(number: signal.Signals, warm_python: Path, tmp_path: Path) -> None:
    (tmp_path / "wait.py").write_text("import os, time\nopen('pid', 'w').write(f'{os.getpid()}.')\ntime.sleep(60)\n")
    caller = subprocess.Popen([warm_python, "wait.py"], cwd=tmp_path, stderr=subprocess.DEVNULL)
    told, deadline = tmp_path / "pid", time.monotonic() + 60
    while not (told.exists() and told.read_text().endswith(".")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert int(told.read_text().rstrip(".")) != caller.pid  # it is a fork
    caller.send_signal(number)
    assert caller.wait(60) == -number
    script = Path("/proc", told.read_text().rstrip("."))
    while script.exists() and ") Z" not in (script / "stat").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("words", "variable"),
    [
        (("-W", "error", "-c", "import sys; print(sys.warnoptions)"), ""),
        (("-q", "-c", "print(1)"), ""),
        (("-c", "import os; print(os.sys.flags.dev_mode)"), "PYTHONDEVMODE"),
        (("no_such_script.py",), ""),
    ],
    ids=["options", "more options", "variable", "missing"],
)
def test_what_a_fork_cannot_do_the_interpreter_does(
    words: tuple[str, ...], variable: str, warm_python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv(variable, "1")
    same(warm_python, tmp_path, *words)


def test_training_comes_to_the_same_bits_and_the_same_recording(warm_python: Path, tmp_path: Path) -> None:
    told = []
    for python in (str(warm_python), sys.executable):
        folder = tmp_path / f"{len(told)}"
        folder.mkdir()
        words = ("record", "--python", python, "-o", "r.gscope", "--", str(LINE), "--iterations", "5")
        ran = gradscope(*words, cwd=folder, PYTHONPATH=str(ROOT), TRAINING_DIGEST=str(folder / "digest.json"))
        assert ran.returncode == 0, ran.stderr
        recording = Recording.open(folder / "r.gscope")
        digest = json.loads((folder / "digest.json").read_text())
        told.append((digest, export_json(recording, "all")["graphs"], recording.state_at().lost_features))
        recording.close()
    assert told[0] == told[1]
    assert len(told[0][0]["losses"]) == 5
