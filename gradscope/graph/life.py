"""The life of a run as one table: where it stands, what may happen, where it stands then.

Both the live session and a recording go through it. What the table does not name has no meaning in that state and
changes nothing.
"""

from __future__ import annotations

from typing import Literal

Life = Literal["idle", "connecting", "running", "pausing", "paused", "lost", "ended"]
LifeEvent = Literal["started", "greeted", "asked_to_pause", "paused", "resumed", "lost", "exited"]

TRANSITIONS: dict[tuple[Life, LifeEvent], Life] = {
    ("idle", "started"): "connecting",
    ("connecting", "greeted"): "running",
    ("connecting", "lost"): "lost",
    ("connecting", "exited"): "ended",
    ("running", "asked_to_pause"): "pausing",
    ("running", "paused"): "paused",
    ("running", "lost"): "lost",
    ("running", "exited"): "ended",
    ("pausing", "asked_to_pause"): "pausing",
    ("pausing", "paused"): "paused",
    ("pausing", "lost"): "lost",
    ("pausing", "exited"): "ended",
    ("paused", "resumed"): "running",
    ("paused", "lost"): "lost",
    ("paused", "exited"): "ended",
    ("lost", "greeted"): "running",
    ("lost", "exited"): "ended",
    ("ended", "started"): "connecting",
}


def next_life(life: Life, event: LifeEvent) -> Life:
    """Where a run stands after an event; an event without a meaning in this state changes nothing."""
    return TRANSITIONS.get((life, event), life)
