"""What a terminal would show of a script's output, as lines of styled runs: carriage returns, colours, cursor moves.

Pure and bounded. The same text gives the same lines however it is cut into pieces; the test holds that. Cursor moves
reach back over the last ``SCREEN_ROWS`` lines only, as on a screen, so that lines above never change again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMIT = 100_000
SCREEN_ROWS = 50
LONGEST_LINE = 10_000
COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")

_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f\x9b]+)"
    r"|\x1b\[(?P<arguments>[0-?]{0,64})[ -/]{0,8}(?P<final>[@-~])"
    r"|\x1b\[[0-?]{0,64}[ -/]{0,8}(?=[^ -~])"  # broken off
    r"|\x1b\][^\x07\x1b\n]{0,2048}(?:\x07|\x1b\\|(?=\n|\x1b[^\\]))"
    r"|\x1b[ -/]{1,8}[0-~]"
    r"|\x1b[0-Z\\^-~]"
    r"|\x1b(?=[^ -~])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f\x9b])"
)
_LONGEST_SEQUENCE = 4096  # longer than any match above, so that what is given up does not depend on how text is cut


@dataclass(frozen=True, slots=True)
class Style:
    """How a run looks. Colours are ``""`` (the default), a name ("red", "bright red") or ``"#rrggbb"``."""

    foreground: str = ""
    background: str = ""
    bold: bool = False
    faint: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False


PLAIN = Style()
TextRun: TypeAlias = tuple[str, Style]
Line: TypeAlias = list[TextRun]


class Change(NamedTuple):
    """What a feed did: so many lines left at the front, then all lines from ``first`` on are new or different."""

    removed: int
    first: int


class TerminalBuffer:
    """Feed text, read ``lines``: each a list of (text, Style). The last line is the one being written."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.lines: list[Line] = [[]]
        self._limit = max(1, limit)
        self._screen = min(SCREEN_ROWS, self._limit)
        self._row = 0
        self._column = 0
        self._first = 0
        self._style = PLAIN
        self._rest = ""

    def feed(self, text: str) -> Change:
        """Take more output in; an escape sequence that is not whole yet waits for the next feed."""
        text = self._rest + text
        self._first = self._row
        position = 0
        while position < len(text):
            token = _TOKEN.match(text, position)
            if token is None:
                if len(text) - position < _LONGEST_SEQUENCE:
                    break
                position += 1
                continue
            position = token.end()
            if token["text"] is not None:
                self._write(token["text"])
            elif token["final"] is not None:
                self._sequence(token["final"], token["arguments"])
            elif token["control"] is not None:
                self._control(token["control"])
        self._rest = text[position:]
        return self._trimmed()

    def text(self) -> str:
        """All lines without their styles."""
        return "\n".join(plain_text(line) for line in self.lines)

    def clear(self) -> None:
        """Forget every line; the style goes on."""
        self.lines[:] = [[]]
        self._row = self._column = 0

    def _trimmed(self) -> Change:
        removed = max(0, len(self.lines) - self._limit)
        if removed:
            del self.lines[:removed]
            self._row -= removed
        return Change(removed, max(0, self._first - removed))

    def _top(self) -> int:
        return max(0, len(self.lines) - self._screen)

    def _touch(self) -> Line:
        self._first = min(self._first, self._row)
        return self.lines[self._row]

    def _write(self, text: str) -> None:
        while text:
            if self._column >= LONGEST_LINE:
                self._new_line()
            part, text = text[: LONGEST_LINE - self._column], text[LONGEST_LINE - self._column :]
            line = self._touch()
            width = sum(len(run) for run, _ in line)
            if self._column == width:
                _append(line, part, self._style)
            else:
                line[:] = _overwritten(line, self._column, part, self._style)
            self._column += len(part)

    def _new_line(self) -> None:
        self._column = 0
        self._row += 1
        if self._row == len(self.lines):
            self.lines.append([])

    def _control(self, character: str) -> None:
        if character == "\n":
            self._new_line()
        elif character == "\r":
            self._column = 0
        elif character == "\b":
            self._column = max(0, self._column - 1)
        elif character == "\t":
            self._write(" " * (8 - self._column % 8))

    def _sequence(self, final: str, arguments: str) -> None:
        if final == "m":
            self._style = restyled(self._style, _numbers(arguments, 0))
            return
        numbers = _numbers(arguments, -1)
        count = max(1, numbers[0])
        if final in "AF":
            self._row = max(self._top(), self._row - count)
        elif final in "BE":
            self._row = min(len(self.lines) - 1, self._row + count)
        elif final == "C":
            self._column = min(LONGEST_LINE, self._column + count)
        elif final == "D":
            self._column = max(0, self._column - count)
        elif final == "G":
            self._column = min(LONGEST_LINE, count - 1)
        elif final == "H":
            self._place(count, max(1, numbers[1] if len(numbers) > 1 else 1))
        elif final in "JK":
            self._erase(final, max(0, numbers[0]))
        if final in "EF":
            self._column = 0

    def _place(self, row: int, column: int) -> None:
        self._row = self._top() + min(row, self._screen) - 1
        while self._row >= len(self.lines):
            self.lines.append([])
        self._column = min(LONGEST_LINE, column - 1)

    def _erase(self, final: str, how: int) -> None:
        line = self._touch()
        if how == 0:
            line[:] = _cut(line, 0, self._column)
        elif how == 1:
            rest = _cut(line, self._column + 1, LONGEST_LINE)  # what stands at the cursor goes too
            line[:] = [(" " * (self._column + 1), PLAIN), *rest] if rest else []
        else:
            line[:] = []
        if final == "J" and how == 0:
            del self.lines[self._row + 1 :]
        elif final == "J" and how >= 2:
            top = self._top()
            self._first = min(self._first, top)
            for other in self.lines[top:]:
                other[:] = []


