"""*One of the variables needed for gradient computation has been modified by an inplace operation*: which, and where.

The engine says a shape, a maker and two versions. The node that needs the tensor is found among those whose saved
tensors are still there: what ran before it has let go of its own. The line that changed it is exact where the recorder
saw the write (detail level); else the user's source is searched for in-place writes to that name, and what is found is
marked as a guess.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import torch

from ..wire.faults import Mutation, TraceLine, Write
from . import compat, traces
from .catching import tree_of
from .naming import tensor_names, user_frames
from .records import OperationFinder
from .saved import SavedTensors
from .writes import address_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

    from .parts import Parts
    from .walk import Walk
    from .writes import Writes

MOST_GUESSES = 6
_SAID = re.compile(
    r"modified by an inplace operation: \[\S+ \[([\d, ]*)\]\](?:, which is output (\d+) of ([\w:]+),)? "
    r"is at version (\d+); expected version (\d+)"
)
_INPLACE_WORDS = ("inplace", "out")


class Saved:
    """One saved tensor that may be the one that the engine speaks of."""

    __slots__ = ("address", "own", "row", "saved_as", "version")

    def __init__(self, row: int, saved_as: str, tensor: torch.Tensor, own: bool) -> None:
        self.row, self.saved_as, self.own = row, saved_as, own
        self.version, self.address = compat.version(tensor), address_of(tensor)


def mutation(
    parts: Parts, seen: Walk, writes: Writes, message: str, last: int, frame: FrameType | None
) -> Mutation | None:
    """What the engine's message means in this graph; None if it says something else. ``last``: the row that runs."""
    said = _SAID.search(message)
    if said is None:
        return None
    shape = tuple(int(size) for size in said[1].split(",") if size.strip())
    maker_op, found, expected = (said[3] or "").rpartition("::")[2], int(said[4]), int(said[5])
    saved = _find(seen, shape, maker_op, found, last)
    told = Mutation("", shape, expected, found, maker_op=maker_op)
    if saved is None:
        return told
    finder = OperationFinder(parts.records.attributable())
    notes = writes.between(saved.address, expected, found)
    maker = saved.row if saved.own else _child(seen, saved.row, maker_op)
    name = _name(parts, saved, shape, frame) or next((note.name for note in notes if note.name), "")
    maker_record = finder.find(compat.node_sequence(seen.nodes[maker])) if maker >= 0 else None
    if not name and maker_record is not None:
        name = maker_record.variable or maker_record.expression
    seen_writes = tuple(note.write() for note in notes)
    return Mutation(
        name,
        shape,
        expected,
        found,
        saved.row,
        seen.names[saved.row],
        saved.saved_as,
        _place(finder, seen, saved.row),
        maker,
        seen.names[maker] if maker >= 0 else maker_op,
        _place(finder, seen, maker),
        seen_writes or tuple(guesses(name, frame)),
    )


def _find(seen: Walk, shape: tuple[int, ...], maker: str, found: int, last: int) -> Saved | None:
    reader = SavedTensors(seen, lambda _: -1)
    rows = [last] if last >= 0 else sorted(range(len(seen.nodes)), key=lambda row: -_number(seen, row))
    for row in (*rows, *range(len(seen.nodes) if last >= 0 else 0)):
        for name, entry in reader.entries(seen.nodes[row]):
            tensor = _data(entry)
            if tensor is None or tuple(tensor.shape) != shape:
                continue
            own = name in ("result", "output", "out") or name.startswith("result")
            if own or compat.version(tensor) == found:
                if own and maker and seen.names[row] != maker and compat.version(tensor) != found:
                    continue
                return Saved(row, name, tensor, own)
    return None


def _number(seen: Walk, row: int) -> int:
    return compat.node_sequence(seen.nodes[row]) if row not in seen.leaves else -1


def _data(entry: Any) -> torch.Tensor | None:
    try:
        tensor = entry.data if entry.unpack_hook is None else None
    except (RuntimeError, AttributeError):
        return None
    return tensor if isinstance(tensor, torch.Tensor) else None


