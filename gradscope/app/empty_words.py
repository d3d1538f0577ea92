"""What an empty canvas says: why there is nothing yet, and what would fill it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradscope.graph.state import RunState

LEAVES = ("The leaves exist.", "The forward pass will build the rest: press F10")


def empty_words(state: RunState | None) -> tuple[str, str]:
    """A title and a line of detail."""
    if state is None or state.life == "idle":
        return "No run", "Open a script, a recording or a lesson: Ctrl+O"
    if state.life == "connecting":
        return "Starting Python and importing torch…", "The graph appears with the first forward pass."
    if state.life == "ended":
        return _ended_words(state)
    if state.life == "lost":
        return "The connection was lost", state.explanation or "The script may still run; its output is in the console."
    if state.life == "paused" and state.pause is not None:
        if state.pause.point == "forward":
            return LEAVES if state.parameters else ("Before the first forward", "Press F10 to run the forward pass")
        if state.pause.point == "script_end":
            return "The script is about to end", "It made no graph. Shift+F5 stops it, F5 lets it end."
        return "No graph yet", "Press F10 to go on to the next phase"
    if state.phase == "forward":
        return "The first forward is running…", "The graph appears at its end."
    if state.phase in ("loss", "backward"):
        return "Reading the graph of the first forward…", "A very large one takes some seconds."
    return "Waiting for the first forward…", "The graph appears as soon as an operation is tracked."


def _ended_words(state: RunState) -> tuple[str, str]:
    code = state.exit_code
    title = "The script ended" if code in (0, None) else f"The script ended with exit code {code}"
    if code is not None and code < 0:
        title = f"The script was ended by signal {-code}"
    restart = "Ctrl+Shift+F5 starts it again; its output is in the console."
    return title, f"{state.explanation} {restart}".strip()