def plain_text(line: Line) -> str:
    """The characters of a line."""
    return "".join(run for run, _ in line)


def restyled(style: Style, codes: list[int]) -> Style:
    """A style after an SGR sequence with these codes; those that are not known change nothing."""
    remaining = iter(codes)
    for code in remaining:
        if code in _SWITCHES:
            style = _SWITCHES[code](style)
        elif code == 38:
            style = replace(style, foreground=_extended(remaining))
        elif code == 48:
            style = replace(style, background=_extended(remaining))
        elif 30 <= code % 60 <= 37 and code < 100:
            style = replace(style, foreground=_named(code))
        elif 40 <= code % 60 <= 47 and code < 110:
            style = replace(style, background=_named(code))
    return style


_SWITCHES: dict[int, Callable[[Style], Style]] = {
    0: lambda _: PLAIN,
    1: lambda style: replace(style, bold=True),
    2: lambda style: replace(style, faint=True),
    3: lambda style: replace(style, italic=True),
    4: lambda style: replace(style, underline=True),
    7: lambda style: replace(style, inverse=True),
    22: lambda style: replace(style, bold=False, faint=False),
    23: lambda style: replace(style, italic=False),
    24: lambda style: replace(style, underline=False),
    27: lambda style: replace(style, inverse=False),
    39: lambda style: replace(style, foreground=""),
    49: lambda style: replace(style, background=""),
}


def _named(code: int) -> str:
    return ("bright " if code >= 90 else "") + COLOURS[code % 10]


def _extended(codes: Iterator[int]) -> str:
    mode = next(codes, -1)
    if mode == 2:
        red, green, blue = (min(255, max(0, next(codes, 0))) for _ in range(3))
        return f"#{red:02x}{green:02x}{blue:02x}"
    return _indexed(next(codes, 0)) if mode == 5 else ""


def _indexed(index: int) -> str:
    """One of xterm's 256 colours: 16 named ones, a 6 x 6 x 6 cube, 24 greys."""
    if index < 16:
        return ("bright " if index >= 8 else "") + COLOURS[index % 8]
    if index >= 232:
        level = min(255, 8 + 10 * (index - 232))
        return f"#{level:02x}{level:02x}{level:02x}"
    steps = (0, 95, 135, 175, 215, 255)
    cube = index - 16
    return f"#{steps[cube // 36]:02x}{steps[cube // 6 % 6]:02x}{steps[cube % 6]:02x}"


def _numbers(arguments: str, default: int) -> list[int]:
    parts = arguments.replace(":", ";").split(";")
    return [min(int(part), 1_000_000) if part.isdecimal() and len(part) < 8 else default for part in parts]


def _append(line: Line, text: str, style: Style) -> None:
    if line and line[-1][1] == style:
        line[-1] = (line[-1][0] + text, style)
    else:
        line.append((text, style))


def _overwritten(line: Line, column: int, text: str, style: Style) -> Line:
    width = sum(len(run) for run, _ in line)
    before = _cut(line, 0, column)
    gap = [(" " * (column - width), PLAIN)] * (column > width)
    return _joined([*before, *gap, (text, style), *_cut(line, column + len(text), width)])


def _cut(line: Line, start: int, end: int) -> Line:
    """Columns ``start`` to ``end`` of a line."""
    result, position = [], 0
    for run, style in line:
        part = run[max(0, start - position) : max(0, end - position)]
        if part:
            result.append((part, style))
        position += len(run)
    return result


def _joined(runs: Line) -> Line:
    return [("".join(text for text, _ in group), style) for style, group in groupby(runs, key=lambda run: run[1])]
