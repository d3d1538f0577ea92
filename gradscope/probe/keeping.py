"""Tells tensors for the recording: all that there is of an iteration at a pause, and at its end what came behind it.

Only what is there anyway is told: copies that detail level keeps, leaves and their ``.grad``, and what passes the node
where training is held. Nothing is cloned for it but the bytes that go to the session. Where nobody holds training at
NaN or Inf, as in a recording without a window, the first iteration in which a breakpoint notes one is kept by itself;
then gradients are copied in light level, too, from there to the end of the iteration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..wire import messages as m
from .guard import guarded
from .planes import little_endian
from .tensors import is_sparse, plain, quiet, untouchable

if TYPE_CHECKING:
    from .answers import Answers
    from .parts import Parts

KINDS: tuple[m.TensorKind, ...] = ("value", "gradient", "accumulated")
_WIDE = frozenset((torch.float64, torch.int64, torch.int32, torch.uint8, torch.complex128))


class Keeping:
    """``keep`` is an order; ``iteration_ends`` is told of every end, and acts in an iteration that is kept."""

    def __init__(self, parts: Parts, answers: Answers) -> None:
        self._parts = parts
        self._answers = answers
        self._iteration = -1
        self._left = 0
        self._told: set[tuple[str, str, int, int]] = set()
        self._noted = False

    @guarded("tensors kept in the recording")
    def bad_noted(self) -> None:
        """NaN or Inf has come, and training goes on."""
        if not self._noted:
            self._noted = self._parts.kept.all_passing = True
            self.keep(m.KeepTensors())

    def keep(self, order: m.KeepTensors) -> None:
        """At a pause: this iteration from now on."""
        iteration = self._parts.course.iteration
        if iteration != self._iteration:
            self._iteration, self._left = iteration, order.most
            self._told.clear()
        self._tell_all()

    @guarded("tensors kept in the recording")
    def iteration_ends(self) -> None:
        """The gradients that came behind the pause, and what was updated."""
        if self._parts.course.iteration == self._iteration:
            self._told = {place for place in self._told if place[1] == "gradient"}  # others may have changed
            self._tell_all()
            self._iteration = -1

    def _tell_all(self) -> None:
        shown = self._parts.shown
        nodes = len(shown.numbers) + len(shown.inputs)
        for node in range(max(nodes, 1 + max(shown.leaves, default=-1))):
            for kind in KINDS:
                output = 0
                while self._tell(kind, node, output) and kind != "accumulated":
                    output += 1

    def _tell(self, kind: m.TensorKind, node: int, output: int) -> bool:
        """Tell one, unless it was told; whether there is such a tensor."""
        fingerprint = self._parts.shown.fingerprint
        place = (fingerprint, kind, node, output)
        shown = self._parts.shown
        if kind == "value" and output and (node in shown.leaves or node >= len(shown.numbers)):
            return False  # a leaf or an input has one
        tensor, _ = self._answers.find(m.RequestTensor(0, kind, node, output))
        if tensor is None or untouchable(tensor) or is_sparse(tensor):
            return False
        if place in self._told:
            return True
        wide = tensor.dtype in _WIDE
        size = tensor.numel() * (8 if wide else 4)
        if size > self._left:
            return True
        self._left -= size
        self._told.add(place)
        with quiet():
            numbers = plain(tensor).to("cpu", torch.float64 if wide else torch.float32).contiguous()
            shape = tuple(map(int, numbers.shape))
            data = little_endian(numbers)
        dtype, device = str(tensor.dtype).removeprefix("torch."), str(tensor.device)
        self._parts.tell(
            m.TensorKept(self._iteration, fingerprint, kind, node, output, shape, dtype, device, wide, data)
        )
        return True
