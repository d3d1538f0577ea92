"""Gradient statistics of a whole pass without keeping a gradient and without waiting for the device at each node.

A prehook hands every gradient to ``Reducer.add``. It waits in a chunk of at most 64 tensors or 8 MiB; then the chunk is
grouped by (numel, dtype, device), each group is laid out as rows and measured by a few batched kernels, and every
reference is dropped. Large tensors are measured at once. Gradients on their way into a leaf are never held, because
torch's AccumulateGrad makes the gradient itself the leaf's ``.grad`` when nobody else holds it and must copy it
otherwise: a small one waits as a copy, which is cheaper than its own kernels. On CPU results are read as soon as a
chunk is measured; elsewhere they stay on the device until ``finish``, which waits for it once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import repeat
from operator import gt, mul
from typing import TYPE_CHECKING, Any

import torch

from .compat import flatten, function_modes, is_transformed
from .full import batched, read_columns, read_full
from .measures import (
    LARGEST_NORM,
    NAMES,
    computable,
    counted_columns,
    each_magnitude,
    each_norm,
    full_columns,
    norms,
    out_of_range,
    read_magnitudes,
    row_columns,
    small_columns,
    wide_norms,
    wide_type,
)
from .tensors import is_direct, padded, plain, quiet, untouchable
from .together import GREW, Group
from .told import Told

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from ..wire.table import Table
    from .together import Together

CHUNK_TENSORS = 64
CHUNK_ELEMENTS = 256 * 1024
LARGE_ELEMENTS = 64 * 1024
COPIED_ELEMENTS = 16 * 1024
COPY_BELOW = 8 * 1024
_NEVER_CAPTURED = frozenset(("cpu", "mps"))
FEW = 4  # so many elements are told themselves

Columns = Sequence[Sequence[float]]


class Reducer:
    """Collects the statistics of one pass.

    Args:
        leaves: the nodes whose gradients go into a leaf's ``.grad``. Without it every node is taken for one.
        full: measure every column of STATISTIC_COLUMNS, not only norm and max_abs.
        rotation: measure max_abs of only one in so many nodes, those with (node + turn) % rotation == 0.
        norms: by node what it came to last; kept up to date. One that grew tenfold has its max_abs measured at once.

    ``left_alone`` says by node which gradients could not be measured, and why.
    """

    def __init__(
        self,
        leaves: Container[int] | None = None,
        full: bool = False,
        rotation: int = 1,
        turn: int = 0,
        norms: dict[int, float] | None = None,
    ) -> None:
        self.left_alone: dict[int, str] = {}
        self._leaves = leaves
        self.full = full
        self._large = LARGE_ELEMENTS if full else COPY_BELOW  # above, nothing is gained by waiting for others
        self._rotation = rotation
        self._turn = turn
        self._norms = norms
        self._told = Told()
        self._chunk: list[tuple[int, int, torch.Tensor]] = []
        self._elements = 0
        self._deferred: list[tuple[Group, torch.Tensor]] = []

    def add_all(self, node: int, gradients: Sequence[torch.Tensor | None]) -> None:
        """Take in what is about to pass all outputs of a node; of undefined ones only the first is told."""
        for output, gradient in enumerate(gradients):
            if output == 0 or gradient is not None:
                self.add(node, output, gradient)

    def add(self, node: int, output: int, gradient: torch.Tensor | None) -> None:
        """Take in what is about to pass ``output`` of ``node``; to be called from its prehook."""
        if gradient is None:
            self._tell_unmeasured(node, output, 0.0, -1)
            return
        leaf = self._leaves is None or node in self._leaves
        if leaf or function_modes():  # a function mode would see even the question for a size
            with quiet():
                size = gradient.numel()
                alone = leaf and (size > COPIED_ELEMENTS or not is_direct(gradient))
                if leaf and not alone and not untouchable(gradient):
                    gradient = gradient.clone()
        else:
            size, alone = gradient.numel(), False
        if alone or size >= self._large:
            self._measure([(node, output, gradient)])
            return
        self._chunk.append((node, output, gradient))
        self._elements += size
        if len(self._chunk) >= CHUNK_TENSORS or self._elements >= CHUNK_ELEMENTS:
            self._flush()

    def look(self, node: int, output: int, gradient: torch.Tensor | None, size: int = -1) -> None:
        """Take in a gradient that is on its way to no leaf any more: it may be held until its chunk is full.

        ``size``: how many elements it has, where that is known.
        """
        if gradient is None:
            self._tell_unmeasured(node, output, 0.0, -1)
            return
        if size < 0:
            with quiet():
                size = gradient.numel()
        if size >= self._large:
            self._measure([(node, output, gradient)])
            return
        self._chunk.append((node, output, gradient))
        self._elements += size
        if self._elements >= CHUNK_ELEMENTS:
            self._flush()

    def tell(self, node: int, figures: Sequence[float]) -> None:
        """Take over what was measured elsewhere: all columns behind node and output."""
        self._told.row((node, 0, *figures))

    def finish(self, takes: Sequence[tuple[int, int]] = ()) -> Table:
        """Everything measured since the last ``finish``, in STATISTIC_COLUMNS; waits for each device once.

        Of the first node of each pair in ``takes`` is told what was told of the second.
        """
        self._flush()
        self._fetch()
        return self._told.table(takes)

    def _flush(self) -> None:
        chunk, self._chunk, self._elements = self._chunk, [], 0
        if chunk:
            self._measure(chunk)

    def _measure(self, chunk: list[tuple[int, int, torch.Tensor]]) -> None:
        with quiet():
            for group, members in self._grouped(chunk):
                if members[0].device.type != "cpu":
                    self._keep(group, members)
                else:
                    self.measure(group, members)

    def measure(self, group: Group, members: list[torch.Tensor]) -> None:
        """Tell what gradients of one size and type on CPU come to; to be called inside ``quiet``."""
        count = group.count
        if count <= FEW:
            self._tell_small(group, _as_rows(members, count).to(torch.float64).tolist())
        elif self.full or (count > LARGE_ELEMENTS and not is_direct(members[0])):
            self._tell(group, _full(members, count))
        else:
            self._tell(group, self._light(group, members))

    def measure_together(self, chunk: Together, gradients: list[torch.Tensor]) -> None:
        """Tell what the gradients of a known chunk come to, in light level; to be called inside ``quiet``."""
        figures = chunk.measure(gradients)
        self._told.chunk(chunk, figures)
        if self._norms is not None:
            self._norms.update(zip(chunk.nodes, figures.norm, strict=True))

    def _grouped(self, chunk: list[tuple[int, int, torch.Tensor]]) -> Iterable[tuple[Group, list[torch.Tensor]]]:
        groups: dict[Any, tuple[Group, list[torch.Tensor]]] = {}
        for node, output, gradient in chunk:
            values = gradient
            plainly = is_direct(gradient) and not is_transformed(gradient)
            if not plainly or gradient.device.type not in _NEVER_CAPTURED:
                reason = untouchable(gradient)
                if reason:
                    self.left_alone[node] = reason
                    self._tell_unmeasured(node, output, 1.0, gradient.numel())
                    continue
                values = gradient if is_direct(gradient) else plain(gradient)
            key = (values.numel(), values.dtype, values.device)
            entry = groups.get(key)
            if entry is None:
                entry = groups[key] = (Group(key[0], self._turn), [])
            entry[0].nodes.append(node)
            entry[0].outputs.append(output)
            entry[1].append(values)
        return groups.values()

    def _keep(self, group: Group, members: list[torch.Tensor]) -> None:
        """Measure a group and leave the results on its device, without a reference into any gradient."""
        count = group.count
        if count > LARGE_ELEMENTS:
            columns = torch.cat([full_columns(member) for member in members], 1)
        else:
            rows = _as_rows(members, count)
            if count <= FEW:
                columns = rows.to(wide_type(rows.device), copy=True)
            else:
                columns = row_columns(rows) if self.full else counted_columns(rows)
        self._deferred.append((group, columns))

    def _light(self, group: Group, members: list[torch.Tensor]) -> Columns:
        """norm and max_abs of a group on CPU: batched where starting kernels costs more than copying into rows."""
        count = group.count
        rows = computable(_as_rows(members, count)) if count < COPY_BELOW else None
        norm = norms(rows).tolist() if rows is not None else each_norm(members)
        columns = [norm, self._largest(group, members, rows, norm), *_unmeasured(len(norm))]
        if not out_of_range(min(norm), count) and math.isfinite(sum(norm)):
            return columns
        tiny = [index for index, value in enumerate(norm) if value < 1.0 and out_of_range(value, count)]
        if tiny:
            exact = wide_norms([members[index] for index in tiny])
            zeros = columns[NAMES.index("zeros")]
            for index, value in zip(tiny, exact, strict=True):
                norm[index] = value
                zeros[index] = count if value == 0.0 else -1.0
        lost = [index for index, value in enumerate(norm) if not value < LARGEST_NORM]
        again = _counted([members[index] for index in lost], count) if lost else ()
        for name, values in zip(("norm", "max_abs", "nan", "inf"), again, strict=False):
            column = columns[NAMES.index(name)]
            for index, value in zip(lost, values, strict=True):
                column[index] = value
        return columns

    def _largest(
        self, group: Group, members: list[torch.Tensor], rows: torch.Tensor | None, norm: list[float]
    ) -> list[float]:
        """max_abs of every ``rotation``-th member, another one each time, and of those whose norm grew."""
        size, step = len(norm), self._rotation
        first = (-group.turn - group.nodes[0]) % step
        group.turn += 1
        due: Sequence[int] = range(first, size, step)
        if self._norms is not None:
            earlier = map(self._norms.get, group.nodes, repeat(0.0))
            grown = list(map(gt, norm, map(mul, earlier, repeat(GREW))))
            if True in grown:
                due = sorted({*due, *(index for index, grew in enumerate(grown) if grew)})
        largest = [-1.0] * size
        if not due:
            return largest
        if rows is None:
            measured = [each_magnitude(members[index]) for index in due]
        else:
            measured = read_magnitudes(rows[first::step] if isinstance(due, range) else rows[due])
        for index, value in zip(due, measured, strict=True):
            largest[index] = value
        return largest

    def _tell(self, group: Group, measured: Columns, elements: Columns | None = None) -> None:
        size, count = len(group.nodes), group.count
        shown: Columns = elements or [[0.0] * size] * FEW
        self._told.rows([group.nodes, group.outputs, [1.0] * size, [count] * size, *measured, *shown])
        if self._norms is not None:
            self._norms.update(zip(group.nodes, measured[0], strict=True))

    def _tell_small(self, group: Group, elements: list[list[float]]) -> None:
        measured = list(zip(*map(small_columns, elements), strict=True))
        self._tell(group, measured, list(zip(*map(padded, elements), strict=True)))

    def _tell_unmeasured(self, node: int, output: int, defined: float, count: int) -> None:
        self._told.row((node, output, defined, count, *([-1.0] * len(NAMES)), *([0.0] * FEW)))

    def _fetch(self) -> None:
        """Bring over what waits on devices, one transfer a device."""
        deferred, self._deferred = self._deferred, []
        by_device: dict[torch.device, list[tuple[Group, torch.Tensor]]] = {}
        for entry in deferred:
            by_device.setdefault(entry[1].device, []).append(entry)
        for entries in by_device.values():
            with quiet():
                numbers = torch.cat([columns.reshape(-1) for _, columns in entries]).to("cpu", torch.float64)
                start = 0
                for group, columns in entries:
                    end = start + columns.numel()
                    self._decode(group, numbers[start:end].view(columns.shape).tolist())
                    start = end

    def _decode(self, group: Group, columns: list[list[float]]) -> None:
        if group.count <= FEW:
            self._tell_small(group, columns)
        elif len(columns) == len(NAMES):
            self._tell(group, columns)
        else:
            norm, largest, nan, inf = columns
            self._tell(group, (norm, largest, *_unmeasured(len(norm))[:3], nan, inf))


def _full(members: list[torch.Tensor], count: int) -> list[list[float]]:
    """NAMES of tensors on CPU, by column."""
    if not batched(count):
        return list(map(list, zip(*map(read_full, members), strict=True)))
    return read_columns(_as_rows(members, count))


def _counted(members: list[torch.Tensor], count: int) -> list[list[float]]:
    """norm, max_abs, nan and inf of tensors on CPU in float64, by column."""
    if count > LARGE_ELEMENTS:
        measured = _full(members, count)
        return [measured[NAMES.index(name)] for name in ("norm", "max_abs", "nan", "inf")]
    return counted_columns(_as_rows(members, count)).tolist()


def _unmeasured(size: int) -> tuple[list[float], ...]:
    """mean, std and zeros, which light does not measure, and no NaN and no Inf."""
    return ([-1.0] * size, [-1.0] * size, [-1.0] * size, [0.0] * size, [0.0] * size)


def _as_rows(members: list[torch.Tensor], count: int) -> torch.Tensor:
    """Tensors of ``count`` elements as rows of one, each in the order of its own memory."""
    if len(members) == 1:
        return members[0].reshape(1, count)
    return flatten(members).view(len(members), count)
