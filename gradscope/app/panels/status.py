"""The status bar: state, where it is paused, device, rank, capture level, recording, torch, and how long it is held."""

from __future__ import annotations

import time
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QStatusBar, QWidget

from gradscope.app.fonts import text_font
from gradscope.app.theme import LIGHT, Theme

from .labels import ElidedLabel
from .run_words import place_words, state_word

if TYPE_CHECKING:
    from gradscope.graph.state import RunState

HELD_AFTER = 60.0  # seconds of a pause after which the bar says how long it lasts
_DOTS = {
    "idle": "faint",
    "connecting": "accent",
    "running": "done",
    "pausing": "halo",
    "paused": "halo",
    "lost": "nonfinite",
    "ended": "faint",
}
_NAMES = ("state", "place", "held", "changed", "device", "rank", "capture", "recording", "torch", "message")
_STRONG = ("state", "place", "device", "rank")


class RunStatusBar(QStatusBar):
    """One line of short facts; each gives way with an ellipsis in a narrow window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._life = "idle"
        self._failed = False
        self._pause: object = None
        self._since = 0.0
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 0, 8, 0)
        self.labels = {name: ElidedLabel(gap=18) for name in _NAMES}
        for name, label in self.labels.items():
            strong = name in _STRONG
            label.setFont(text_font(12, QFont.Weight.DemiBold if strong else QFont.Weight.Medium))
            label.setAccessibleName(name)
            label.setContentsMargins(0, 0, 0, 0)
            label.hide()
            if name == "message":
                self.addPermanentWidget(label)
            else:
                self.addWidget(label)
        self._clock = QTimer(self, interval=5000)
        self._clock.timeout.connect(self._tell_held)
        self._tell("state", "no run")
        self.set_theme(LIGHT)

    def set_theme(self, theme: Theme) -> None:
        """Colours from now on."""
        self._theme = theme
        self.setStyleSheet(
            f"QStatusBar {{ background: {theme.panel}; border-top: 1px solid {theme.border}; }}"
            "QStatusBar::item { border: none; }"
        )
        self._colour()

    def set_state(self, state: RunState) -> None:
        """Say where the run stands."""
        self._life = state.life
        self._failed = state.life == "ended" and state.exit_code not in (0, None)
        self._tell("state", state_word(state))
        self._tell("place", place_words(state))
        devices = sorted({parameter.device for parameter in state.parameters})
        self._tell("device", ", ".join(devices), "Where the parameters are")
        hello = state.hello
        self._tell("rank", f"rank {hello.rank} of {hello.world_size}" if hello else "", "This process of the job")
        self._tell("torch", f"torch {hello.torch}" if hello else "", _interpreter(state))
        changes = [f"iteration {change.iteration}: {change.text}" for change in state.changes]
        count = f"changed by you: {len(changes)}" if changes else ""
        self._tell("changed", count, "\n".join(["This run is not an untouched one.", *changes]))
        newest = state.current_pass
        lost = [f"{feature.feature}: {feature.reason}" for feature in state.lost_features]
        lost += [f"{name}: not in this torch" for name in (hello.missing_features if hello else ())]
        level = f"capture: {newest.level}" if newest else ""
        switched_off = f"{len(lost)} switched off" if lost else ""
        words = ", ".join(part for part in (level, switched_off) if part)
        self._tell("capture", words, "\n".join(["What is measured each iteration", *lost]))
        if state.pause is None:
            self._pause = None
            self._clock.stop()
        elif state.pause is not self._pause:
            self._pause, self._since = state.pause, time.monotonic()
            self._clock.start()
        self._tell_held()
        self._colour()

    def set_recording(self, path: str, size: int) -> None:
        """The file that the run is written to, and its size in bytes; "" while there is none."""
        text = f"recording  {PurePath(path).name}  {_size_words(size)}" if path else ""
        self._tell("recording", text, str(path))

    def set_message(self, text: str) -> None:
        """A note at the right; "" takes it away."""
        self._tell("message", text)

    def text(self) -> str:
        """All that is shown, from left to right."""
        return "   ".join(label.text() for label in self.labels.values() if label.text())

    def _tell(self, name: str, text: str, tip: str = "") -> None:
        label = self.labels[name]
        label.setText(text)
        label.setToolTip(f"{text}\n{tip}".strip())
        label.setVisible(bool(text))

    def _tell_held(self) -> None:
        held = time.monotonic() - self._since if self._pause is not None else 0.0
        tip = "While a script is held, its alarms, loader timeouts and heartbeats stand still too."
        self._tell("held", f"held for {_held_words(held)}" if held >= HELD_AFTER else "", tip)

    def _colour(self) -> None:
        theme = self._theme
        waiting = self._life in ("paused", "pausing")
        dot = "nonfinite" if self._failed else _DOTS[self._life]
        ink = "halo_text" if waiting else "nonfinite" if self._failed or self._life == "lost" else "text"
        for name, label in self.labels.items():
            label.set_ink(theme.color("text" if name in _STRONG else "muted"))
        self.labels["state"].set_ink(theme.color(ink), dot=theme.color("halo_text" if waiting else dot))
        for name in ("held", "changed"):
            self.labels[name].set_ink(theme.color("halo_text"))


def _interpreter(state: RunState) -> str:
    hello = state.hello
    return f"Python {hello.python}, process {hello.pid}\n{hello.script}" if hello else ""


def _held_words(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _size_words(size: int) -> str:
    if size < 1_000_000:
        return f"{max(size, 0) / 1000:.0f} kB"
    return f"{size / 1e6:.1f} MB" if size < 1_000_000_000 else f"{size / 1e9:.2f} GB"
