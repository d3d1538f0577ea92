"""What happened in an iteration besides its passes, as the export writes it: one function a kind of message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradscope.wire import messages as m

if TYPE_CHECKING:
    from collections.abc import Callable

Event = dict[str, Any]


def event_of(message: object) -> Event | None:
    """The event of a message; None for what is none."""
    made = _EVENTS.get(type(message))
    return made(message) if made is not None else None


def _updated(message: m.IterationEnded) -> Event:
    return {"event": "update", "by": message.label, "skipped": message.skipped}


def _gradients(message: m.LeafGradients) -> Event | None:
    return {"event": "gradients changed", "by": list(message.changed_by)} if message.changed_by else None


def _pass_ended(message: m.PassEnded) -> Event | None:
    return {"event": "exception", "pass": message.pass_index, "text": message.error} if message.error else None


def _cleared(_: m.GradientsCleared) -> Event:
    return {"event": "gradients cleared"}


def _hit(message: m.BreakpointHit) -> Event:
    return {"event": "breakpoint", "text": message.text, "held": message.held} | _place(message)


def _changed(message: m.Changed) -> Event | None:
    if not message.done:
        return None
    event: Event = {"event": "changed by the user", "what": message.target, "text": message.text}
    event |= {"name": message.name} if message.name else {}
    event |= _place(message)
    return event | ({"undone": True} if message.undone else {}) | ({"waiting": True} if message.waiting else {})


def _paused(message: m.Paused) -> Event:
    return {"event": "paused", "point": message.point} | _place(message)


def _place(message: m.BreakpointHit | m.Changed | m.Paused) -> Event:
    return {"pass": message.pass_index, "node": message.node} if message.node >= 0 else {}


_EVENTS: dict[type, Callable[[Any], Event | None]] = {
    m.IterationEnded: _updated,
    m.LeafGradients: _gradients,
    m.PassEnded: _pass_ended,
    m.GradientsCleared: _cleared,
    m.BreakpointHit: _hit,
    m.Changed: _changed,
    m.Paused: _paused,
}
