"""*Trying to backward through the graph a second time*: both calls, the nodes they share, the tensor between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.graph.formats import format_count

from .findings import Finding, place
from .speech import says

if TYPE_CHECKING:
    from gradscope.graph.fault import Fault, Reuse
    from gradscope.graph.state import RunState


def second_backward(fault: Fault, state: RunState) -> Finding | None:
    """The graph was freed by an earlier backward."""
    del state
    if "backward through the graph a second time" not in fault.message:
        return None
    reuse = fault.reuse
    if reuse is None:
        return says(
            fault,
            "second-backward",
            "Backward came to nodes that an earlier backward has freed",
            "Nodes of this graph ran before, and what they had saved is gone.",
            "Call backward() once for each forward, or detach() what is carried over.",
            detail_helps=True,
        )
    name = reuse.carried or (f"the result of {reuse.carried_op}" if reuse.carried_op else "a tensor")
    return says(
        fault,
        "second-backward",
        f"{name} links this backward to a graph that is already freed",
        _sentence(fault, reuse, name),
        _remedy(reuse, name),
        (
            *place(reuse.carried_place, f"made {name}, which both backwards go through"),
            *place(reuse.first, f"the first backward, in iteration {reuse.first_iteration}: it freed the graph"),
            *place(reuse.second, f"the second backward, in iteration {fault.iteration}"),
        ),
        (("shared nodes", format_count(reuse.shared, "node")),),
        detail_helps=not reuse.carried,
    )


def _sentence(fault: Fault, reuse: Reuse, name: str) -> str:
    when = f"in iteration {reuse.first_iteration}"
    if reuse.first_iteration == fault.iteration:
        when = "earlier in this iteration"
    if reuse.same_root:
        return f"backward() was called on {name} {when} and is called on it again; its graph was freed by the first."
    count = format_count(reuse.shared, "node")
    return (
        f"{name} was made by a graph that the backward {when} has freed, and is part of this one too: {count} of it"
        " would have to run a second time."
    )


def _remedy(reuse: Reuse, name: str) -> str:
    if reuse.same_root:
        return "Call backward() once, or the first time with backward(retain_graph=True)."
    plain = name if name.isidentifier() else "it"
    if reuse.first_iteration >= 0 and plain != "it":
        return (
            f"Cut it between the two: {plain} = {plain}.detach(). If gradient should flow through both, sum the losses."
        )
    return "Detach what is carried over, or add the losses and call backward() once."
