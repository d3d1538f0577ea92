"""Gradient statistics of a whole pass without keeping a gradient and without waiting for the device at each node.

A prehook hands every gradient to ``Reducer.add``. It waits in a chunk of at most 64 tensors or 8 MiB; then the chunk is
grouped by (numel, dtype, device), each group is laid out as rows and measured by a few batched kernels, and every
reference is dropped. Large tensors are measured at once. Gradients on their way into a leaf are never held, because
torch's AccumulateGrad makes the gradient itself the leaf's ``.grad`` when nobody else holds it and must copy it
otherwise: a small one waits as a copy, which is cheaper than its own kernels. On CPU results are read as soon as a
chunk is measured; elsewhere they stay on the device until ``finish``, which waits for it once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch._C import DisableTorchFunction
from torch._C._nn import flatten_dense_tensors

from ..wire.messages import STATISTIC_COLUMNS
from ..wire.table import Table
from .measures import (
    NAMES,
    computable,
    counted_columns,
    flat,
    full_columns,
    norms,
    out_of_range,
    read_magnitudes,
    row_columns,
    small_columns,
    wide_type,
)
from .tensors import is_direct, padded, plain, quiet, untouchable

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

CHUNK_TENSORS = 64
CHUNK_ELEMENTS = 8 * 1024 * 1024 // 4
LARGE_ELEMENTS = 64 * 1024
COPIED_ELEMENTS = 16 * 1024
_NO_ELEMENTS = (0.0, 0.0, 0.0, 0.0)
_UNMEASURED = (-1.0,) * len(NAMES)

Place = tuple[int, int]
Row = tuple[float, ...]


class Reducer:
    """Collects the statistics of one pass.

    Args:
        leaves: the nodes whose gradients go into a leaf's ``.grad``. Without it every node is taken for one.
        full: measure every column of STATISTIC_COLUMNS, not only norm and max_abs.
        rotation: measure max_abs of only one in so many nodes, those with (node + turn) % rotation == 0.
    """

    def __init__(
        self, leaves: Container[int] | None = None, full: bool = False, rotation: int = 1, turn: int = 0
    ) -> None:
        self.left_alone: dict[int, str] = {}
        self._leaves = leaves
        self._full = full
        self._rotation = rotation
        self._turn = turn
        self._rows: list[Row] = []
        self._chunk: list[tuple[int, int, torch.Tensor]] = []
        self._elements = 0
        self._deferred: list[tuple[list[Place], int, torch.Tensor]] = []

    def add(self, node: int, output: int, gradient: torch.Tensor | None) -> None:
        """Take in what is about to pass ``output`` of ``node``; to be called from its prehook."""
        if gradient is None:
            self._rows.append((node, output, 0.0, *_UNMEASURED[:1], *_UNMEASURED, *_NO_ELEMENTS))
            return
        leaf = self._leaves is None or node in self._leaves
        with DisableTorchFunction():  # a function mode would see even the question for a size
            size = gradient.numel()
            at_once = size > (COPIED_ELEMENTS if leaf else LARGE_ELEMENTS) or (leaf and not is_direct(gradient))
        if at_once:
            self._measure([(node, output, gradient)])
            return
        if leaf:
            with quiet():
                gradient = gradient if untouchable(gradient) else gradient.clone()
        self._chunk.append((node, output, gradient))
        self._elements += size
        if len(self._chunk) >= CHUNK_TENSORS or self._elements >= CHUNK_ELEMENTS:
            self._flush()

    def finish(self) -> Table:
        """Everything measured since the last ``finish``, in STATISTIC_COLUMNS; waits for each device once."""
        self._flush()
        self._fetch()
        rows, self._rows = self._rows, []
        columns = zip(*rows, strict=True) if rows else ((),) * len(STATISTIC_COLUMNS)
        return Table.from_columns("f8", dict(zip(STATISTIC_COLUMNS, columns, strict=True)))

    def _flush(self) -> None:
        chunk, self._chunk, self._elements = self._chunk, [], 0
        if chunk:
            self._measure(chunk)

    def _measure(self, chunk: list[tuple[int, int, torch.Tensor]]) -> None:
        groups: dict[tuple[int, torch.dtype, torch.device], tuple[list[Place], list[torch.Tensor]]] = {}
        with quiet():
            for node, output, gradient in chunk:
                reason = untouchable(gradient)
                if reason:
                    self.left_alone[node] = reason
                    self._rows.append((node, output, 1.0, gradient.numel(), *_UNMEASURED, *_NO_ELEMENTS))
                    continue
                values = gradient if is_direct(gradient) else plain(gradient)
                places, members = groups.setdefault((values.numel(), values.dtype, values.device), ([], []))
                places.append((node, output))
                members.append(values)
            for (count, _, device), (places, members) in groups.items():
                if count > LARGE_ELEMENTS:
                    for place, values in zip(places, members, strict=True):
                        self._measure_large(place, values)
                    continue
                rows = _as_rows(members, count)
                if device.type == "cpu":
                    self._read(places, count, rows)
                else:
                    self._deferred.append((places, count, self._columns(rows, count)))

    def _columns(self, rows: torch.Tensor, count: int) -> torch.Tensor:
        """What must be kept on the device of a group, without a reference into any gradient."""
        if count <= 4:
            return rows.to(wide_type(rows.device), copy=True)
        return row_columns(rows) if self._full else counted_columns(rows)

    def _read(self, places: list[Place], count: int, rows: torch.Tensor) -> None:
        """Statistics of a group on CPU, at once."""
        if count <= 4:
            self._tell_small(places, rows.to(torch.float64).tolist())
        elif self._full:
            self._tell(places, count, row_columns(rows).t().tolist())
        else:
            self._tell(places, count, self._light(places, count, computable(rows)))

    def _light(self, places: list[Place], count: int, rows: torch.Tensor) -> list[Sequence[float]]:
        largest = self._largest(places, rows)
        measured: list[Sequence[float]] = []
        lost = []
        for index, norm in enumerate(norms(rows).tolist()):
            if norm == largest[index] == 0.0:
                measured.append((0.0, 0.0, 0.0, 0.0, count, 0.0, 0.0))
                continue
            if out_of_range(norm, count):
                lost.append(index)
            measured.append((norm, largest[index], -1.0, -1.0, -1.0, 0.0, 0.0))
        if lost:
            again = self._exact(rows if len(lost) == len(places) else rows[lost])
            for index, columns in zip(lost, again, strict=True):
                measured[index] = columns
        return measured

    @staticmethod
    def _exact(rows: torch.Tensor) -> Iterable[Sequence[float]]:
        """Rows whose norm left the range of float32, measured in float64."""
        if rows.shape[1] > LARGE_ELEMENTS:
            return [full_columns(row).reshape(-1).tolist() for row in rows]
        return [_light_row(*columns) for columns in counted_columns(rows).t().tolist()]

    def _largest(self, places: list[Place], rows: torch.Tensor) -> list[float]:
        if self._rotation == 1:
            return read_magnitudes(rows)
        due = [index for index, (node, _) in enumerate(places) if (node + self._turn) % self._rotation == 0]
        largest = [-1.0] * len(places)
        if due:
            measured = read_magnitudes(rows if len(due) == len(places) else rows[due])
            for index, value in zip(due, measured, strict=True):
                largest[index] = value
        return largest

    def _measure_large(self, place: Place, values: torch.Tensor) -> None:
        """One tensor that is worth its own kernels; never copied as a whole."""
        numbers, repeats = flat(values)
        light = not self._full and values.dtype in (torch.float32, torch.float64) and repeats == 1
        if light and values.device.type == "cpu":
            self._tell([place], values.numel(), self._light([place], values.numel(), numbers.unsqueeze(0)))
            return
        columns = full_columns(values)
        if values.device.type == "cpu":
            self._tell([place], values.numel(), columns.t().tolist())
        else:
            self._deferred.append(([place], values.numel(), columns))

    def _tell(self, places: list[Place], count: int, measured: Iterable[Sequence[float]]) -> None:
        for (node, output), columns in zip(places, measured, strict=True):
            self._rows.append((node, output, 1.0, count, *columns, *_NO_ELEMENTS))

    def _tell_small(self, places: list[Place], elements: list[list[float]]) -> None:
        for (node, output), values in zip(places, elements, strict=True):
            self._rows.append((node, output, 1.0, len(values), *small_columns(values), *padded(values)))

    def _fetch(self) -> None:
        """Bring over what waits on devices, one transfer a device."""
        deferred, self._deferred = self._deferred, []
        by_device: dict[torch.device, list[tuple[list[Place], int, torch.Tensor]]] = {}
        for entry in deferred:
            by_device.setdefault(entry[2].device, []).append(entry)
        for entries in by_device.values():
            with quiet():
                numbers = torch.cat([columns.reshape(-1) for _, _, columns in entries]).to("cpu", torch.float64)
            start = 0
            for places, count, columns in entries:
                end = start + columns.numel()
                self._decode(places, count, numbers[start:end].view(columns.shape))
                start = end

    def _decode(self, places: list[Place], count: int, columns: torch.Tensor) -> None:
        if count <= 4:
            self._tell_small(places, columns.tolist())
        elif len(columns) == len(NAMES):
            self._tell(places, count, columns.t().tolist())
        else:
            self._tell(places, count, [_light_row(*row) for row in columns.t().tolist()])


def parameter_norms(tensors: Sequence[torch.Tensor | None]) -> list[float]:
    """The 2-norm of each tensor, -1 for None and for what must be left alone; waits for each device once."""
    reducer = Reducer(range(0), rotation=len(tensors) + 1, turn=1)
    for index, tensor in enumerate(tensors):
        if tensor is not None:
            reducer.add(index, 0, tensor)
    table = reducer.finish()
    measured, places = [-1.0] * len(tensors), table.column("node")
    for position, norm in enumerate(table.column("norm")):
        measured[int(places[position])] = float(norm)
    return measured


def snapshot(tensors: Sequence[torch.Tensor], budget: int) -> list[torch.Tensor | None]:
    """Copies of tensors to measure an update by, first come first kept, within ``budget`` bytes; None beyond it."""
    copies: list[torch.Tensor | None] = []
    with quiet():
        for tensor in tensors:
            size = tensor.numel() * tensor.element_size()
            if size > budget or untouchable(tensor):
                copies.append(None)
                continue
            budget -= size
            copies.append(plain(tensor).clone())
    return copies


def difference(tensors: Sequence[torch.Tensor], before: Sequence[torch.Tensor | None]) -> list[float]:
    """||now - before|| of each tensor, -1 where there is no copy or the shape is another."""
    changes: list[torch.Tensor | None] = []
    with quiet():
        for tensor, old in zip(tensors, before, strict=True):
            now = None if old is None or untouchable(tensor) else plain(tensor)
            if now is None or old is None or now.shape != old.shape or now.device != old.device:
                changes.append(None)
            else:
                changes.append(computable(now) - computable(old))
    return parameter_norms(changes)


def _light_row(norm: float, largest: float, nan: float, inf: float) -> Row:
    """NAMES when only these four were measured."""
    return (norm, largest, -1.0, -1.0, -1.0, nan, inf)


def _as_rows(members: list[torch.Tensor], count: int) -> torch.Tensor:
    """Tensors of ``count`` elements as rows of one, each in the order of its own memory."""
    if len(members) == 1:
        return members[0].reshape(1, count)
    return flatten_dense_tensors(members).view(len(members), count)
