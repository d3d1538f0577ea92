"""In-place operations that autograd refuses: on a tensor that a node saved, and on a leaf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.graph.formats import format_count, format_shape

from .findings import Finding, Place, place
from .speech import says, tensors

if TYPE_CHECKING:
    from gradscope.graph.fault import Fault, Mutation
    from gradscope.graph.state import RunState

_MODIFIED = "has been modified by an inplace operation"
_LEAF = "leaf Variable that requires grad is being used in an in-place operation"
_STEPS = "an optimizer's step"


def saved_tensor(fault: Fault, state: RunState) -> Finding | None:
    """*One of the variables needed for gradient computation has been modified by an inplace operation.*"""
    del state
    if _MODIFIED not in fault.message:
        return None
    changed = fault.mutation
    if changed is None:
        return says(
            fault,
            "inplace-on-saved",
            "A tensor that backward needs was changed",
            "An in-place operation wrote to a tensor after the forward had saved it for backward.",
            _remedy(""),
            detail_helps=True,
        )
    name = changed.name or f"a tensor of {format_shape(changed.shape)}"
    guess = bool(changed.writes) and all(one.guess for one in changed.writes)
    places = _places(changed)
    return says(
        fault,
        "inplace-on-saved",
        f"{name} was changed before backward could use it",
        _sentence(changed, name, guess),
        _remedy(changed.name, _writer(changed)),
        places,
        (("versions", f"saved at {changed.expected}, now at {changed.found}"),),
        guess,
        detail_helps=guess or not changed.writes,
    )


def _writer(changed: Mutation) -> str:
    if not changed.writes:
        return ""
    last = changed.writes[-1]
    return "step" if ".step(" in last.place.source else last.operation


def _sentence(changed: Mutation, name: str, guess: bool) -> str:
    saver = changed.saver_op or "a node"
    saved = f" ({changed.saver_place.source})" if changed.saver_place and changed.saver_place.source else ""
    times = changed.found - changed.expected
    first = f"{saver}{saved} saved {name} for its backward; then it was written to"
    first += f" {format_count(times, 'time')} in place" if times > 1 else " in place"
    if not changed.writes:
        return f"{first}. Which line did it was not seen: this iteration was captured in light level."
    lines = [f"{one.place.source or one.operation} (line {one.place.line})" for one in changed.writes[:3]]
    if guess:
        return f"{first}. Not seen, but found in the source: {'; or '.join(lines)}."
    return f"{first} by {'; then '.join(lines)}."


def _places(changed: Mutation) -> tuple[Place, ...]:
    found: tuple[Place, ...] = ()
    for one in changed.writes:
        if one.guess:
            note = f"may have written to it: {one.operation}"
        else:
            note = f"wrote to it: {one.operation}, version {one.before} to {one.after}"
        found += place(one.place, note)
    found += place(changed.saver_place, f"{changed.saver_op} saved it here")
    if changed.maker_place != changed.saver_place:
        found += place(changed.maker_place, f"{changed.maker_op} made it here")
    return found


def _remedy(name: str, operation: str = "") -> str:
    what = name or "the tensor"
    if operation == "step" or operation.startswith("_foreach"):
        return "Call backward() of every loss that needs these parameters before the optimizer's step()."
    signs = {"add_": "+", "+=": "+", "sub_": "-", "-=": "-", "mul_": "*", "*=": "*", "div_": "/", "/=": "/"}
    signs |= {"__iadd__": "+", "__isub__": "-", "__imul__": "*", "__itruediv__": "/"}
    if operation in signs and name.isidentifier():
        instead = f"{name} = {name} {signs[operation]} ..."
        return f"Write {instead} instead, which makes a new tensor; or do it after backward()."
    return f"Make a new tensor instead of writing to {what} ({what}.clone() first), or do it after backward()."


def leaf(fault: Fault, state: RunState) -> Finding | None:
    """*A leaf Variable that requires grad is being used in an in-place operation.*"""
    del state
    if _LEAF not in fault.message:
        return None
    known = [one for one in tensors(fault) if one.requires_grad and one.is_leaf]
    name = known[0].name if known else "a leaf"
    view = "a view of " if "a view of a leaf" in fault.message else ""
    return says(
        fault,
        "inplace-on-leaf",
        f"{name} is a leaf that takes a gradient: it cannot be written to while autograd records",
        f"This line writes in place to {view}{name}. Autograd could no longer tell what its gradient belongs to.",
        f"To change {name} by hand, do it under torch.no_grad(); to compute with it, make a new tensor: {name} + ...",
        place(fault.frames[0] if fault.frames else None, f"writes to {name}"),
    )
