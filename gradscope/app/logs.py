"""Where GradScope writes what went wrong: a rotating file, Qt's messages in it, and the traces of a hard crash."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

log = logging.getLogger("gradscope")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_folder() -> Path:
    """``$XDG_STATE_HOME/gradscope``."""
    home = os.environ.get("XDG_STATE_HOME", "")
    return (Path(home) if home else Path.home() / ".local" / "state") / "gradscope"


def start_logging() -> Path:
    """Log to a file of at most 1 MiB, three old ones kept; a folder that cannot be written leaves stderr."""
    folder = log_folder()
    path = folder / "gradscope.log"
    log.setLevel(logging.INFO)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(path, maxBytes=1 << 20, backupCount=3, encoding="utf-8")
        faulthandler.enable((folder / "crash.log").open("a", encoding="utf-8"))
    except OSError:
        handler = logging.StreamHandler()
        faulthandler.enable()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log.addHandler(handler)
    qInstallMessageHandler(_qt_message)
    return path


def show_mistakes(show: Callable[[str, str], object]) -> None:
    """Log an exception that nobody caught and show it: ``show(summary, details)``; the window goes on."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("nobody caught this", exc_info=(kind, error, trace))
        show(f"{kind.__name__}: {error}", "".join(traceback.format_exception(kind, error, trace)))

    sys.excepthook = hook


def _qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    logging.getLogger("gradscope.qt").log(_LEVELS.get(kind, logging.WARNING), "%s %s", context.category or "", text)
