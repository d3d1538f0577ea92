"""The source panel shows the user's file, where training stands in it, and which lines are meant."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QTextCursor
from PySide6.QtWidgets import QApplication, QLabel

from gradscope.app.panels.source import SourcePanel
from gradscope.app.panels.source_colours import coloured_spans
from gradscope.app.theme import DARK, LIGHT, THEMES

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from gradscope.app.theme import Theme

SCRIPT = "import torch\n\n\ndef train(x):\n    # halves it\n    return x / 2\n" + "print(train(1))\n" * 200


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "train.py"
    path.write_text(SCRIPT)
    return str(path)


@pytest.fixture
def panel(qtbot: QtBot) -> SourcePanel:
    panel = SourcePanel()
    qtbot.addWidget(panel)
    panel.resize(560, 300)
    panel.set_theme(LIGHT)
    panel.show()
    return panel


def seen(panel: SourcePanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def line_middle(panel: SourcePanel, line: int) -> QPoint:
    editor = panel.editor
    block = editor.document().findBlockByNumber(line - 1)
    area = editor.blockBoundingGeometry(block).translated(editor.contentOffset())
    return QPoint(300, int(area.center().y()))


def test_file_and_running_line_stand_in_the_head(panel: SourcePanel, script: str) -> None:
    panel.set_running(script, 6, "train")
    assert "train.py" in seen(panel)
    assert script in [label.toolTip() for label in panel.findChildren(QLabel)]
    assert "line 6, in train" in seen(panel)
    panel.set_running(script, 7, "<module>")
    assert "line 7\n" in seen(panel) + "\n"


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_the_running_line_is_lit_and_has_a_bar(panel: SourcePanel, script: str, theme: Theme) -> None:
    panel.set_theme(theme)
    panel.set_running(script, 6, "train")
    panel.set_marked([4])
    picture = panel.editor.grab().toImage()
    left = panel.editor.gutter_width()
    running, marked, plain = (line_middle(panel, line) for line in (6, 4, 5))
    assert QColor(picture.pixel(1, running.y())) == QColor(theme.halo)
    assert QColor(picture.pixel(left + 290, running.y())) == QColor(theme.halo_soft)
    assert QColor(picture.pixel(left + 290, marked.y())) == QColor(theme.source_line)
    assert QColor(picture.pixel(left + 290, plain.y())) == QColor(theme.window)


def test_another_file_does_not_lose_the_running_line(panel: SourcePanel, script: str, tmp_path: Path) -> None:
    other = tmp_path / "model.py"
    other.write_text("x = 1\n" * 20)
    panel.set_running(script, 6, "train")
    panel.show_file(str(other))
    assert panel.editor.lit_lines()[0] == -1
    assert "training is in train.py, line 6" in seen(panel)
    panel.show_file(script)
    assert panel.editor.lit_lines()[0] == 6


def test_a_running_line_out_of_view_is_brought_into_it(panel: SourcePanel, script: str) -> None:
    panel.set_running(script, 150, "<module>")
    assert 0 < line_middle(panel, 150).y() < panel.editor.viewport().height()


def test_it_is_in_view_also_when_told_before_the_panel_is_shown(qtbot: QtBot, script: str) -> None:
    panel = SourcePanel()
    qtbot.addWidget(panel)
    panel.set_theme(LIGHT)
    panel.set_running(script, 150, "<module>")
    panel.resize(500, 200)
    panel.show()
    assert 0 < line_middle(panel, 150).y() < panel.editor.viewport().height()


def test_hover_and_click_tell_the_line(panel: SourcePanel, script: str, qtbot: QtBot) -> None:
    panel.show_file(script)
    viewport = panel.editor.viewport()
    with qtbot.waitSignal(panel.lineHovered) as hovered:
        qtbot.mouseMove(viewport, line_middle(panel, 4))
    assert hovered.args == [script, 4]
    with qtbot.waitSignal(panel.lineActivated) as activated:
        qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=line_middle(panel, 6))
    assert activated.args == [script, 6]
    with qtbot.waitSignal(panel.lineHovered) as hovered:
        QApplication.sendEvent(panel.editor, QEvent(QEvent.Type.Leave))
    assert hovered.args == [script, -1]
    cursor = panel.editor.textCursor()
    cursor.setPosition(panel.editor.document().findBlockByNumber(3).position())
    panel.editor.setTextCursor(cursor)
    with qtbot.waitSignal(panel.lineActivated) as activated:
        qtbot.keyClick(panel.editor, Qt.Key.Key_Return)
    assert activated.args == [script, 4]
    with qtbot.assertNotEmitted(panel.lineActivated), qtbot.assertNotEmitted(panel.breakRequested):
        qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=line_middle(panel, 4))
        qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=line_middle(panel, 6))
        cursor.select(QTextCursor.SelectionType.LineUnderCursor)
        panel.editor.setTextCursor(cursor)
        qtbot.keyClick(panel.editor, Qt.Key.Key_Return)  # what is selected is to be copied
        qtbot.keyClick(panel.editor, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)


def test_below_the_text_is_no_line(panel: SourcePanel, tmp_path: Path, qtbot: QtBot) -> None:
    short = tmp_path / "short.py"
    short.write_text("x = 1")
    panel.show_file(str(short))
    gutter = next(child for child in panel.editor.children() if type(child).__name__ == "_Gutter")
    with qtbot.assertNotEmitted(panel.lineActivated), qtbot.assertNotEmitted(panel.breakRequested):
        qtbot.mouseClick(panel.editor.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 200))
        qtbot.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=QPoint(20, 200))


def test_a_line_beside_the_last_one_needs_no_scrolling(panel: SourcePanel, script: str) -> None:
    panel.set_running(script, 150, "<module>")
    place = panel.editor.verticalScrollBar().value()
    panel.set_running(script, 151, "<module>")
    assert panel.editor.verticalScrollBar().value() == place


def test_a_missing_file_says_so(panel: SourcePanel) -> None:
    panel.show_file("/nowhere/train.py")
    assert "/nowhere/train.py is not on this machine" in seen(panel)
    panel.show_file("<string>")
    assert "not a file" in seen(panel)


def test_a_file_that_is_not_python_text_says_so(panel: SourcePanel, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_bytes(b"\xff\xfe\x00x = 1")
    panel.show_file(str(broken))
    assert "could not be read" in seen(panel)


def test_declared_encodings_are_read(panel: SourcePanel, tmp_path: Path) -> None:
    latin = tmp_path / "latin.py"
    latin.write_bytes("# -*- coding: latin-1 -*-\nname = 'Gödel'\n".encode("latin-1"))
    panel.show_file(str(latin))
    assert "Gödel" in panel.editor.toPlainText()


def test_a_changed_file_is_read_anew(panel: SourcePanel, script: str, tmp_path: Path) -> None:
    panel.show_file(script)
    (tmp_path / "train.py").write_text("y = 2\n")
    panel.show_file(script)
    assert panel.editor.toPlainText() == "y = 2\n"


def test_words_have_the_themes_colours(panel: SourcePanel, script: str) -> None:
    panel.set_theme(DARK)
    panel.show_file(script)
    block = panel.editor.document().findBlockByNumber(3)
    colours = {span.format.foreground().color().name() for span in block.layout().formats()}
    assert colours == {DARK.intermediate}


def test_spans_count_as_qt_counts_and_cross_lines() -> None:
    spans = coloured_spans('"""a\n\U0001d4b3 b"""; x = 1\n')
    assert spans[0] == [(0, 4, "comment")] or spans[0] == [(0, 4, "string")]
    assert spans[1][0][:2] == (0, 7)
    assert spans[1][-1] == (13, 1, "number")


def test_start_up_stays_light() -> None:
    code = (
        "import sys; import gradscope.app.panels.source, gradscope.app.panels.variables;"
        "print([n for n in ('numpy', 'pygments', 'networkx', 'msgspec', 'pyqtgraph') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("theme", THEMES.values(), ids=str)
def test_a_click_on_a_number_asks_for_a_breakpoint_and_a_dot_marks_it(
    panel: SourcePanel, script: str, theme: Theme, qtbot: QtBot
) -> None:
    panel.set_theme(theme)
    panel.show_file(script)
    asked: list[tuple[str, int]] = []
    panel.breakRequested.connect(lambda file, line: asked.append((file, line)))
    gutter = next(child for child in panel.editor.children() if type(child).__name__ == "_Gutter")
    height = line_middle(panel, 6).y()
    qtbot.mouseClick(gutter, Qt.MouseButton.LeftButton, pos=QPoint(gutter.width() - 16, height))
    assert asked == [(script, 6)]
    panel.editor.setFocus()
    qtbot.keyClick(panel.editor, Qt.Key.Key_B)  # the cursor stands in the first line
    assert asked[1:] == [(script, 1)]

    def dots(line: int) -> bool:
        picture = gutter.grab().toImage()
        y = line_middle(panel, line).y()
        return any(picture.pixelColor(x, y) == theme.color("cut") for x in range(gutter.width()))

    panel.set_stops(frozenset({(script, 6), ("elsewhere.py", 2)}))
    assert panel.editor.stops == {6}
    assert dots(6)
    assert not dots(2)
    panel.set_stops(frozenset({("train.py", 4)}))  # as a command line names it
    assert panel.editor.stops == {4}
    panel.set_stops(frozenset())
    assert not dots(6)
