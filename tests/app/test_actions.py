"""The one table of actions: everything in it works, is reachable, and is told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from gradscope.app.action_set import handler_of
from gradscope.app.actions import ACTIONS, BY_ID, MENUS, PANELS, Facts
from gradscope.app.docks import DOCKS
from gradscope.app.mnemonics import places
from gradscope.app.palette_dialog import PaletteDialog, score
from gradscope.app.shortcut_sheet import ShortcutSheet, sheet_sections
from gradscope.app.theme import LIGHT
from gradscope.resources import resource
from tests.samples import spiral_messages

from .opened import opened

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_every_row_names_a_method_that_is_there(qtbot: QtBot) -> None:
    with opened(qtbot, show=False) as window:
        application = window.application
        handlers = {"shell": application.shell, "run": application.run, "recording": application.recording}
        handlers |= window.bench.handlers
        for row in ACTIONS:
            assert callable(handler_of(row, handlers)), row.id


def test_ids_and_keys_are_unique_and_keys_are_real() -> None:
    assert len(BY_ID) == len(ACTIONS)
    keys = [key for row in ACTIONS for key in row.keys]
    assert len(keys) == len(set(keys))
    assert all(not QKeySequence(key).isEmpty() for key in keys)


def test_every_icon_is_drawn_by_us() -> None:
    for row in ACTIONS:
        assert resource("icons", f"{row.icon}.svg").is_file()


def test_menus_hold_every_action(qtbot: QtBot) -> None:
    with opened(qtbot, show=False) as window:
        titles = [action.text().replace("&", "") for action in window.window.menuBar().actions()]
        assert titles == list(MENUS)
        for row in ACTIONS:
            menu: Any = window.window.actions_.menu(row.menu)
            if row.inner:
                menu = next(action.menu() for action in menu.actions() if action.text() == row.inner)
            assert window.window.actions_[row.id] in menu.actions()


def test_the_toolbar_says_what_it_does_with_its_key(qtbot: QtBot) -> None:
    with opened(qtbot, show=False) as window:
        button = window.window.actions_.button("run.into")
        assert button.text() == "Step into"
        assert button.toolTip().endswith("(F11)")
        assert not button.icon().isNull()


def test_stepping_is_offered_at_a_pause_only() -> None:
    offered = {life: {row.id for row in ACTIONS if row.enabled(Facts(life=life))} for life in ("running", "paused")}
    assert "run.into" in offered["paused"]
    assert "run.into" not in offered["running"]
    assert "run.pause" in offered["running"]
    assert "run.stop" in offered["running"] & offered["paused"]


def test_the_palette_finds_by_the_starts_of_words() -> None:
    texts = ["Next iteration Run", "Step into Run", "Zoom in View"]
    assert max(texts, key=lambda text: score("sin", text)) == "Step into Run"
    assert score("xyz", "Step into") == -1


def test_the_palette_does_what_is_chosen(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        window.window.actions_["tools.palette"].trigger()
        palette = window.window.findChild(PaletteDialog)
        assert palette is not None
        QTest.keyClicks(palette._field, "step into")
        assert palette.shown()[0] == "run.into"
        QTest.keyClick(palette._field, Qt.Key.Key_Return)
        assert [order.kind for order in window.session.orders] == ["into"]


def test_the_palette_offers_only_what_can_be_done(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.window.actions_["tools.palette"].trigger()
        palette = window.window.findChild(PaletteDialog)
        assert palette is not None
        assert "run.into" not in palette.shown()
        assert "file.open" in palette.shown()
        palette.close()


@pytest.mark.parametrize(
    "texts", [("Stop", "Step into", "Step out"), ("Ab", "A", "Bc"), ("Fit & go", "F"), ("1 a", "1"), ("x", "x"), ()]
)
def test_letters_of_a_menu_are_its_own(texts: tuple[str, ...]) -> None:
    found = places(texts)
    letters = [text[place].lower() for text, place in zip(texts, found, strict=True) if place >= 0]
    assert len(letters) == len(set(letters)) == len({text.lower() for text in texts})


def test_every_entry_of_every_menu_has_a_letter_of_its_own(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        bar = window.window.menuBar()
        assert len({action.text()[action.text().index("&") + 1] for action in bar.actions()}) == len(MENUS)
        menus = [window.window.actions_.menu(name) for name in MENUS]
        for menu in menus:
            menu.aboutToShow.emit()
            inner: Any = [action.menu() for action in menu.actions() if action.menu() is not None]
            menus += inner
            entries = [action for action in menu.actions() if not action.isSeparator()]
            letters = [action.text().replace("&&", "").partition("&")[2][:1].lower() for action in entries]
            for action, letter in zip(entries, letters, strict=True):
                assert letter or not action.shortcut().isEmpty(), (menu.title(), action.text())
            used = [letter for letter in letters if letter]
            assert len(used) == len(set(used)), (menu.title(), used)
        assert window.window.actions_.button("run.into").text() == "Step into"  # the toolbar stays plain


def test_every_panel_is_reached_by_a_key_of_its_own_and_by_going_around(qtbot: QtBot) -> None:
    assert {row.name for row in DOCKS} | {"graph"} == {name for name, _, _ in PANELS}
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        docks: dict[str, Any] = {**window.window.docks, "graph": window.bench.pane.canvas}

        def focused() -> str:
            at: Any = window.window.focusWidget()
            return next((name for name, _, _ in PANELS if docks[name] is at or docks[name].isAncestorOf(at)), "")

        for name, _, _ in PANELS:
            window.window.actions_[f"view.go_{name}"].trigger()
            assert docks[name].isVisible()
            if name not in (
                "lesson",
                "problems",
                "learned",
                "changes",
                "source",
            ):  # empty, they have nothing to type into
                assert focused() == name
        window.window.actions_["view.reset_layout"].trigger()
        window.window.actions_["view.go_graph"].trigger()
        around = []
        for _ in PANELS:
            QTest.keyClick(window.window, Qt.Key.Key_F2)
            around.append(focused())
            if around[-1] == "graph":
                break
        assert len(around) == len(set(around)) >= 5
        assert {"graph", "outline", "training", "inspector", "timeline"} <= set(around)
        QTest.keyClick(window.window, Qt.Key.Key_F2, Qt.KeyboardModifier.ShiftModifier)
        assert focused() == around[-2]


def test_tab_goes_around_the_window_as_the_eye_does_and_never_out_of_sight(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        main, docks = window.window, window.window.docks
        window.bench.selection.select(3)
        QTest.keyClick(main, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
        first = main.focusWidget()
        assert first is window.bench.pane.canvas
        seen = [first]
        for _ in range(150):
            QTest.keyClick(main.focusWidget(), Qt.Key.Key_Tab)
            at = main.focusWidget()
            if at is first:
                break
            assert main.rect().contains(QRect(at.mapTo(main, QPoint()), at.size()).center()), at
            seen.append(at)
        assert main.focusWidget() is first
        assert len(seen) == len(set(seen)) > 20
        assert [at for at in seen if not (at.accessibleName() or getattr(at, "text", str)())] == []

        def place(name: str) -> int:
            return next(index for index, at in enumerate(seen) if docks[name].isAncestorOf(at))

        strip = seen.index(next(at for at in seen if main.phase_strip.isAncestorOf(at)))
        assert place("inspector") < place("timeline") < strip < place("outline") < place("training")
        QTest.keyClick(first, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        assert main.focusWidget() is seen[-1]


def test_the_sheet_knows_every_key_that_a_widget_takes_for_itself(qtbot: QtBot) -> None:
    listed = " ".join(keys for _, rows in sheet_sections() for keys, _ in rows)
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        shortcuts = window.window.findChildren(QShortcut)
        actions = [action for action in window.window.findChildren(QAction) if action.objectName() not in BY_ID]
        taken = {shortcut.key().toString() for shortcut in shortcuts} | {one.shortcut().toString() for one in actions}
        assert {"Del", "Ctrl+C", "Down"} <= taken
        for key in taken:
            assert {"Del": "Delete", "Down": "Arrows"}.get(key, key.replace("Return", "Enter")) in listed, key


def test_the_sheet_fits_its_screen(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        sheet = ShortcutSheet(LIGHT, window.window)
        sheet.show()
        room = sheet.screen().availableSize()
        assert sheet.width() <= room.width()
        assert sheet.height() <= room.height()
        sheet.close()


def test_the_shortcut_sheet_lists_every_key(qtbot: QtBot) -> None:
    listed = {words for _, rows in sheet_sections() for _, words in rows}
    assert {row.text.rstrip("…") for row in ACTIONS if row.keys} <= listed
    with opened(qtbot) as window:
        QTest.keyClick(window.window, Qt.Key.Key_F1)
        sheet = window.window.findChild(ShortcutSheet)
        assert isinstance(sheet, QDialog)
        assert sheet.isVisible()
        sheet.close()
