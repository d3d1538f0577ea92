"""Where a run stands, in the words of the window. Plain functions of the run state; nothing heavy is imported."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradscope.graph.state import RunState

ACCURACIES = ("accuracy", "acc", "train_acc", "train_accuracy")
LONGEST_ERROR = 80  # characters of an exception's text; Problems has all of it
PHASES = ("data", "forward", "loss", "backward", "update")

STATE_WORDS = {
    "idle": "no run",
    "connecting": "starting",
    "running": "running",
    "pausing": "pausing",
    "paused": "paused",
    "lost": "connection lost",
    "ended": "ended",
}


def state_word(state: RunState) -> str:
    """One or two words for the life of the run."""
    if state.life == "ended" and state.exit_code is not None and state.exit_code != 0:
        return f"ended, exit code {state.exit_code}" if state.exit_code > 0 else f"ended by signal {-state.exit_code}"
    return STATE_WORDS[state.life]


def next_phase(state: RunState) -> str:
    """The step that comes next while the run is held ("forward", "loss", "backward" or "update"); "" if it is not."""
    pause = state.pause
    if pause is None or state.life != "paused" or pause.point in ("script_end", "exception"):
        return ""
    if pause.point == "end" or pause.phase in ("create", "data"):
        return "forward"
    if pause.point == "changed":
        return pause.phase
    inside = {"node": "backward", "parameter": "update", "operation": "forward", "call": "forward"}
    return inside.get(pause.point, pause.point)


def coincides(state: RunState) -> bool:
    """Whether this pause is at the loss and before backward at once, as in a first iteration without modules."""
    pause = state.pause
    if pause is None or pause.point not in ("loss", "backward"):
        return False
    return (pause.phase != pause.point and pause.phase in ("loss", "backward")) or bool(pause.text)


def node_words(state: RunState) -> str:
    """The node that a pause in backward stands before: ``AddmmBackward0 of net.0``; "" elsewhere."""
    pause, graph = state.pause, state.graph
    if pause is None or pause.point != "node" or graph is None or not 0 <= pause.node < len(graph):
        return ""
    operation = graph.text(pause.node, "op") or graph.text(pause.node, "title")
    name = graph.text(pause.node, "name")
    if operation == "AccumulateGrad" and name:
        return f"{operation} of {name}"
    call = graph.call(pause.node)
    return f"{operation} of {call.label}" if call is not None else operation


def count_words(state: RunState) -> str:
    """``node 8 of 11`` at a pause inside backward; "" elsewhere."""
    pause = state.pause
    if pause is None or pause.point != "node" or pause.position < 0:
        return ""
    return f"node {pause.position}" + (f" of {pause.total}" if pause.total >= 0 else "")


def pause_words(state: RunState) -> str:
    """A whole sentence of where the run is held, and which breakpoint or goal it met; "" while it is not."""
    pause = state.pause
    if pause is None or state.life != "paused":
        return ""
    if pause.breakpoint >= 0:
        return f"breakpoint {pause.breakpoint}: {pause.reason}"
    return f"{_where_words(state)}: {pause.reason}" if pause.reason else _where_words(state)


def _where_words(state: RunState) -> str:
    pause = state.pause
    if pause is None:
        return ""
    if coincides(state):
        return "paused at the loss, where backward begins too"
    if pause.point == "node":
        number = f"node {pause.position}" if pause.position >= 0 else "a node"
        return f"paused in backward, before {number}: {node_words(state)}".removesuffix(": ")
    if pause.point == "exception":
        where = pause.phase if pause.phase != "create" else "the script"
        said = pause.text.partition("\n")[0]
        said = said if len(said) <= LONGEST_ERROR else f"{said[:LONGEST_ERROR].rstrip()}…"
        return f"held: exception in {where}: {said}".removesuffix(": ")
    return {
        "forward": f"paused before the forward of iteration {pause.iteration}",
        "call": f"paused in forward, before {pause.text} runs",
        "operation": "paused in forward, before the next operation",
        "loss": f"paused at the loss of iteration {pause.iteration}",
        "backward": f"paused before backward of iteration {pause.iteration}",
        "update": f"paused before the update of iteration {pause.iteration}",
        "parameter": f"paused in update, before {pause.text or 'the next parameter'} is written",
        "changed": f"paused: {pause.text} changed outside of the update",
        "end": f"paused, iteration {pause.iteration} is over",
        "script_end": "paused, the script is about to end",
    }[pause.point]


def place_words(state: RunState) -> str:
    """Where the run is, short, for the status bar: ``backward, node 8 of 11: AddmmBackward0``."""
    if state.pause is not None and state.pause.point == "node":
        graph, node = state.graph, state.pause.node
        inside = graph is not None and 0 <= node < len(graph)
        operation = graph.text(node, "op") if graph is not None and inside else ""
        return f"backward, {count_words(state) or 'a node'}: {operation}".removesuffix(": ")
    if state.pause is not None:
        return pause_words(state).removeprefix("paused ").removeprefix("at ").removeprefix("paused, ")
    if state.life in ("running", "pausing"):
        return f"iteration {state.iteration}, {state.phase}" if state.iteration >= 0 else state.phase
    return state.explanation if state.life in ("lost", "ended") else ""


def cleared_words(state: RunState) -> str:
    """``not cleared`` if this pass adds to gradients of an earlier iteration, ``cleared`` if known, else ""."""
    newest = state.current_pass
    current = newest if newest is not None and newest.iteration == state.iteration else None
    if state.life not in ("running", "pausing", "paused"):
        return ""
    if current is not None and current.old:
        return "not cleared"
    if state.cleared_at >= 0 and state.cleared_at == state.iteration:
        return "cleared"
    if current is not None and state.iteration > 0 and state.cleared_at >= 0:
        return "cleared"
    return ""


def loss_of(state: RunState) -> float | None:
    """The loss of the iteration under way, once it is known."""
    newest = state.current_pass
    return newest.loss if newest is not None and newest.iteration == state.iteration else None


def latest_loss(state: RunState) -> float | None:
    """The loss of the iteration under way, else of the last one that had one."""
    now = loss_of(state)
    if now is not None:
        return now
    return next((record.loss for record in state.history[-4:][::-1] if record.loss is not None), None)


def accuracy_words(state: RunState) -> str:
    """What the script itself calls accuracy, else the share of the last examples that the model got right, as the view
    "Learned" has it; "" if nobody knows."""
    told = state.variables
    if told is not None and state.life == "paused":
        for variable in told.variables:
            if variable.name.lower() in ACCURACIES and variable.shape == ():
                return variable.value
    if state.progress is not None and state.progress.accuracy is not None:
        return number(state.progress.accuracy)
    if state.learned is None or state.life not in ("running", "pausing", "paused"):
        return ""
    from gradscope.graph.learned import LearnedView

    share = LearnedView.from_message(state.learned).right()
    return "" if share is None else f"{share:.1%}"


def number(value: float) -> str:
    """Four significant digits, as a card shows a loss: ``0.6871``, ``4.265e-5``."""
    if not isfinite(value):
        return str(value)
    if value == 0 or 1e-3 <= abs(value) < 9999.5:
        return f"{value:#.4g}".removesuffix(".")
    mantissa, _, exponent = f"{value:.3e}".partition("e")
    return f"{mantissa}e{int(exponent)}"


def shape_words(shape: tuple[int, ...]) -> str:
    """Sizes with times signs between, or ``scalar``."""
    return " \u00d7 ".join(str(size) for size in shape) if shape else "scalar"


def duration_words(seconds: float) -> str:
    """``0:42``, ``1:03:20``."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
