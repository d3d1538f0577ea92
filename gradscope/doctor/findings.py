"""What the doctor says: a rule, how bad it is, one sentence with the user's own names, lines, evidence and a remedy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from gradscope.graph.fault import TraceLine
    from gradscope.graph.snapshot import GraphSnapshot

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the user's code; ``note`` says what it has to do with the finding."""

    file: str
    line: int
    function: str = ""
    source: str = ""
    note: str = ""

    @property
    def short(self) -> str:
        """``train.py, line 12``."""
        return f"{PurePath(self.file).name}, line {self.line}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. ``node`` is one of the graph ``fingerprint`` (-1: none).

    ``subject`` is what it is about: two findings of one rule and subject are one. ``guess``: read from the source, or
    inferred, and not seen to happen. ``detail_helps``: the same run in detail level would know more.
    """

    rule: str
    severity: Severity
    title: str
    sentence: str
    fix: str
    subject: str = ""
    node: int = -1
    fingerprint: str = ""
    iteration: int = -1
    places: tuple[Place, ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()
    guess: bool = False
    detail_helps: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What makes two findings one."""
        return (self.rule, self.subject)


def place(line: TraceLine | None, note: str = "") -> tuple[Place, ...]:
    """A line that was told, with its note; nothing for a line that is not known."""
    if line is None or not line.file or line.line < 1:
        return ()
    return (Place(line.file, line.line, line.function, line.source, note),)


def node_place(graph: GraphSnapshot, node: int, note: str = "") -> tuple[Place, ...]:
    """The line that made a node."""
    source = graph.source(node) if 0 <= node < len(graph) else None
    return (Place(source.file, source.line, source.function, "", note),) if source is not None else ()


def where(places: tuple[Place, ...]) -> str:
    """`` at train.py, line 12``; "" where no line is known."""
    return f" at {places[0].short}" if places else ""


def text_of(finding: Finding) -> str:
    """A finding as plain text, to be copied or printed."""
    lines = [finding.title, "", finding.sentence]
    for one in finding.places:
        note = f"  ({one.note})" if one.note else ""
        lines.append(f"  {one.file}:{one.line}{note}")
        if one.source:
            lines.append(f"    {one.source}")
    lines += [f"  {name}: {value}" for name, value in finding.evidence]
    if finding.fix:
        lines += ["", f"To do: {finding.fix}"]
    if finding.guess:
        lines.append("This is a guess from the source; a run in detail level sees it happen.")
    return "\n".join(lines)
