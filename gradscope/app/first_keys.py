"""The five keys that matter, for the welcome page and, up to the colon, for the first pause of all."""

from __future__ import annotations

FIRST_KEYS = (
    ("F10", "next phase: forward, loss, backward, update"),
    ("F11", "one node of backward at a time"),
    ("F5 / F6", "run freely / pause"),
    ("Ctrl+F10", "run to the selected node"),
    ("F1", "all keys"),
)
