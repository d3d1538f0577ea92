"""``@painted``: an exception while painting is text in the widget, not the end of the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import logging, sys
from PySide6.QtCore import QEvent
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget
from gradscope.app.painted import painted

class Broken(QWidget):
    @painted
    def paintEvent(self, event):
        painter = QPainter(self)
        {fault}
        painter.end()

class Deaf(QWidget):
    @painted
    def event(self, event):
        if event.type() == QEvent.Type.User:
            1 / 0
        return super().event(event)

logging.basicConfig(stream=sys.stdout)
app = QApplication([])
widget = Broken()
widget.resize(300, 120)
widget.show()
before = widget.grab().toImage()
after = widget.grab().toImage()
app.processEvents()
deaf = Deaf()
deaf.show()
print("handled", QApplication.sendEvent(deaf, QEvent(QEvent.Type.User)))
ground = after.pixelColor(1, 1)
inked = sum(after.pixelColor(x, y) != ground for x in range(300) for y in range(120))
print("inked", inked)
"""


@pytest.mark.parametrize("fault", ["1 / 0", "painter.drawRect('wrong')", "QPainter(self).fillRect()"])
def test_a_fault_in_paint_event_is_shown_and_logged_once(fault: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(fault=fault)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin"},
    )
    assert result.returncode == 0, result.stderr
    assert "handled False" in result.stdout
    inked = int(result.stdout.rsplit("inked", 1)[1])
    assert inked > 100, "the error should be readable in the widget"
    assert result.stdout.count("Broken.paintEvent failed") == 1
