"""The user's frames in which operations were called, decoded: lines that share what is around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradscope.wire.messages import STACK_COLUMNS

if TYPE_CHECKING:
    from gradscope.wire.messages import GraphCaptured


@dataclass(frozen=True, slots=True)
class StackLine:
    """One frame: where it stood, what it evaluated ("" if unknown), and the row of the one that called it, -1: none."""

    outer: int
    file: str
    line: int
    function: str
    expression: str


def stacks_of(message: GraphCaptured) -> tuple[StackLine, ...]:
    """All rows of a graph; none in light level."""
    if not message.stacks.rows:
        return ()
    text = ("", *message.strings)
    rows = zip(*([int(v) for v in message.stacks.column(name)] for name in STACK_COLUMNS), strict=True)
    return tuple(
        StackLine(outer, text[file + 1], line, text[scope + 1], text[expression + 1])
        for outer, file, line, scope, expression in rows
    )


def outwards(lines: tuple[StackLine, ...], row: int) -> tuple[StackLine, ...]:
    """From a row to the outermost frame."""
    found: list[StackLine] = []
    while 0 <= row < len(lines) and len(found) <= len(lines):
        found.append(lines[row])
        row = lines[row].outer
    return tuple(found)
