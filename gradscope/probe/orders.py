"""Which part of the probe carries out which order: one table, asked by the held thread and by the wire thread.

A part that understands a new order adds one row. ``at_pause`` runs in the training thread while it is held: with its
thread pool, its modes and its stream. ``while_running`` runs in the wire thread while nothing is held: it touches no
tensor, imports nothing, and only answers or notes a wish. An order without a row there waits for the next pause.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable


class Orders:
    """Handlers by the type of the order. One that fails is lost under the order's name; the others go on."""

    def __init__(self) -> None:
        self._at_pause: dict[type, Callable[[Any], object]] = {}
        self._while_running: dict[type, Callable[[Any], object]] = {}

    def add(
        self, kind: type, at_pause: Callable[[Any], object], while_running: Callable[[Any], object] | None = None
    ) -> None:
        """Who carries out orders of this kind."""
        self._at_pause[kind] = guarded(f"the order {kind.__name__}")(at_pause)
        if while_running is not None:
            self._while_running[kind] = while_running

    def carry_out(self, order: Any) -> None:
        """In the held training thread."""
        handler = self._at_pause.get(type(order))
        if handler is not None:
            handler(order)

    def answer(self, order: Any) -> bool:
        """In the wire thread, while nothing is held; False if the order has to wait for a pause."""
        handler = self._while_running.get(type(order))
        if handler is not None:
            handler(order)
        return handler is not None
