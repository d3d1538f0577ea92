"""Python's cyclic collector, kept from running over what the probe makes for one pass and drops after it.

A walk makes a Python object for every node, all at once; thousands that come and go would set off collections that the
user's program alone never has, and each of a whole heap with torch in it takes a tenth of a second. So while a pass
runs free no collection begins; none is due after it either, because what the probe made is gone by then.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class CollectorWaits:
    """No collection begins inside, until the thread is ``held``. Whether there are any stays the user's choice."""

    __slots__ = ("_waits",)

    def __init__(self) -> None:
        self._waits = False

    def __enter__(self) -> CollectorWaits:
        self._waits = gc.isenabled()
        gc.disable()
        return self

    def held(self, *_: object) -> None:
        """The thread is about to be held, for as long as a person likes: collections go on."""
        self._go_on()

    def _go_on(self) -> None:
        if self._waits:
            gc.enable()
        self._waits = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._go_on()
