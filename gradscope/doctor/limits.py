"""Numbers out of range, memory that is used up, workers that died."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gradscope.graph.formats import format_bytes, format_shape

from .findings import Finding, Place, place
from .speech import modules, says, tensors

if TYPE_CHECKING:
    from gradscope.graph.fault import Fault
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState

_MOST_HOLDERS = 6
_WORKER_LINE = re.compile(r'File "(.+?)", line (\d+), in (\S+)\n\s*(.*)')


def embedding_index(fault: Fault, state: RunState) -> Finding | None:
    """*index out of range in self*: a number that an embedding has no row for."""
    del state
    if "index out of range in self" not in fault.message:
        return None
    index = next((one for one in tensors(fault) if one.low is not None), None)
    weight = next((one for one in tensors(fault) if len(one.shape) == 2 and one.low is None), None)
    layer = next(
        (one.name for one in modules(fault) if one.type.startswith("Embedding")), fault.module or "the embedding"
    )
    rows = weight.shape[0] if weight is not None else None
    if rows is None:
        said = next(
            (re.match(r"(\d+), ", one.text) for one in modules(fault) if one.type.startswith("Embedding")), None
        )
        rows = int(said[1]) if said else None
    name = index.name if index is not None else "the indices"
    values = f"{name} holds {index.low} to {index.high}" if index is not None else f"{name} goes too far"
    has = f"{layer} has {rows} rows, 0 to {rows - 1}" if rows is not None else f"{layer} has fewer rows"
    need = f"num_embeddings={index.high + 1}" if index is not None and index.high is not None else "more num_embeddings"
    return says(
        fault,
        "index-out-of-range",
        f"{name} holds a number that {layer} has no row for",
        f"{values}; {has}.",
        f"Build {layer} with at least {need}, or correct the numbers (padding and unknown words count too).",
        place(fault.frames[0] if fault.frames else None, "the look-up"),
        detail_helps=index is None,
    )


def target_class(fault: Fault, state: RunState) -> Finding | None:
    """*Target n is out of bounds*: a class that the scores have no column for."""
    del state
    said = re.search(r"Target (-?\d+) is out of bounds", fault.message)
    if said is None:
        return None
    found = tensors(fault)
    target = next((one for one in found if one.low is not None), None)
    scores = next((one for one in found if one.dtype.startswith(("float", "bfloat")) and len(one.shape) > 1), None)
    classes = scores.shape[1] if scores is not None else None
    name = target.name if target is not None else "the target"
    has = (
        f"{scores.name} has {classes} columns, for classes 0 to {classes - 1}" if scores is not None and classes else ""
    )
    counted = (
        " Classes seem to be counted from 1."
        if target is not None and target.low == 1 and classes == target.high
        else ""
    )
    fix = (
        f"Count from 0: {name} - 1." if counted else f"Make the last layer {int(said[1]) + 1} wide, or correct {name}."
    )
    return says(
        fault,
        "target-out-of-range",
        f"{name} names class {said[1]}, which there is no score for",
        f"{name} holds {said[1]}{f'; {has}' if has else ''}.{counted}",
        fix,
        place(fault.frames[0] if fault.frames else None, "the loss"),
        detail_helps=scores is None,
    )


def memory(fault: Fault, state: RunState) -> Finding | None:
    """Out of memory, with what the graph holds by node."""
    said = fault.message.lower()
    if not any(words in said for words in ("out of memory", "can't allocate memory", "not enough memory")):
        return None
    graph = state.graph
    held = graph.bytes_held() if graph is not None and graph.saved else 0
    rows = _holders(graph) if graph is not None else []
    sentence = "There was no memory left for this operation."
    if held:
        sentence += f" The graph on screen keeps {format_bytes(held)} alive for its backward, beyond its parameters."
    fix = (
        "Make the batch smaller, use checkpointing for the largest module, or autocast; and keep no loss with its graph"
        " in a list (use loss.item())."
    )
    return says(
        fault,
        "out-of-memory",
        "Out of memory" + (f": {fault.frames[0].source}" if fault.frames and fault.frames[0].source else ""),
        sentence,
        fix,
        place(fault.frames[0] if fault.frames else None, "asked for more"),
        tuple(rows),
        detail_helps=not held,
    )


def _holders(graph: GraphSnapshot) -> list[tuple[str, str]]:
    sizes: dict[int, int] = {}
    counted: set[int] = set()
    for entry in graph.saved:
        if entry.leaf < 0 and entry.memory >= 0 and entry.memory not in counted:
            counted.add(entry.memory)
            sizes[entry.node] = sizes.get(entry.node, 0) + entry.held
    largest = sorted(sizes, key=lambda node: -sizes[node])[:_MOST_HOLDERS]
    return [
        (f"{graph.text(node, 'title')} ({graph.text(node, 'op')})", f"holds {format_bytes(sizes[node])}")
        for node in largest
    ]


def loader_worker(fault: Fault, state: RunState) -> Finding | None:
    """A worker of a DataLoader died, or raised."""
    del state
    raised = "in DataLoader worker process" in fault.message
    died = re.search(r"DataLoader worker \(pid(?:\(s\))? ([\d, ]+)\)", fault.message)
    if not raised and died is None:
        return None
    lines = _WORKER_LINE.findall(fault.message)
    own = [line for line in lines if "site-packages" not in line[0] and "/torch/" not in line[0]]
    places = tuple(
        Place(file, int(line), function, text.strip(), "in the worker") for file, line, function, text in own[::-1]
    )
    last = fault.message.strip().splitlines()[-1]
    if raised:
        return says(
            fault,
            "loader-worker",
            f"The dataset raised in a worker: {last}",
            f"A DataLoader worker came to {last} while it fetched an example; the training process only hears of it.",
            "Mend it there; with num_workers=0 the same error comes with its own traceback.",
            places,
        )
    return says(
        fault,
        "loader-worker",
        "A DataLoader worker died",
        f"The worker process {died[1] if died else ''} ended without a word: killed for memory, or crashed in"
        " native code.",
        "Try num_workers=0 to see the error itself; if memory is short use fewer workers; in a container enlarge"
        " /dev/shm.",
        places or place(fault.frames[0] if fault.frames else None, "waited for it here"),
    )


def sizes(fault: Fault) -> str:
    """The shapes at the failing line, for a title."""
    return ", ".join(format_shape(one.shape) for one in tensors(fault)[:3])
