"""The Problems panel and the line over the canvas: what they show, and what a click asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QWidget

from gradscope.app.banner import Banner
from gradscope.app.panels.problems import ProblemsPanel
from gradscope.app.theme import DARK, LIGHT
from gradscope.doctor.findings import Finding, Place
from gradscope.doctor.report import Kept

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

PLACE = Place("/home/ada/train.py", 12, "forward", "h += 1", "wrote to it")
CHANGED = Finding(
    "inplace-on-saved",
    "error",
    "h was changed",
    "Then it was <written> to.",
    "Write h = h + 1.",
    "h",
    3,
    "f00d",
    2,
    (PLACE,),
)
DEAD = Finding(
    "dead-relu", "warning", "act: a dead ReLU", "It is 0 everywhere.", "Lower the rate.", "act", detail_helps=True
)


def panel(qtbot: QtBot) -> ProblemsPanel:
    made = ProblemsPanel()
    qtbot.addWidget(made)
    made.resize(900, 240)
    made.show()
    return made


def test_nothing_found_says_what_will_appear(qtbot: QtBot) -> None:
    shown = panel(qtbot)
    assert "No problems found" in shown.text.toPlainText()
    assert not shown.copy.isVisible()


def test_a_finding_is_shown_with_its_lines_and_remedy(qtbot: QtBot) -> None:
    shown = panel(qtbot)
    shown.set_findings([Kept(CHANGED, 2, 2, 1), Kept(DEAD, 1, 9, 5)])
    text = shown.text.toPlainText()
    assert "Then it was <written> to." in text
    assert "train.py, line 12" in text
    assert "Write h = h + 1." in text
    assert shown.node.isVisible()
    assert not shown.detail.isVisible()
    shown.list.setCurrentRow(1)
    assert "in 5 iterations, 1 to 9" in shown.text.toPlainText()
    assert shown.detail.isVisible()
    shown.set_findings([Kept(CHANGED, 2, 2, 1), Kept(DEAD, 1, 10, 6)])
    assert shown.selected is not None
    assert shown.selected.finding is DEAD  # what a person reads stays when figures move on
    shown.select(CHANGED.key)
    assert "h was changed" in shown.text.toPlainText()


def test_severity_is_a_colour_and_a_guess_is_said_to_be_one(qtbot: QtBot) -> None:
    shown = panel(qtbot)
    shown.set_findings([Kept(CHANGED, 2, 2, 1), Kept(replace(DEAD, guess=True), 1, 9, 5)])
    dots = [shown.list.item(row).icon().pixmap(10, 10).toImage() for row in (0, 1)]
    inks = [QColor(LIGHT.nonfinite), QColor(LIGHT.halo)]
    assert [dot.pixelColor(dot.width() // 2, dot.height() // 2) for dot in dots] == inks
    assert "A guess" not in shown.text.toPlainText()
    shown.list.setCurrentRow(1)
    assert "A guess" in shown.text.toPlainText()


def test_remedies_and_lines_are_asked_for(qtbot: QtBot) -> None:
    shown = panel(qtbot)
    shown.set_findings([Kept(CHANGED, 2, 2, 1), Kept(DEAD, 1, 9, 5)])
    with qtbot.waitSignal(shown.restartRequested), qtbot.assertNotEmitted(shown.detailRequested):
        shown.restart.click()
    with qtbot.waitSignal(shown.lineRequested) as line:
        qtbot.keyClick(shown.list, Qt.Key.Key_Return)
    assert line.args == ["/home/ada/train.py", 12]
    shown.list.setCurrentRow(1)
    with qtbot.waitSignal(shown.detailRequested), qtbot.assertNotEmitted(shown.restartRequested):
        shown.detail.click()


def test_a_line_is_a_link_and_the_text_can_be_copied(qtbot: QtBot) -> None:
    shown = panel(qtbot)
    shown.set_theme(DARK)
    shown.set_findings([Kept(CHANGED, 2, 2, 1)])
    with qtbot.waitSignal(shown.lineRequested) as line:
        shown.text.anchorClicked.emit(QUrl("file:///home/ada/train.py#12"))
    assert line.args == ["/home/ada/train.py", 12]
    with qtbot.waitSignal(shown.nodeRequested) as node:
        shown.node.click()
    assert node.args == ["f00d", 3]
    shown.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert "/home/ada/train.py:12" in copied
    assert "To do: Write h = h + 1." in copied


def test_the_banner_stays_inside_a_narrow_canvas(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(400, 300)
    host.show()
    banner = Banner(host, LIGHT, "fault", "Show")
    banner.say("self.fc2(h): the shapes do not fit " * 5)
    assert banner.isVisible()
    assert host.rect().contains(banner.geometry())
    second = Banner(host, DARK, "halo", "Back to now")
    second.say("showing iteration 3")
    assert second.isVisible()
    assert host.rect().contains(second.geometry())
    assert not second.geometry().intersects(banner.geometry())
    place = banner.geometry().topLeft()
    banner.say("")
    assert banner.text() == ""
    assert second.y() == place.y()  # it moves up
