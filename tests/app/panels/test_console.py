"""The console: what a terminal would show, kept in bounds, searched, and followed unless someone reads further up."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QTextCursor

from gradscope.app.panels.ansi import ansi_color
from gradscope.app.panels.console import ConsolePanel
from gradscope.app.theme import DARK, LIGHT


@pytest.fixture
def console(qtbot) -> ConsolePanel:
    made = ConsolePanel()
    qtbot.addWidget(made)
    made.resize(600, 200)
    made.show()
    return made


def write(console: ConsolePanel, text: str, stream: str = "stdout") -> None:
    console.append(stream, text)
    console.flush()


def ink(console: ConsolePanel, word: str) -> QColor:
    """The colour in which a word stands there."""
    document = console.view.document()
    return document.find(word).charFormat().foreground().color()


def test_output_appears_by_itself(console, qtbot):
    console.append("stdout", "epoch 1\n")
    qtbot.waitUntil(lambda: "epoch 1" in console.view.toPlainText())


def test_progress_bars_overwrite_their_line(console):
    write(console, "start\n 10%\r 20%")
    write(console, "\r100%\ndone")
    assert console.view.toPlainText() == "start\n100%\ndone"
    assert console.text() == "start\n100%\ndone"


def test_lines_above_stay_as_pieces_arrive(console):
    for piece in ("a\nb", "c\nd\n", "\n", "e"):
        write(console, piece)
    assert console.view.toPlainText() == "a\nbc\nd\n\ne"


def test_colours_of_the_script_and_of_stderr(console):
    write(console, "plain \x1b[31mwrong\x1b[0m\n")
    write(console, "warned\n", "stderr")
    write(console, "after\n")
    assert ink(console, "plain") == QColor(LIGHT.text)
    assert ink(console, "wrong") == ansi_color("red", LIGHT)
    assert ink(console, "warned") == QColor(LIGHT.halo_text)
    assert ink(console, "after") == QColor(LIGHT.text)


def test_styles_of_a_terminal_are_drawn(console):
    write(
        console,
        "\x1b[1mbold\x1b[0m \x1b[7mturned\x1b[0m \x1b[41mground\x1b[0m \x1b[92mbright\x1b[0m \x1b[3mslant\x1b[0m",
    )
    found = {word: console.view.document().find(word).charFormat() for word in ("bold", "turned", "ground", "slant")}
    assert [word for word, form in found.items() if form.fontWeight() > 400] == ["bold"]
    assert [word for word, form in found.items() if form.fontItalic()] == ["slant"]
    assert found["turned"].foreground().color() == QColor(LIGHT.window)
    assert found["turned"].background().color() == QColor(LIGHT.text)
    assert found["ground"].background().color() == ansi_color("red", LIGHT)
    assert ink(console, "bright") not in (ansi_color("green", LIGHT), QColor(LIGHT.text))


def test_a_theme_recolours_what_stands_there(console):
    write(console, "plain \x1b[1;32mgood\x1b[0m\nlast")
    before = console.view.toPlainText()
    console.set_theme(DARK)
    assert console.view.toPlainText() == before
    assert ink(console, "plain") == QColor(DARK.text)
    assert ink(console, "good") == ansi_color("green", DARK)


def test_old_lines_leave_at_the_limit(qtbot):
    console = ConsolePanel(limit=100)
    qtbot.addWidget(console)
    for start in range(0, 1000, 50):
        write(console, "".join(f"line {number}\n" for number in range(start, start + 50)))
    lines = console.view.toPlainText().split("\n")
    assert len(lines) == 100
    assert lines == console.text().split("\n")
    assert lines[-2:] == ["line 999", ""]


def test_what_is_read_stays_in_view_while_old_lines_leave(qtbot):
    console = ConsolePanel(limit=100)
    qtbot.addWidget(console)
    console.resize(600, 200)
    console.show()
    write(console, "".join(f"line {number}\n" for number in range(99)))
    console.view.verticalScrollBar().setValue(40)
    for number in range(99, 119):
        write(console, f"line {number}\n")
    assert console.view.firstVisibleBlock().text() == "line 40"


def test_a_flood_beyond_the_limit_in_one_piece(qtbot):
    console = ConsolePanel(limit=100)
    qtbot.addWidget(console)
    write(console, "first\n")
    write(console, "".join(f"line {number}\n" for number in range(500)))
    assert console.view.toPlainText() == console.text()
    assert console.view.toPlainText().startswith("line 401\n")


def test_a_flood_arrives_whole_in_parts(console, qtbot):
    console.append("stdout", "".join(f"line {number}\n" for number in range(20_000)))
    qtbot.waitUntil(lambda: console.view.blockCount() == 20_001, timeout=20_000)
    assert console.view.toPlainText() == console.text()


def test_it_follows_the_end_until_someone_scrolls_up(console, qtbot):
    write(console, "x\n" * 200)
    assert console.follows()
    console.view.verticalScrollBar().setValue(20)
    write(console, "y\n" * 50)
    assert console.view.verticalScrollBar().value() == 20
    assert console.end.isVisible()
    qtbot.mouseClick(console.end, Qt.MouseButton.LeftButton)
    assert console.follows()
    assert not console.end.isVisible()
    write(console, "z\n" * 50)
    assert console.follows()


def test_search_finds_the_next_wraps_around_and_says_where(console, qtbot):
    write(console, "loss 1\nother\nloss 2\n")
    console.focus_search()
    qtbot.keyClicks(console.search, "loss")
    lines = []
    for _ in range(3):
        qtbot.keyClick(console.search, Qt.Key.Key_Return)
        lines.append(console.result.text())
    assert sorted(lines[:2]) == ["line 1 of 4", "line 3 of 4"]
    assert lines[2] == lines[0]
    assert console.view.textCursor().selectedText() == "loss"
    if lines[2] == "line 1 of 4":
        qtbot.keyClick(console.search, Qt.Key.Key_Return)
    qtbot.keyClicks(console.search, "!")
    assert console.result.text() == "", "what is typed now was not looked for yet"
    chosen = console.view.textCursor().selectionStart()
    assert chosen > 0
    console.search.setText("zebra")
    qtbot.keyClick(console.search, Qt.Key.Key_Return)
    assert console.result.text() == "not found"
    assert console.view.textCursor().selectionStart() == chosen, "the reader stays where they were"


def test_shift_and_enter_search_backwards_and_wrap_around_to_the_end(console, qtbot):
    write(console, "loss 1\nloss 2\nloss 3\n")
    with qtbot.waitActive(console):
        console.activateWindow()
    console.view.moveCursor(QTextCursor.MoveOperation.Start)
    console.focus_search()
    qtbot.keyClicks(console.search, "loss")
    lines = []
    for _ in range(4):
        qtbot.keyClick(console.search, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        lines.append(console.result.text())
    assert lines == ["line 3 of 4", "line 2 of 4", "line 1 of 4", "line 3 of 4"]


def test_copy_takes_the_selection_or_all(console, qtbot):
    write(console, "one\ntwo")
    qtbot.mouseClick(console.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "one\ntwo"
    cursor = console.view.textCursor()
    cursor.setPosition(0)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfLine, QTextCursor.MoveMode.KeepAnchor)
    console.view.setTextCursor(cursor)
    qtbot.mouseClick(console.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "one"


def test_a_selection_survives_more_output(console):
    write(console, "one\ntwo\n")
    cursor = console.view.textCursor()
    cursor.setPosition(0)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfLine, QTextCursor.MoveMode.KeepAnchor)
    console.view.setTextCursor(cursor)
    write(console, "three\nfour\n")
    assert console.view.textCursor().selectedText() == "one"


def test_clear_forgets_and_output_goes_on(console, qtbot):
    write(console, "old\nolder")
    qtbot.mouseClick(console.clear_button, Qt.MouseButton.LeftButton)
    assert console.view.toPlainText() == ""
    write(console, "new")
    assert console.view.toPlainText() == "new"
    assert console.view.placeholderText().startswith("What the script prints")


def test_wrap_breaks_long_lines(console, qtbot):
    write(console, "long " * 200)
    assert console.view.horizontalScrollBar().maximum() > 0
    qtbot.mouseClick(console.wrap, Qt.MouseButton.LeftButton)
    assert console.view.horizontalScrollBar().maximum() == 0
