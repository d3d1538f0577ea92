"""What comes from other threads arrives in the GUI thread, the newest state once a frame, nothing lost that counts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from gradscope.app.background import Background
from gradscope.app.bridge import Bridge
from gradscope.graph.state import RunState
from gradscope.wire import messages as m

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def in_thread(work: object) -> None:
    thread = threading.Thread(target=work)  # type: ignore[arg-type]
    thread.start()
    thread.join()


def test_a_burst_of_states_shows_the_last_and_keeps_every_tensor_and_text(qtbot: QtBot) -> None:
    bridge = Bridge()
    states: list[RunState] = []
    tensors: list[int] = []
    texts: list[tuple[str, str]] = []
    threads: list[threading.Thread] = []
    bridge.stateChanged.connect(lambda state: (states.append(state), threads.append(threading.current_thread())))
    bridge.answered.connect(lambda message: tensors.append(message.request))
    bridge.consoleText.connect(lambda stream, text: texts.append((stream, text)))

    def tell() -> None:
        for number in range(500):
            bridge.listen(RunState(iteration=number), m.Resumed())
            bridge.listen_console("stdout", f"{number}\n")
        bridge.listen_console("stderr", "done\n")
        bridge.listen(RunState(iteration=500), m.TensorTold(1, False))
        bridge.listen(RunState(iteration=501), m.TensorTold(2, False))

    in_thread(tell)
    qtbot.waitUntil(lambda: bool(states) and states[-1].iteration == 501)
    assert len(states) < 20
    assert set(threads) == {threading.main_thread()}
    assert tensors == [1, 2]
    assert "".join(text for stream, text in texts if stream == "stdout").splitlines() == [str(n) for n in range(500)]
    assert texts[-1] == ("stderr", "done\n")


def test_what_was_dropped_is_not_told(qtbot: QtBot) -> None:
    bridge = Bridge()
    states: list[RunState] = []
    bridge.stateChanged.connect(states.append)
    in_thread(lambda: bridge.listen(RunState(iteration=1), m.Resumed()))
    bridge.drop()
    in_thread(lambda: bridge.listen(RunState(iteration=2), m.Resumed()))
    qtbot.waitUntil(lambda: bool(states))
    assert [state.iteration for state in states] == [2]


def test_background_work_answers_in_the_gui_thread(qtbot: QtBot) -> None:
    background = Background()
    seen: list[tuple[str, object, bool]] = []

    def note(kind: str, value: object) -> None:
        seen.append((kind, value, threading.current_thread() is threading.main_thread()))

    background.run(lambda: 6 * 7, lambda value: note("done", value), lambda error: note("failed", error))
    background.run(lambda: 1 // 0, lambda value: note("done", value), lambda error: note("failed", type(error)))
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert sorted(seen, key=str) == [("done", 42, True), ("failed", ZeroDivisionError, True)]
    background.close()
    background.run(lambda: 1, lambda value: note("done", value), lambda error: note("failed", error))
    assert len(seen) == 2
