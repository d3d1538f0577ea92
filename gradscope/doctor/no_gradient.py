"""Exceptions for want of a gradient: a root without a graph, a root that is no scalar, a call of a flag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.graph.formats import format_shape

from .findings import Finding, Place, place
from .speech import says, tensors

if TYPE_CHECKING:
    from gradscope.graph.fault import Fault, GradientLost
    from gradscope.graph.state import RunState

_WHAT = {
    "detach": "{name}.detach() cuts the graph: what follows knows nothing of how {name} was made",
    "data": "{name}.data is the bare numbers: the graph ends here",
    "item": "{name}.item() makes a Python number, which autograd cannot follow",
    "tolist": "{name}.tolist() makes Python numbers, which autograd cannot follow",
    "numpy": "{name} goes through numpy, which autograd cannot follow",
    "tensor": "torch.tensor({name}) copies the numbers into a new tensor: the graph ends here",
    "argmax": "an index such as argmax has no gradient (of {name})",
    "round": "rounding has no useful gradient (of {name})",
    "no_grad": "recording is switched off here, so no graph is made",
    "inference_mode": "inference mode makes no graph",
    "integer": "whole numbers, which have no gradient, are made of {name}",
    "not_differentiable": "what is made of {name} here has no derivative in torch",
    "data_write": "{name} is written to behind autograd's back",
    "frozen": "{name} takes no gradient from here on",
}
_FIXES = {
    "detach": "Use {name} itself where the loss is computed; detach only what is printed or stored.",
    "data": "Use {name} instead of {name}.data.",
    "item": "Compute with the tensor; take .item() only to print it.",
    "tolist": "Compute with the tensor; take .tolist() only to print it.",
    "numpy": "Do the same with torch functions.",
    "tensor": "Use {name} as it is; to put tensors together take torch.stack or torch.cat.",
    "argmax": "Compute the loss from the scores themselves, as cross_entropy does.",
    "round": "Compute the loss before rounding.",
    "no_grad": "Move the forward and the loss out of torch.no_grad().",
    "inference_mode": "Move the forward and the loss out of torch.inference_mode().",
    "integer": "Compute the loss from floating-point scores, not from indices or comparisons.",
    "not_differentiable": "Compute the loss before this operation, or from another one that has a derivative.",
    "data_write": "Use a new tensor instead of writing into {name}.",
    "frozen": "Let some parameters take a gradient: parameter.requires_grad_(True).",
}


def no_graph(fault: Fault, state: RunState) -> Finding | None:
    """*Element 0 of tensors does not require grad and does not have a grad_fn.*"""
    del state
    if "does not require grad and does not have a grad_fn" not in fault.message:
        return None
    root = next((one.name for one in tensors(fault) if not one.requires_grad), "the tensor")
    places, sentence = _places(fault.lost), f"{root} has no grad_fn: nothing says how it was computed."
    fix = "Compute it from parameters that take a gradient, with torch operations, outside of torch.no_grad()."
    if fault.lost:
        first = fault.lost[0]
        name = first.name or "the tensor"
        sentence += (
            f" {'Probably: ' if first.guess else ''}{_WHAT[first.reason].format(name=name)} (line {first.place.line})."
        )
        fix = _FIXES[first.reason].format(name=name)
    elif fault.trained == 0 and fault.frozen > 0:
        sentence += f" None of the {fault.frozen} parameters takes a gradient."
        fix = _FIXES["frozen"]
    elif not fault.grad_enabled:
        sentence += " Recording is switched off here."
        fix = _FIXES["no_grad"]
    guess = bool(fault.lost) and fault.lost[0].guess
    more = (
        (("parameters", f"{fault.trained} take a gradient, {fault.frozen} are frozen"),) if fault.trained >= 0 else ()
    )
    return says(fault, "no-graph", f"{root} takes no gradient", sentence, fix, places, more, guess, True)


def _places(lost: tuple[GradientLost, ...]) -> tuple[Place, ...]:
    found: tuple[Place, ...] = ()
    for one in lost:
        note = _WHAT[one.reason].format(name=one.name or "the tensor")
        found += place(one.place, f"perhaps: {note}" if one.guess else note)
    return found


def not_scalar(fault: Fault, state: RunState) -> Finding | None:
    """*Grad can be implicitly created only for scalar outputs.*"""
    del state
    if "grad can be implicitly created only for scalar outputs" not in fault.message:
        return None
    root = next((one for one in tensors(fault) if one.requires_grad), None)
    name = root.name if root is not None else "the tensor"
    size = f"{format_shape(root.shape)}" if root is not None else "more than one element"
    return says(
        fault,
        "not-scalar",
        f"{name} is {size}, and backward() starts from one number",
        f"backward() was called on {name}, which is {size}. Of several numbers autograd cannot know which one to"
        " differentiate.",
        f"Reduce it first: {name}.mean().backward() or {name}.sum().backward(); or pass backward(gradient=...).",
        place(fault.frames[0] if fault.frames else None, "backward() is called here"),
    )


def flag_called(fault: Fault, state: RunState) -> Finding | None:
    """*'bool' object is not callable*, where a flag of a tensor was called for its method."""
    del state
    source = fault.frames[0].source if fault.frames else ""
    flags = ("requires_grad", "is_leaf", "is_cuda")
    called = next((flag for flag in flags if f".{flag}(" in source), "")
    if "'bool' object is not callable" not in fault.message or not called:
        return None
    instead = "requires_grad_" if called == "requires_grad" else called
    owner = source.partition(f".{called}(")[0].split()[-1:] or [""]
    return says(
        fault,
        "flag-called",
        f"{called} is a flag, not a method",
        f"{called} of {owner[0].split('(')[-1] or 'a tensor'} is True or False, and this line calls it.",
        f"Did you mean {instead}(...), with an underscore?"
        if instead != called
        else f"Leave the brackets away: .{called}",
        place(fault.frames[0] if fault.frames else None, "calls the flag"),
    )
