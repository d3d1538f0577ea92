"""Breakpoints in the words of the window: where, on what condition, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gradscope.wire.messages import Breakpoint

    from .breaks import BreaksSeen

CONDITIONS = {
    "": "always",
    "nonfinite": "NaN or Inf",
    "zero": "all zero",
    "above": "norm above",
    "below": "norm below",
    "growth": "norm grew by the factor",
}
WITH_THRESHOLD = ("above", "below", "growth")
PHASE_WORDS = {
    "forward": "before the forward",
    "loss": "at the loss",
    "backward": "before backward",
    "update": "before the update",
    "end": "at the end of the iteration",
}


def where_words(one: Breakpoint) -> str:
    """The place: ``fc1.weight``, ``ReluBackward0 in fc1``, ``any gradient``."""
    if one.kind == "node":
        if one.name:
            return one.name
        nth = f", the {_nth(one.occurrence + 1)}" if one.occurrence else ""
        module, _, number = one.call.rpartition("#")
        inside = f" in {module}{f'#{number}' if number != '0' else ''}" if module else ""
        return f"{one.operation}{inside}{nth}"
    return {
        "call": f"module {one.call or 'at the root'}",
        "operation": f"every {one.operation}",
        "phase": PHASE_WORDS.get(one.name, one.name),
        "any": "any gradient",
        "loss": "the loss",
        "function": f"every call of {one.operation}",
        "line": f"line {one.occurrence} of {one.name.replace(chr(92), '/').rpartition('/')[2]}",
        "parameter": f"{one.name or 'any parameter'} changed outside of the update",
    }[one.kind]


def condition_words(one: Breakpoint) -> str:
    """What must hold: ``norm above 10, iteration 12, every 3rd time``."""
    parts = []
    if one.condition in WITH_THRESHOLD:
        words = CONDITIONS[one.condition].removeprefix("norm " if one.kind == "loss" else "")
        parts.append(f"{words} {one.threshold:g}")
    elif one.condition:
        parts.append(CONDITIONS[one.condition])
    if one.iteration >= 0:
        parts.append(f"iteration {one.iteration}")
    if one.every > 1:
        parts.append(f"every {_nth(one.every)} time")
    return ", ".join(parts) or CONDITIONS[""]


def action_words(one: Breakpoint) -> str:
    """What it does: ``stops``, ``writes a line``, and whether only once."""
    return ("writes a line" if one.log else "stops") + (", once" if one.once else "")


def state_words(one: Breakpoint, seen: BreaksSeen, fingerprints: Iterable[str]) -> str:
    """What became of it: how often it was met, or that there is no such place in the graph of now."""
    hits = seen.count(one.number)
    met = f"met {hits} time{'s' if hits != 1 else ''}" if hits else ""
    if not one.enabled or one.kind not in ("node", "operation", "call"):
        return met
    if seen.places(one.number, tuple(fingerprints)) == 0:
        missing = "matches nothing" if seen.places(one.number) == 0 else "not in this graph"
        return f"{met}, {missing}" if met else missing
    return met


def _nth(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
