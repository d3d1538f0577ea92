"""Names, shapes and lines of an exception, as the explanations say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.graph.formats import format_shape

from .findings import Finding, Place, place

if TYPE_CHECKING:
    from gradscope.graph.fault import Fault, Operand

MOST_FRAMES = 6
_MOST_EVIDENCE = 8


def tensors(fault: Fault) -> list[Operand]:
    """The tensors that were there, in the order in which they were given."""
    return [one for one in fault.operands if one.dtype]


def modules(fault: Fault) -> list[Operand]:
    """The modules that the failing line names, but the one it stands in."""
    return [one for one in fault.operands if one.text and not one.dtype and one.type not in ("int", "float")]


def kind(operand: Operand) -> str:
    """``4×12, float32``."""  # noqa: RUF002  # the sign that shapes take
    return f"{format_shape(operand.shape)}, {operand.dtype}"


def listed(words: list[str]) -> str:
    """``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def shapes(operands: list[Operand]) -> str:
    """``x is 4×12 and w is 10×3``."""  # noqa: RUF002  # the sign that shapes take
    return listed([f"{one.name} is {format_shape(one.shape)}" for one in operands])


def doing(fault: Fault) -> str:
    """What failed, as the user wrote it: the expression, else the operation, else the module."""
    return fault.expression or fault.operation or fault.module or "this line"


def evidence(fault: Fault) -> tuple[tuple[str, str], ...]:
    """Every tensor and module of the failing line."""
    rows = [
        (one.name, kind(one) if one.dtype else f"{one.type}({one.text})")
        for one in fault.operands
        if one.text or one.dtype
    ]
    rows = [
        (name, f"{text}, values {one.low} to {one.high}" if one.low is not None else text)
        for (name, text), one in zip(rows, [o for o in fault.operands if o.text or o.dtype], strict=True)
    ]
    return tuple(rows[:_MOST_EVIDENCE])


def trace(fault: Fault) -> tuple[Place, ...]:
    """The user's traceback as places, innermost first."""
    notes = ["raised here"] + ["called from here"] * MOST_FRAMES
    return tuple(
        one for line, note in zip(fault.frames[:MOST_FRAMES], notes, strict=False) for one in place(line, note)
    )


def says(
    fault: Fault,
    rule: str,
    title: str,
    sentence: str,
    fix: str,
    places: tuple[Place, ...] = (),
    more: tuple[tuple[str, str], ...] = (),
    guess: bool = False,
    detail_helps: bool = False,
) -> Finding:
    """A finding about an exception: its own lines first, then the traceback's that are not among them."""
    known = {(one.file, one.line) for one in places}
    rest = tuple(one for one in trace(fault) if (one.file, one.line) not in known)
    held = "It was seen when it left the script: finally and with blocks have run." if fault.unwound else ""
    return Finding(
        rule,
        "error",
        title,
        sentence,
        fix,
        subject=f"{fault.type} in iteration {fault.iteration}",
        node=fault.node,
        fingerprint=fault.fingerprint,
        iteration=fault.iteration,
        places=(*places, *rest),
        evidence=(*more, *evidence(fault), *((("held late", held),) if held and fault.held else ())),
        guess=guess,
        detail_helps=detail_helps and not fault.detail,
    )
