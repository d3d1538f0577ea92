"""At a pause: the stack and its frames, a variable in a window of its own, the update's table, the check of a node."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt

from gradscope.app import dialogs
from gradscope.graph.tensor_looks import Cut
from gradscope.wire import messages as m
from gradscope.wire.looking import InputCheck
from gradscope.wire.table import Table
from tests.samples import SCRIPT, spiral_graph, spiral_messages

from .opened import Opened, opened

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

FRAMES = (m.Frame("/home/ada/model.py", 18, "forward"), m.Frame(SCRIPT, 31, "<module>"))
HERE = m.Paused("node", 12, "backward", 0, "spiral", 1, 9, 11, FRAMES)


def orders(window: Opened, kind: type) -> list[Any]:
    return [order for order in window.session.orders if isinstance(order, kind)]


def test_a_frame_of_the_stack_shows_its_line_and_its_tensors(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(), m.Resumed(), HERE)
        variables, source = window.window.variables, window.window.source
        window.window.raise_panel("variables")
        stack = variables.stack
        assert [stack.item(row).text() for row in range(2)] == ["forward  model.py:18", "<module>  spiral_mlp.py:31"]
        place = stack.visualItemRect(stack.item(1)).center()
        qtbot.mouseClick(stack.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert window.session.orders == [m.RequestVariables(1)]
        assert source.path == SCRIPT
        loss = m.Variable("loss", "Tensor", (), "float32", "cpu", True, False, "NllLossBackward0", "None", "0.6871", 10)
        window.play(m.VariablesTold(12, FRAMES[1], (loss,), 1))
        assert stack.currentRow() == 1
        assert "line 31" in variables.text()
        variables.variableRequested.emit("loss", 10)
        assert window.bench.selection.node == 10
        variables.tensorRequested.emit("loss")
        assert orders(window, m.RequestTensor)[-1].frame == 1, "of the frame that is shown"


def test_a_batch_of_pictures_is_asked_for_as_pictures(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        batch = m.Variable("batch", "Tensor", (16, 3, 32, 32), "float32", "cpu", False, True, "", "None", "...", -1)
        window.play(m.VariablesTold(12, FRAMES[1], (batch,)))
        window.window.variables.tensorRequested.emit("batch")
        (asked,) = orders(window, m.RequestTensor)
        assert asked.axes == (0, 2, 3, 1)


def test_a_variable_is_looked_at_in_a_window_of_its_own(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        tensors: Any = window.bench.features["tensors"]
        window.window.variables.tensorRequested.emit("x")
        (asked,) = orders(window, m.RequestTensor)
        assert (asked.kind, asked.name, asked.frame) == ("variable", "x", 0)
        window.play(m.TensorTold(asked.request, True, "", (1,), "float32", "cpu", (), 1, 1, 1, 1, b"\0\0\0\0\0\0\xf0?"))
        (shown,) = tensors.windows
        assert "x" in shown.text()
        assert "1.0" in shown.text()
        window.play(m.TensorTold(asked.request + 99, False, "another's"))
        assert "another's" not in shown.text()
        shown.close()
        qtbot.waitUntil(lambda: not tensors.windows)


def test_a_tensor_of_the_graph_follows_from_pause_to_pause_in_its_window(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(), m.Resumed(), HERE)
        tensors: Any = window.bench.features["tensors"]
        cut = Cut((-1, 0, 1, -1), ())
        for _ in range(2):  # the second wish raises the window that is open
            window.bench.selection.enlargeRequested.emit("gradient", 1, 0, cut)
        (first,) = orders(window, m.RequestTensor)
        assert (first.kind, first.node, first.axes) == ("gradient", 1, cut.axes)
        (shown,) = tensors.windows
        window.play(m.TensorTold(first.request, True, "", (1,), "float32", "cpu", (), 1, 1, 1, 1, b"\0\0\0\0\0\0\xf0?"))
        assert "1.0" in shown.text()
        assert "iteration 12" in shown.text()
        window.play(m.Resumed(), replace(HERE, iteration=13))
        second = orders(window, m.RequestTensor)[-1]
        assert second.request > first.request
        assert "iteration 13" in shown.text()
        assert shown.windowTitle() == "gradient of net.0.bias"
        other = Cut((-1, 1, 0, -1), ())
        shown.cutRequested.emit(other)
        assert orders(window, m.RequestTensor)[-1].axes == other.axes
        count = len(orders(window, m.RequestTensor))
        window.play(
            spiral_graph("another"),
            m.PassStarted(13, 1, "backward", "another", "detail", "loss"),
            m.Resumed(),
            replace(HERE, iteration=13, pass_index=1, fingerprint="another"),
        )
        assert "The graph is another one now" in shown.text()
        assert len(orders(window, m.RequestTensor)) == count
        shown.close()
        qtbot.waitUntil(lambda: not tensors.windows)


def test_a_tensor_is_saved_whole(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(dialogs, "show_error", lambda _window, *words: said.extend(words))
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(), m.Resumed(), HERE)
        path, cut = tmp_path / "w.npy", Cut((-1, 0, 1, -1), ())
        window.bench.selection.wholeRequested.emit("value", 0, 0, cut, path)
        (asked,) = orders(window, m.RequestTensor)
        assert min(asked.rows, asked.columns, asked.most, asked.tiles) > 1_000_000
        values = np.arange(600.0).reshape(200, 3)
        told = m.TensorTold(asked.request, True, "", (200, 3), "float32", "cpu", (), 200, 3, 1, 1, values.tobytes())
        window.play(told)
        assert np.load(path).tolist() == values.tolist()
        assert "saved w.npy" in window.window.status.text()
        assert "of it" not in window.window.status.text()
        assert (asked.axes, asked.plane) == (cut.axes, cut.plane)
        window.bench.selection.wholeRequested.emit("value", 0, 0, cut, path)
        again = orders(window, m.RequestTensor)[-1].request
        window.play(replace(told, request=again, row_step=2))
        assert "of it every 2nd row, as it is too large" in window.window.status.text()
        window.bench.selection.wholeRequested.emit("value", 0, 0, cut, tmp_path / "other.npy")
        window.play(m.TensorTold(orders(window, m.RequestTensor)[-1].request, False, "it is no longer alive"))
        assert said == ["The tensor was not saved.", "it is no longer alive"]
        window.play(m.Resumed())
        window.bench.selection.wholeRequested.emit("value", 0, 0, cut, tmp_path / "late.npy")
        assert said[-1] == "Pause the training to save it whole."
        assert [one.name for one in tmp_path.iterdir()] == ["w.npy"]


def test_the_update_is_asked_for_while_its_table_is_seen(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(), m.Resumed(), replace(HERE, point="update", phase="update", node=-1))
        assert orders(window, m.RequestUpdate) == []  # nobody looks
        window.window.actions_["run.preview"].trigger()
        qtbot.waitUntil(lambda: bool(orders(window, m.RequestUpdate)))
        (asked,) = orders(window, m.RequestUpdate)
        rows = ((0, 0.5, 3.0, 3.1, 0.2, 0.066, 0.9), (1, 0.25, 1.0, 1.5, 0.75, 0.75, 2.0))
        columns = {name: [row[column] for row in rows] for column, name in enumerate(m.UPDATE_COLUMNS)}
        window.play(m.UpdateTold(asked.request, 12, True, "", "SGD", False, Table.from_columns("f8", columns), 11))
        panel: Any = window.bench.features["update"].panel
        assert panel.text() == (
            "What the update would do; nothing has happened yet: SGD, iteration 12; direction against the update of"
            " iteration 11"
        )
        assert panel.table.texts()[0][0] == "net.0.weight"
        panel.table.sortItems(4, Qt.SortOrder.DescendingOrder)
        assert [row[0] for row in panel.table.texts()] == ["net.0.bias", "net.0.weight"]
        assert panel.table.texts()[0][6] == "-"  # no earlier update to compare with
        assert len(orders(window, m.RequestUpdate)) == 1
        window.play(m.Resumed(), HERE)
        assert len(orders(window, m.RequestUpdate)) == 1


def test_a_node_is_checked_and_told_in_words(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        check: Any = window.bench.features["check"]
        window.window.actions_["node.check"].trigger()
        (asked,) = orders(window, m.CheckNode)
        assert asked.node == 3
        good = InputCheck("input 1", (64, 2), True, 48, 2, 0.1, 1e-9, 1e-9, (3, 1), 0.5, 0.5)
        bad = replace(good, name="input 2", agrees=False, analytic=1.0)
        window.play(m.NodeChecked(asked.request, 3, True, "", "linear", "float64", (good, bad)))
        assert "disagree" in check.dialog.text()
        assert [row[1] for row in check.dialog.table.texts()] == ["agrees", "DIFFERS"]
        assert "linear (AddmmBackward0)" in check.dialog.text()
        first = check.dialog
        window.window.actions_["node.check"].trigger()
        assert not first.isVisible()
        late = m.NodeChecked(asked.request, 3, True, "", "relu", "float64", (good,))
        window.play(late)
        assert "agree" not in check.dialog.text(), "the answer to another question"
        check.dialog.close()
        qtbot.waitUntil(lambda: check.dialog is None)
        window.bench.selection.select(0)
        assert not window.window.actions_["node.check"].isEnabled()  # a leaf has no backward of its own