def _child(seen: Walk, row: int, maker: str) -> int:
    """The node that made what ``row`` saved, if the name that the engine gave is that of one of its inputs."""
    children = [source for source, _, target, _ in seen.edges if target == row and seen.names[source] == maker]
    return children[0] if len(children) == 1 else -1


def _name(parts: Parts, saved: Saved, shape: tuple[int, ...], frame: FrameType | None) -> str:
    """What the user calls the memory: a parameter, or a variable of a frame that is still there."""
    if saved.address <= 0:
        return ""
    for index, leaf in parts.parameters.living():
        if address_of(leaf) == saved.address:
            return parts.parameters.name(index)
    alike = ""
    for one in user_frames(start=frame) if frame is not None else ():
        names = tensor_names(one)
        for value in _tensors(one):
            if id(value) in names and address_of(value) == saved.address:
                if tuple(value.shape) == shape:
                    return names[id(value)]
                alike = alike or names[id(value)]
    return alike


def _tensors(frame: FrameType) -> Iterator[torch.Tensor]:
    for space in (frame.f_locals, frame.f_globals):
        for value in list(space.values()):
            held = value if type(value) in (list, tuple) else (value,)
            yield from (item for item in held if issubclass(type(item), torch.Tensor))


def _place(finder: OperationFinder, seen: Walk, row: int) -> TraceLine | None:
    record = finder.find(compat.node_sequence(seen.nodes[row])) if row >= 0 else None
    return traces.trace_line(record.file, record.line, record.scope) if record is not None and record.file else None


def guesses(name: str, frame: FrameType | None) -> list[Write]:
    """In-place writes in the source of the user's frames and of the modules they use, those to ``name`` first."""
    files = user_files(frame)
    found = [write for file in files for write in _writes_in(file)]
    plain = name.rpartition(".")[2] if name else ""
    named = [one for one, target in found if name and target in (name, plain, f"self.{plain}")]
    chosen = named or [one for one, _ in found if not name or name.isidentifier()]
    return chosen[:MOST_GUESSES]


def user_files(frame: FrameType | None) -> list[str]:
    """The files of the frames around, and those of the modules that are among their variables."""
    files: dict[str, None] = {}
    for one in user_frames(start=frame) if frame is not None else ():
        files.setdefault(one.f_code.co_filename)
        for value in list(one.f_globals.values()):
            code = getattr(getattr(type(value), "forward", None), "__code__", None)
            if isinstance(value, torch.nn.Module) and code is not None:
                files.setdefault(code.co_filename)
                for part in value.modules():
                    inner = getattr(type(part).forward, "__code__", None)
                    if inner is not None:
                        files.setdefault(inner.co_filename)
    torch_files = traces.torch_folder()
    return [file for file in files if not file.startswith((torch_files, "<"))]


def _writes_in(file: str) -> Iterable[tuple[Write, str]]:
    tree = tree_of(file)
    if tree is None:
        return
    for function, node in _statements(tree):
        for target, operation, line in _written(node):
            place = traces.trace_line(file, line, function)
            yield Write(place, operation, guess=True), target


def _statements(tree: ast.AST, function: str = "<module>") -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(tree):
        yield function, child
        inside = child.name if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) else function
        yield from _statements(child, inside)


def _written(node: ast.AST) -> Iterator[tuple[str, str, int]]:
    """(target, operation, line) of what a statement or an expression may write in place."""
    if isinstance(node, ast.AugAssign):
        yield ast.unparse(node.target).partition("[")[0], f"{_SIGNS.get(type(node.op), '?')}=", node.lineno
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                yield ast.unparse(target.value), "[...] =", node.lineno
    elif isinstance(node, ast.Call):
        attribute = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if attribute.endswith("_") and not attribute.endswith("__") and attribute not in ("requires_grad_", "detach_"):
            assert isinstance(node.func, ast.Attribute)
            yield ast.unparse(node.func.value).partition("[")[0], attribute, node.lineno
        for keyword in node.keywords:
            on = not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
            if keyword.arg in _INPLACE_WORDS and on:
                target = node.args[0] if keyword.arg == "inplace" and node.args else keyword.value
                yield ast.unparse(target), f"{keyword.arg}=", node.lineno


_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
}
