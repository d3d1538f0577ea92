"""``@painted``: an exception in an override that paints or handles ``event`` becomes text in the widget, not a crash.

Shiboken may end the process when Python raises inside such a virtual, and an active painter that the traceback keeps
alive does so too. So nothing may leave the override, and every painter of its frames is ended first.
"""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, TypeVar, cast

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

log = logging.getLogger(__name__)

OwnerT = TypeVar("OwnerT", bound=QObject)
EventT = TypeVar("EventT", bound=QEvent)
ResultT = TypeVar("ResultT")

_LOGGED = "gradscopePaintErrors"


def painted(method: Callable[[OwnerT, EventT], ResultT]) -> Callable[[OwnerT, EventT], ResultT]:
    """Guard ``method(self, event)``; the widget shows the error, the log gets it once a widget and kind of error."""

    @functools.wraps(method)
    def guarded(self: OwnerT, event: EventT) -> ResultT:
        try:
            return method(self, event)
        except Exception as error:  # noqa: BLE001 - the one boundary where anything may arrive and nothing may leave
            _end_painters(error.__traceback__)
            _log_once(self, method.__qualname__, error)
            if isinstance(self, QWidget) and method.__name__ == "paintEvent":
                _show(self, error)
            return cast("ResultT", False if method.__name__ == "event" else None)

    return guarded


def _end_painters(traceback: TracebackType | None) -> None:
    while traceback is not None:
        for value in list(traceback.tb_frame.f_locals.values()):
            if isinstance(value, QPainter) and value.isActive():
                value.end()
        traceback = traceback.tb_next


def _log_once(owner: QObject, name: str, error: Exception) -> None:
    key = f"{name}:{type(error).__name__}"
    logged = cast("list[str]", owner.property(_LOGGED) or [])
    if key in logged:
        return
    owner.setProperty(_LOGGED, [*logged, key])
    log.error("%s failed", name, exc_info=error)


def _show(widget: QWidget, error: Exception) -> None:
    text = f"This view could not be drawn: {type(error).__name__}: {error}\nThe log has the details."
    painter = QPainter(widget)
    painter.fillRect(widget.rect(), widget.palette().window())
    painter.setPen(QColor(widget.palette().windowText().color()))
    area = QRect(widget.rect()).adjusted(8, 8, -8, -8)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
    painter.end()
