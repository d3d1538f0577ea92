"""What is said of an exception that no other rule knows, and of one of anomaly mode."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .findings import Finding, node_place, place
from .speech import doing, says

if TYPE_CHECKING:
    from gradscope.graph.fault import Fault
    from gradscope.graph.state import RunState


def anomaly(fault: Fault, state: RunState) -> Finding | None:
    """*Function 'X' returned nan values in its nth output*: torch's own NaN guard stopped backward."""
    said = re.search(r"Function '(\w+)' returned nan values in its (\d+)\w\w output", fault.message)
    if said is None:
        return None
    made = place(fault.made, f"{said[1]} was made here")
    graph = state.graphs.get(fault.fingerprint)
    if not made and graph is not None:
        made = node_place(graph, fault.node, f"{said[1]} was made here")
    line = f" The forward made it by {made[0].source} (line {made[0].line})." if made and made[0].source else ""
    return says(
        fault,
        "nan-in-backward",
        f"{said[1]} made NaN out of a finite gradient",
        f"Anomaly mode stopped backward: {said[1]} returned NaN in output {said[2]}.{line}",
        _NAN_FIXES.get(said[1].removesuffix("0"), "Look at its input: a division by 0, a root or a logarithm of 0."),
        made,
        detail_helps=not made,
    )


_NAN_FIXES = {
    "SqrtBackward": "The derivative of a root is infinite at 0: add a small number under it, torch.sqrt(x + 1e-8).",
    "LogBackward": "The derivative of a logarithm is infinite at 0: torch.log(x.clamp_min(1e-8)).",
    "DivBackward": "Something was divided by 0: add a small number below.",
    "PowBackward": "A power below 1 has an infinite derivative at 0, and of a negative number none.",
    "AcosBackward": "acos has an infinite derivative at -1 and 1: clamp a little inside.",
    "NormBackward": "The derivative of a norm is undefined at 0: add a small number.",
    "LinalgVectorNormBackward": "The derivative of a norm is undefined at 0: add a small number.",
    "StdBackward": "The derivative of std is undefined where all elements are equal: add a small number.",
}


def anything(fault: Fault, state: RunState) -> Finding | None:
    """Type, message and lines."""
    del state
    first = fault.message.strip().split("\n")[0][:300]
    inside = {
        "operation": f" in {doing(fault)}",
        "module": f" in {fault.module or 'the model'}",
        "backward": " in backward",
    }
    return says(
        fault,
        "exception",
        f"{fault.type}: {first}" if first else fault.type,
        f"The script raised {fault.type}{inside.get(fault.place, '')}, in iteration {max(fault.iteration, 0)}, phase"
        f" {fault.phase}.",
        "Look at the tensors of the failing line, below and in the tab Variables.",
        (),
        (("caused by", fault.cause),) if fault.cause else (),
    )
