"""What is said under the picture of a tensor: what it leaves out, and from which number to which its light goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.app.panels.colour_maps import light_range
from gradscope.graph.formats import format_number

if TYPE_CHECKING:
    from gradscope.graph.tensor import TensorView


def under_picture(tensor: TensorView) -> str:
    """One or two sentences; "" where all elements are drawn and their colours speak for themselves."""
    shown = left_out(tensor)
    part = f"Shown is {shown}; the figures are of all elements." if shown else ""
    return " ".join(text for text in (part, _light(tensor)) if text)


def left_out(tensor: TensorView) -> str:
    """Which elements there are, ``every 2nd row and every 3rd column``; "" where they are all there."""
    across = "element" if tensor.rank < 2 else "column"
    kept = [
        f"every {_ordinal(step)} {name}"
        for step, name in ((tensor.row_step, "row"), (tensor.column_step, across))
        if step > 1
    ]
    if tensor.tiles_left_out:
        kept.insert(0, f"the first {len(tensor.cells)} of {tensor.shape[tensor.axes[0]]}")
    return _joined(kept) if kept else ""


def _light(tensor: TensorView) -> str:
    if not tensor.in_colour or tensor.summary is None:
        return ""
    black, white = light_range(tensor.summary.minimum, tensor.summary.maximum, tensor.dtype)
    return f"Light goes from {format_number(black)} to {format_number(white)}."


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
