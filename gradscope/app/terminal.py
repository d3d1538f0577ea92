"""Output of a script as styled lines, for views that hold text and know nothing of sessions."""

from __future__ import annotations

from gradscope.session.terminal import LIMIT, Line, Style, TerminalBuffer

__all__ = ["LIMIT", "Line", "Style", "TerminalBuffer"]
