"""A breakpoint's fields and its row: what can be chosen for which, what is told, and how a row looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt

from gradscope.app.panels.break_editor import BreakEditor
from gradscope.app.panels.breakpoints import BreakpointsPanel
from gradscope.app.theme import LIGHT
from gradscope.wire.messages import Breakpoint

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit
    from pytestqt.qtbot import QtBot

NODE = Breakpoint(3, "node", name="fc.weight", condition="above", threshold=2.5, iteration=7, every=3)


@pytest.fixture
def editor(qtbot: QtBot) -> BreakEditor:
    made = BreakEditor()
    qtbot.addWidget(made)
    made.show()
    return made


def write(field: QLineEdit, text: str) -> None:
    field.setText(text)
    field.editingFinished.emit()


def test_each_field_changes_what_it_names_and_nothing_else(editor: BreakEditor) -> None:
    told: list[Any] = []
    editor.edited.connect(told.append)
    wanted: dict[str, Any] = {}
    steps = (
        ("threshold", editor.threshold, "1e3", 1000.0),
        ("iteration", editor.iteration, "", -1),
        ("every", editor.every, "5", 5),
        ("message", editor.message, " here ", "here"),
    )
    for name, field, text, value in steps:
        editor.set_breakpoint(NODE)
        write(field, text)
        changed = {
            key: getattr(told[-1], key) for key in NODE.__slots__ if getattr(told[-1], key) != getattr(NODE, key)
        }
        assert changed == {name: value}
        wanted[name] = value
    assert len(told) == len(wanted)
    for name, check in (("once", editor.once), ("log", editor.log)):
        editor.set_breakpoint(NODE)
        check.click()
        assert getattr(told[-1], name)
    editor.set_breakpoint(NODE)
    editor.condition.setCurrentIndex(editor.condition.findData("nonfinite"))
    assert told[-1].condition == "nonfinite"
    count = len(told)
    for field, text in ((editor.threshold, "much"), (editor.threshold, "2.5"), (editor.every, "3")):
        editor.set_breakpoint(NODE)
        write(field, text)
    assert len(told) == count, "what is no number, and what stood there before, changes nothing"


@pytest.mark.parametrize(
    ("one", "conditions", "threshold", "message"),
    [
        (Breakpoint(1, "node"), ["always", "NaN or Inf", "all zero", "norm above", "norm below"], False, False),
        (NODE, ["always", "NaN or Inf", "all zero", "norm above", "norm below"], True, False),
        (Breakpoint(1, "loss", condition="below", log=True), ["NaN or Inf", "all zero", "above", "below"], True, True),
        (Breakpoint(1, "phase", name="loss"), ["always"], False, False),
    ],
)
def test_only_what_makes_sense_for_it_is_offered(
    editor: BreakEditor, one: Breakpoint, conditions: list[str], threshold: bool, message: bool
) -> None:
    editor.set_breakpoint(one)
    offered = [editor.condition.itemText(row) for row in range(editor.condition.count())]
    assert offered[: len(conditions)] == conditions
    assert len(offered) == len(conditions) + (one.kind != "phase")
    assert editor.condition.currentText() == {"above": "norm above", "below": "below"}.get(one.condition, "always")
    assert (editor.threshold.isEnabled(), editor.message.isEnabled()) == (threshold, message)
    assert editor.condition.isEnabled() is (len(conditions) > 1)


def test_rows_show_what_is_on_what_is_off_and_what_is_nowhere(qtbot: QtBot) -> None:
    panel = BreakpointsPanel()
    qtbot.addWidget(panel)
    panel.set_theme(LIGHT)
    rows = [NODE, Breakpoint(4, "node", name="gone"), Breakpoint(5, "any", condition="zero", enabled=False)]
    panel.set_breakpoints(rows, ["met 2 times", "matches nothing", ""])
    role = Qt.ItemDataRole
    boxes = [panel.model.index(row, 0).data(role.CheckStateRole) for row in range(3)]
    assert boxes == [Qt.CheckState.Checked, Qt.CheckState.Checked, Qt.CheckState.Unchecked]
    inks = [panel.model.index(row, 4).data(role.ForegroundRole) for row in range(3)]
    assert inks == [LIGHT.color(name) for name in ("text", "halo_text", "faint")]
    panel.select(4)
    panel.set_breakpoints([NODE, rows[2], Breakpoint(9, "loss", condition="above")], ["", "", ""])
    assert panel.selected == -1, "the selected one is gone"
    panel.set_breakpoints([rows[2], NODE], ["", ""])
    panel.select(3)
    panel.set_breakpoints([NODE], [""])
    assert panel.selected == 3
    assert panel.editor.threshold.text() == "2.5"
