"""One training process for each way to train: alone, in torch's anomaly mode, and attached at each level."""

from __future__ import annotations

import subprocess
import sys
from multiprocessing.connection import Listener
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradscope.session.launch import LaunchSpec
from gradscope.session.session import Session

if TYPE_CHECKING:
    from types import TracebackType

WAYS = ("plain", "off", "light", "detail", "anomaly")
_SCRIPT = Path(__file__).with_name("train.py")
_LEVELS = ("off", "light", "detail")


class TrainingRun:
    """A child process that trains ``model`` one ``way``, whenever it is asked to."""

    def __init__(self, model: str, way: str, folder: Path, threads: int) -> None:
        self.way = way
        address = str(folder / f"{model}-{way}")
        self._session: Session | None = None
        self._process: subprocess.Popen[bytes] | None = None
        words = (str(_SCRIPT), address, model, str(threads), way)
        with Listener(address) as listener:
            if way in _LEVELS:
                self._session = Session(lambda _state, _message: None)
                level: Any = way
                self._session.start(
                    LaunchSpec(
                        words, python=sys.executable, level=level, record_to=f"{address}.gscope", cwd=str(folder)
                    )
                )
            else:
                self._process = subprocess.Popen([sys.executable, *words], stdin=subprocess.DEVNULL)
            self._connection = listener.accept()

    def __enter__(self) -> TrainingRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.send(("end", 0))
        self._connection.close()
        if self._session is not None:
            self._session.wait(60)
            self._session.close(leave_running=False)
        if self._process is not None:
            self._process.wait(60)

    def steps(self, count: int) -> list[tuple[float, float]]:
        """(wall seconds, seconds of the training thread) of each of ``count`` steps."""
        return self._ask("steps", count)

    def sends(self, count: int) -> list[float]:
        """Seconds that queueing messages took on the training thread, for each of ``count`` steps."""
        return self._ask("sends", count)

    def memory(self) -> int:
        """The largest resident size so far, in bytes."""
        size: int = self._ask("memory", 0)
        return size

    def check(self, iterations: int) -> None:
        """Make sure that what was priced is the whole probe: attached, and with no feature lost."""
        state = self._session.state if self._session is not None else None
        if state is not None and self.way != "off":
            assert state.iteration >= iterations, f"{self.way} was not attached"
            assert not state.lost_features, state.lost_features

    def _ask(self, order: str, count: int) -> Any:
        self._connection.send((order, count))
        return self._connection.recv()
