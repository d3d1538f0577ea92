"""Breakpoints in the window: set by key, menu and panel, edited, kept for the script, and sent to the process."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gradscope.wire import messages as m
from tests.samples import spiral_messages

from .opened import SCRIPT, Opened, opened

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot


def node_of(window: Opened, name: str) -> int:
    graph = window.bench.state.graph  # type: ignore[union-attr]
    assert graph is not None
    return next(n for n in range(len(graph)) if name in (graph.text(n, "name"), graph.text(n, "op")))


def sent(window: Opened) -> tuple[m.Breakpoint, ...]:
    orders = [order for order in window.session.orders if isinstance(order, m.SetBreakpoints)]
    return orders[-1].breakpoints if orders else ()


def panel(window: Opened):
    return window.bench.features["breakpoints"].panel


def test_f9_sets_a_breakpoint_on_the_selected_node_and_takes_it_away(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(1))
        node = node_of(window, "net.0.weight")
        window.bench.selection.select(node)
        window.bench.pane.canvas.setFocus()
        QTest.keyClick(window.window, Qt.Key.Key_F9)
        assert [(one.kind, one.name) for one in sent(window)] == [("node", "net.0.weight")]
        assert window.bench.pane.canvas.stops == (("node", node),)
        assert "net.0.weight" in panel(window).text()
        window.bench.selection.select(-1)
        panel(window).table.clearSelection()
        panel(window).select(1)
        assert window.bench.selection.node == node, "choosing its row goes there"
        QTest.keyClick(window.window, Qt.Key.Key_F9)
        assert sent(window) == ()
        assert window.bench.pane.canvas.stops == ()
        window.bench.graph.aim_at(1)  # a module's box, which a click on its header chooses
        QTest.keyClick(window.window, Qt.Key.Key_F9)
        assert [(one.kind, one.call) for one in sent(window)] == [("call", "net.0")]


def test_a_line_and_a_function_of_the_forward_are_stopped_at(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(1))
        graph = window.bench.state.graph  # type: ignore[union-attr]
        assert graph is not None
        node = next(n for n in range(len(graph)) if graph.source(n) is not None and graph.text(n, "function"))
        source = graph.source(node)
        window.window.source.breakRequested.emit(source.file, source.line)
        assert [(one.kind, one.name, one.occurrence) for one in sent(window)] == [("line", source.file, source.line)]
        assert ("node", node) in window.bench.pane.canvas.stops
        assert f"line {source.line} of" in panel(window).text()
        assert (source.file, source.line) in window.window.source._stops  # so that its dot stands in the margin
        panel(window).table.clearSelection()
        window.bench.source.show_file("/home/ada/model.py")
        panel(window).select(1)
        assert window.window.source.path == source.file
        window.window.source.breakRequested.emit(source.file, source.line)
        assert sent(window) == ()
        window.bench.selection.select(node)
        window.window.actions_["run.break_function"].trigger()
        assert [(one.kind, one.operation) for one in sent(window)] == [("function", graph.text(node, "function"))]
        assert f"every call of {graph.text(node, 'function')}" in panel(window).text()


def test_one_click_stops_at_any_nan_and_at_any_norm_above_a_number(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(1))
        view = panel(window)
        QTest.mouseClick(view.nonfinite, Qt.MouseButton.LeftButton)
        view.limit.setText("12.5")
        QTest.mouseClick(view.norm, Qt.MouseButton.LeftButton)
        assert [(one.kind, one.condition) for one in sent(window)] == [("any", "nonfinite"), ("any", "above")]
        assert sent(window)[1].threshold == 12.5
        QTest.mouseClick(view.nonfinite, Qt.MouseButton.LeftButton)
        assert len(sent(window)) == 2


def test_a_breakpoint_is_edited_switched_off_and_removed_in_the_panel(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(1))
        view = panel(window)
        QTest.mouseClick(view.nonfinite, Qt.MouseButton.LeftButton)
        view.editor.iteration.setText("7")
        view.editor.iteration.editingFinished.emit()
        QTest.mouseClick(view.editor.log, Qt.MouseButton.LeftButton)
        assert (sent(window)[0].iteration, sent(window)[0].log) == (7, True)
        assert "NaN or Inf, iteration 7" in view.text()
        box = view.model.index(0, 0)
        view.model.setData(box, Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
        assert not sent(window)[0].enabled
        QTest.mouseClick(view.remove, Qt.MouseButton.LeftButton)
        assert sent(window) == ()
        assert view.empty.isVisibleTo(view)


def test_hits_are_counted_a_line_goes_to_the_console_and_one_that_matches_nothing_says_so(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(1))
        window.bench.selection.select(node_of(window, "net.0.weight"))
        window.bench.features["breakpoints"].toggle()
        window.play(m.BreakpointsMatched("spiral", (1,), (0,)))
        assert "matches nothing" in panel(window).text()
        window.play(m.BreakpointHit(1, 3, 4, "net.0.weight: NaN, 1 of 2 elements", held=False))
        assert "met 4 times" in panel(window).text()
        assert "iteration 3: net.0.weight: NaN, 1 of 2 elements" in window.window.console.text()
        window.play(m.BreakpointHit(1, 4, 5, "net.0.weight: held", held=True))
        assert "held" not in window.window.console.text(), "where training stops, the pause says it"


def test_a_pause_says_which_breakpoint_and_why(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(1))
        why = "net.0.weight: NaN, 3 of 64 elements"
        window.play(m.Paused("node", 1, "backward", 0, "spiral", 3, breakpoint=2, reason=why))
        assert window.window.phase_strip.badge.text() == f"breakpoint 2: {why}"


def test_they_are_kept_for_the_script_and_go_with_the_next_start(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(1))
        QTest.mouseClick(panel(window).nonfinite, Qt.MouseButton.LeftButton)
        window.application.run.restart()
        qtbot.waitUntil(lambda: len(window.session.specs) == 2)
        assert [one.condition for one in window.session.specs[-1].breakpoints] == ["nonfinite"]
    with opened(qtbot) as window:
        window.start()
        assert [one.condition for one in window.session.specs[-1].breakpoints] == ["nonfinite"]


def test_the_command_line_counts_once_and_what_is_edited_holds_at_a_restart(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradscope.app.dialogs.ask_leaving", lambda *_: "stop")
    asked = replace(SCRIPT, breakpoints=(m.Breakpoint(0, "any", condition="nonfinite"),))
    with opened(qtbot) as window:
        window.start(asked)
        window.play(*spiral_messages(1))
        window.bench.features["breakpoints"].list.enable(1, False)
    with opened(qtbot) as window:
        window.start(asked)
        (first,) = window.session.specs[-1].breakpoints
        assert first.enabled, "it was asked for, though it was switched off before"
        window.play(*spiral_messages(1))
        QTest.mouseClick(panel(window).remove_all, Qt.MouseButton.LeftButton)
        window.application.run.restart()
        qtbot.waitUntil(lambda: len(window.session.specs) == 2)
        assert window.session.specs[-1].breakpoints == ()
        window.bench.features["breakpoints"].list.toggle_line("train.py", 3)
        window.window.actions_["file.close"].trigger()
        assert panel(window).empty.isVisibleTo(panel(window))
        QTest.mouseClick(panel(window).nonfinite, Qt.MouseButton.LeftButton)  # belongs to no script
        window.start()
        assert [one.kind for one in window.session.specs[-1].breakpoints] == ["line"]


def test_again_in_detail_stops_at_the_iteration_that_was_shown(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(5))
        iteration = window.bench.state.iteration  # type: ignore[union-attr]
        window.window.actions_["run.again"].trigger()
        qtbot.waitUntil(lambda: len(window.session.specs) == 2)
        spec = window.session.specs[-1]
        assert (spec.level, spec.detail_from) == ("detail", iteration - 1)
        assert [(one.name, one.iteration, one.once) for one in spec.breakpoints] == [("forward", iteration, True)]
        assert window.application.run.spec.level == "light"  # type: ignore[union-attr]
        window.play(*spiral_messages(5))
        QTest.mouseClick(panel(window).remove_all, Qt.MouseButton.LeftButton)
        QTest.mouseClick(panel(window).nonfinite, Qt.MouseButton.LeftButton)
        window.bench.recording._set_past(2)  # as a click on the timeline does
        window.window.actions_["run.again"].trigger()
        qtbot.waitUntil(lambda: len(window.session.specs) == 3)
        wanted = [("any", "", -1), ("phase", "forward", 2)]
        assert [(one.kind, one.name, one.iteration) for one in window.session.specs[-1].breakpoints] == wanted


def test_a_pause_that_does_not_come_shows_where_the_script_is(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(1), m.Resumed())
        from gradscope.graph.state import PauseAsked

        window.play(PauseAsked())
        asked = [order for order in window.session.orders if isinstance(order, m.RequestStack)]
        qtbot.waitUntil(lambda: any(isinstance(o, m.RequestStack) for o in window.session.orders))
        asked = [order for order in window.session.orders if isinstance(order, m.RequestStack)]
        window.play(m.StackTold(asked[-1].request, (m.Frame("/home/ada/load.py", 12, "fetch"),)))
        banner = window.bench.features["waiting"].banner
        assert banner.text().endswith("the script is at load.py, line 12 in fetch")
        window.play(m.Paused("forward", 2, "forward"))
        assert banner.text() == ""
