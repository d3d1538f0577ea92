"""What GradScope remembers between two starts, in one INI file with a version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QApplication, QStyle

from .theme import ThemeChoice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gradscope.graph.heat import EdgeMode
    from gradscope.wire.faults import Holding

VERSION = 1
RECENT_LIMIT = 10
EDGE_MODES = ("plain", "size", "gradient")
HOLDING = ("", "uncaught", "raised")
SHOWN_KINDS = ("chips", "inputs", "untracked", "leaves")


class Settings:
    """Typed access to the settings file. A value that does not make sense reads as its default."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store or QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "gradscope", "gradscope"
        )
        if self._number("version", VERSION) > VERSION:
            # A newer GradScope wrote window positions that this one may misread; names of files stay good.
            self._store.remove("window")
        self._store.setValue("version", VERSION)

    @property
    def theme(self) -> ThemeChoice:
        """System, light or dark."""
        value = str(self._store.value("theme", "system"))
        return cast("ThemeChoice", value) if value in get_args(ThemeChoice) else "system"

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._store.setValue("theme", choice)

    @property
    def animations(self) -> bool:
        """Whether boxes move and gradients travel; until it is chosen, as the desktop has it."""
        return self._flag("animations", default=not _motion_is_reduced())

    @animations.setter
    def animations(self, on: bool) -> None:
        self._store.setValue("animations", on)

    @property
    def follow(self) -> bool:
        """Whether the selection follows the node where training is paused."""
        return self._flag("follow", default=True)

    @follow.setter
    def follow(self, on: bool) -> None:
        self._store.setValue("follow", on)

    @property
    def holding(self) -> Holding:
        """Which exceptions hold a script: those that nothing in it will catch, all that are raised, or none."""
        value = str(self._store.value("holding", "uncaught"))
        return cast("Holding", value) if value in HOLDING else "uncaught"

    @holding.setter
    def holding(self, holding: Holding) -> None:
        self._store.setValue("holding", holding)

    @property
    def kinds(self) -> dict[str, bool]:
        """Which kinds of nodes the canvas shows, and whether bookkeeping nodes are drawn as chips."""
        return {name: self._flag(f"shown/{name}", default=True) for name in SHOWN_KINDS}

    @kinds.setter
    def kinds(self, shown: Mapping[str, bool]) -> None:
        for name in SHOWN_KINDS:
            self._store.setValue(f"shown/{name}", shown[name])

    @property
    def edges(self) -> EdgeMode:
        """What the width of edges tells."""
        value = str(self._store.value("edges", "plain"))
        return cast("EdgeMode", value) if value in EDGE_MODES else "plain"

    @edges.setter
    def edges(self, mode: EdgeMode) -> None:
        self._store.setValue("edges", mode)

    @property
    def flow_right(self) -> bool:
        """Whether the forward goes from left to right instead of downwards."""
        return self._flag("flow_right", default=False)

    @flow_right.setter
    def flow_right(self, on: bool) -> None:
        self._store.setValue("flow_right", on)

    def breakpoints(self, script: str) -> str:
        """What was kept for a script; "" if nothing was."""
        return str(self._store.value(f"breakpoints/{_key(script)}", ""))

    def set_breakpoints(self, script: str, text: str) -> None:
        """Keep a script's breakpoints; "" forgets them."""
        if text:
            self._store.setValue(f"breakpoints/{_key(script)}", text)
        else:
            self._store.remove(f"breakpoints/{_key(script)}")

    @property
    def lessons_done(self) -> frozenset[str]:
        """Topics of the lessons that were taken to their end."""
        return frozenset(name for name in str(self._store.value("lessons/done", "")).split(" ") if name)

    def add_lesson_done(self, topic: str) -> None:
        """A lesson was taken to its end."""
        self._store.setValue("lessons/done", " ".join(sorted(self.lessons_done | {topic})))

    @property
    def keys_read(self) -> bool:
        """Whether the card with the keys that matter was dismissed."""
        return self._flag("keys_read", default=False)

    @keys_read.setter
    def keys_read(self, read: bool) -> None:
        self._store.setValue("keys_read", read)

    @property
    def recent(self) -> tuple[str, ...]:
        """Files opened last, newest first; those that are gone are left out."""
        value = self._store.value("recent", [])
        names: Sequence[object] = [value] if isinstance(value, str) else cast("Sequence[object]", value or [])
        return tuple(str(name) for name in names if Path(str(name)).exists())[:RECENT_LIMIT]

    def add_recent(self, path: str) -> None:
        """Put a file in front of the list."""
        absolute = str(Path(path).absolute())
        self._store.setValue("recent", [absolute, *(name for name in self.recent if name != absolute)][:RECENT_LIMIT])

    def clear_recent(self) -> None:
        """Forget the files opened last."""
        self._store.remove("recent")

    def window_layout(self) -> tuple[QByteArray, QByteArray]:
        """Geometry and dock state of the last time, empty if there was none."""
        geometry = self._store.value("window/geometry", QByteArray())
        state = self._store.value("window/state", QByteArray())
        empty = QByteArray()
        return (
            geometry if isinstance(geometry, QByteArray) else empty,
            state if isinstance(state, QByteArray) else empty,
        )

    def set_window_layout(self, geometry: QByteArray, state: QByteArray) -> None:
        """Remember geometry and dock state."""
        self._store.setValue("window/geometry", geometry)
        self._store.setValue("window/state", state)

    def forget_window_layout(self) -> None:
        """The next start uses the default layout."""
        self._store.remove("window")

    def save(self) -> None:
        """Write the file now."""
        self._store.sync()

    def _flag(self, key: str, *, default: bool) -> bool:
        return str(self._store.value(key, default)).lower() in ("true", "1")

    def _number(self, key: str, default: int) -> int:
        text = str(self._store.value(key, default))
        return int(text) if text.isdigit() else default


def _key(script: str) -> str:
    """A name that an INI file can hold, and that two scripts of one name in two folders do not share."""
    from hashlib import blake2b

    return f"{Path(script).stem}-{blake2b(script.encode(), digest_size=6).hexdigest()}"


def _motion_is_reduced() -> bool:
    """Whether the desktop asks for less motion: its style gives movements no time."""
    style = QApplication.style() if QApplication.instance() is not None else None
    return style is not None and style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0
