"""What a spec becomes: arguments, environment, a socket, an interpreter."""

from __future__ import annotations

import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from gradscope.session import endpoint as endpoint_module
from gradscope.session.endpoint import open_endpoint
from gradscope.session.errors import ScriptError, SessionError
from gradscope.session.interpreter import find_python, probe_interpreter
from gradscope.session.launch import BOOTSTRAP, LaunchSpec, arguments, environment


def made_script(path, text="pass\n", mode=0o644):
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_scripts_and_modules_get_the_interpreter(tmp_path):
    made_script(tmp_path / "train.py")
    spec = LaunchSpec(("train.py", "--lr", "0.1"), python=sys.executable, cwd=str(tmp_path))
    assert arguments(spec) == [sys.executable, "train.py", "--lr", "0.1"]
    spec = LaunchSpec(("-m", "pkg.train", "-x"), python=sys.executable)
    assert arguments(spec) == [sys.executable, "-m", "pkg.train", "-x"]


def test_a_program_is_run_as_it_is(tmp_path):
    program = made_script(tmp_path / "launch", "#!/bin/sh\n", 0o755)
    assert arguments(LaunchSpec(("./launch", "a.py"), cwd=str(tmp_path))) == [program, "a.py"]
    assert Path(arguments(LaunchSpec(("env", "true")))[0]).name == "env"


def test_a_launcher_comes_from_the_environment_that_was_asked_for(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    launcher = made_script(tmp_path / "bin" / "torchrun", "#!/bin/sh\n", 0o755)
    assert arguments(LaunchSpec(("torchrun", "train.py"), python=str(tmp_path))) == [launcher, "train.py"]


@pytest.mark.parametrize(
    ("command", "name"),
    [(("a/train.py", "x"), "train"), (("-m", "pkg.fit"), "fit"), (("torchrun", "--n", "2", "gpt.py"), "gpt")],
)
def test_a_run_is_named_by_its_script(command, name):
    assert LaunchSpec(command).name == name


def test_the_environment_lets_the_probe_in_and_nothing_else():
    inherited = {"PYTHONPATH": "/theirs", "GRADSCOPE_TOKEN_FILE": "/old", "GRADSCOPE_DEVICE": "cuda", "HOME": "/h"}
    spec = LaunchSpec(("train.py",), environment=(("OMP_NUM_THREADS", "1"),))
    result = environment(spec, "unix:/s", Path("/t"), inherited)
    assert result == {
        "PYTHONPATH": f"{BOOTSTRAP}{os.pathsep}/theirs",
        "PYTHONUNBUFFERED": "1",
        "GRADSCOPE_ENDPOINT": "unix:/s",
        "GRADSCOPE_TOKEN_FILE": "/t",
        "OMP_NUM_THREADS": "1",
        "HOME": "/h",
    }
    assert environment(LaunchSpec(("t.py",), device="cuda:1"), "", Path("/t"), {})["GRADSCOPE_DEVICE"] == "cuda:1"
    assert (BOOTSTRAP / "sitecustomize.py").is_file()


def test_the_socket_is_for_this_user_alone():
    endpoint = open_endpoint()
    try:
        assert stat.S_IMODE(endpoint.folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(endpoint.token_file.stat().st_mode) == 0o600
        assert bytes.fromhex(endpoint.token_file.read_text()) == endpoint.token
        assert len(endpoint.token) == 32
        assert endpoint.address.startswith("unix:")
        assert len(endpoint.address) < 108
    finally:
        endpoint.close()
    assert not endpoint.folder.exists()


def test_what_a_killed_session_left_is_swept_away(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    alive, dead = open_endpoint(), open_endpoint()
    dead.socket.close()
    for endpoint in (alive, dead):
        os.utime(endpoint.folder, (1.0, 1.0))
    (tmp_path / "gradscope-notes").mkdir()
    later = open_endpoint()
    assert not dead.folder.exists()
    assert alive.token_file.exists()
    assert (tmp_path / "gradscope-notes").exists()
    alive.close()
    later.close()


def test_a_long_temporary_folder_still_gives_a_socket(tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    endpoint = open_endpoint()
    endpoint.close()
    assert endpoint.address.startswith("unix:")


def test_without_unix_sockets_it_is_loopback(monkeypatch):
    def refused(path):
        raise OSError("no Unix sockets here")

    monkeypatch.setattr(endpoint_module, "_listen_unix", refused)
    endpoint = open_endpoint()
    try:
        host, port = endpoint.address.removeprefix("tcp:").split(":")
        assert host == "127.0.0.1"
        with socket.create_connection((host, int(port))):
            pass
    finally:
        endpoint.close()


def test_a_run_over_loopback(session, fake, monkeypatch):
    def refused(path):
        raise OSError("no Unix sockets here")

    monkeypatch.setattr(endpoint_module, "_listen_unix", refused)
    session.start(fake("hello", "graph", "three", "ending"))
    assert session.wait(60) == 0
    assert len(session.state.history) == 3


def test_a_socket_that_cannot_be_made(monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device", "/full")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(SessionError, match="No socket can be made") as caught:
        open_endpoint()
    assert "TMPDIR" in str(caught.value)


def test_the_interpreter_asked_for_comes_first(monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    inside = tmp_path / "bin" / "python"
    inside.symlink_to(sys.executable)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
    assert find_python() == str(inside)
    assert find_python(str(tmp_path)) == str(inside)
    assert find_python(sys.executable) == sys.executable
    monkeypatch.delenv("VIRTUAL_ENV")
    assert find_python() == sys.executable
    with pytest.raises(ScriptError, match="no such interpreter"):
        find_python("/no/such/python")


def test_an_interpreter_without_torch_says_so(tmp_path):
    bare = made_script(tmp_path / "bare", f'#!/bin/sh\nshift\nexec "{sys.executable}" -S -E -c "$1"\n', 0o755)
    told = probe_interpreter(bare)
    assert told.torch == ""
    assert "torch" in told.error
    assert told.devices == ("cpu",)
    assert told.version == sys.version.split()[0]


def test_an_interpreter_with_torch(tmp_path):
    (tmp_path / "torch").mkdir()
    fake_torch = (
        "__version__ = '2.99'\nclass cuda:\n"
        "    is_available = staticmethod(lambda: True)\n    device_count = staticmethod(lambda: 2)\n"
        "class backends:\n    mps = None\n"
    )
    (tmp_path / "torch" / "__init__.py").write_text(fake_torch)
    python = made_script(tmp_path / "py", f'#!/bin/sh\nPYTHONPATH="{tmp_path}" exec "{sys.executable}" "$@"\n', 0o755)
    told = probe_interpreter(python)
    assert (told.torch, told.devices, told.error) == ("2.99", ("cpu", "cuda:0", "cuda:1"), "")


def test_what_is_not_a_python_says_so(tmp_path):
    with pytest.raises(ScriptError, match="did not answer as a Python does"):
        probe_interpreter(made_script(tmp_path / "x", "#!/bin/sh\necho hi\n", 0o755))
    with pytest.raises(ScriptError, match="cannot be started"):
        probe_interpreter(str(tmp_path))
