"""Parameters that change outside of the update, for the breakpoints that ask for it.

Versions are compared wherever a hook of ours comes by: before a module's call, in detail before every operation, before
``backward()`` and before a step. So the change is noticed at the next of these, and the pause says so. A script that
never steps an optimizer updates by hand after its backward; what changes there is its update. ``.data`` and another
framework's memory leave no version behind and are not seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import compat
from .guard import guarded

if TYPE_CHECKING:
    from .parts import Parts
    from .pauses import Pauses


class ParameterWatch:
    """Compares versions while a breakpoint asks for it."""

    def __init__(self, parts: Parts, pauses: Pauses) -> None:
        self._parts = parts
        self._pauses = pauses
        self._versions: dict[int, int] = {}
        self._armed = False
        self._stepping = False
        self._ever_stepped = False

    def step(self, depth: int) -> None:
        """An optimizer is about to write (depth 1), or has written."""
        if depth:
            self.look()
            self._stepping = self._ever_stepped = True
        else:
            self._stepping = False
            if self._armed:
                self._versions = self._read()

    @guarded("breakpoints on parameters")
    def look(self) -> None:
        """Compare now, unless an update is under way."""
        wanted = self._parts.breaks.now.of_parameters
        if not wanted or self._stepping or self._parts.gate.released:
            self._armed = bool(wanted)
            return
        before, self._versions = self._versions, self._read()
        armed, self._armed = self._armed, True
        if not armed or self._is_update():
            return
        for index, version in self._versions.items():
            if before.get(index, version) != version:
                self._changed(index, version - before[index])

    def _changed(self, index: int, writes: int) -> None:
        parts = self._parts
        name = parts.parameters.name(index)
        times = "written once" if writes == 1 else f"written {writes} times"
        for one in parts.breaks.now.of_parameters:
            if one.spec.name in ("", name) and one.counts(parts.course.iteration):
                why = f"{name} changed outside of the update ({times}); it is noticed here"
                stop = parts.breaks.act(one, parts.course.iteration, why)
                if stop is not None:
                    self._pauses.changed(name, stop)

    def _is_update(self) -> bool:
        return not self._ever_stepped and self._parts.course.phase not in ("forward", "loss")

    def _read(self) -> dict[int, int]:
        return {index: compat.version(leaf) for index, leaf in self._parts.parameters.living()}
