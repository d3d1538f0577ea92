"""What every test stands on: an offscreen screen of 1920x1200, a home of its own, and the bundled fonts.

Nothing here imports Qt or torch before a test asks for it, so that the pure folders run in a second.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from tests.warm.environment import WarmPython

HERE = Path(__file__).parent
PURE_FOLDERS = {"wire", "graph", "layout", "doctor"}
LONG_FIRST = {name: place for place, name in enumerate(("e2e", "probe", "studio", "warm", "cli", "app", "canvas"))}
PATIENCE = 60_000  # milliseconds
XDG_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")

# A desktop's own settings must not reach the tests: scaling, styles, platform themes, logging rules. What the command
# line takes from the environment must not either. Compiled modules are kept: hundreds of processes load them.
for name in [name for name in os.environ if name.startswith(("QT_", "GRADSCOPE_"))]:
    del os.environ[name]
for name in ("VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"):
    os.environ.pop(name, None)
sys.dont_write_bytecode = False
os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={HERE / 'offscreen.json'}"

settings.register_profile(
    "ci", max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", max_examples=2000, deadline=None)
settings.load_profile("ci")


def pytest_configure(config: pytest.Config) -> None:
    """Files are handed to the workers in the order of the collection, below."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers, what takes long comes first, so that none of them is left with much when all others end."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: LONG_FIRST.get(item.path.parent.name, len(LONG_FIRST)))


@pytest.fixture(autouse=True)
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """Folders for settings, recordings, logs and sockets that belong to this test alone; none for the pure folders."""
    if request.node.path.parent.name in PURE_FOLDERS:
        yield None
        return
    folder = tmp_path_factory.mktemp("home")
    runtime = Path(tempfile.mkdtemp(prefix="gs-"))  # short: a Unix socket's path has room for 107 bytes
    with pytest.MonkeyPatch.context() as patch:
        for variable in XDG_FOLDERS:
            place = folder / variable.split("_")[1].lower()
            place.mkdir()
            patch.setenv(variable, str(place))
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        yield folder
    shutil.rmtree(runtime, ignore_errors=True)


@pytest.fixture(scope="session")
def warm_server() -> Iterator[WarmPython]:
    """One process for all tests of this worker that has torch loaded."""
    from tests.warm.environment import WarmPython

    one = WarmPython()
    yield one
    one.close()


@pytest.fixture(scope="module")
def warm_python(warm_server: WarmPython) -> Iterator[Path]:
    """The interpreter of this module's scripts is one that has torch loaded, and runs them on one thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIRTUAL_ENV", str(warm_server.folder))
        patch.setenv("OMP_NUM_THREADS", "1")
        yield warm_server.python


@pytest.fixture
def cold_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a module of ``warm_python``, this test's scripts run in processes of their own."""
    monkeypatch.delenv("VIRTUAL_ENV")


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """The usual one, with patience: on a machine with more to do, what is waited for comes late."""
    from pytestqt.qtbot import QtBot

    class PatientBot(QtBot):
        def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE) -> None:
            super().waitUntil(callback, timeout=timeout)

    return PatientBot(request)


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The one application of the run, with the fonts and the style that the real one has."""
    from gradscope.app.fonts import load_fonts

    load_fonts()
    qapp.setStyle("Fusion")
    return qapp
