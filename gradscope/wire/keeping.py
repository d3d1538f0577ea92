"""Tensors that are kept in the recording: what a bad iteration consisted of, to be looked at later."""

from __future__ import annotations

from dataclasses import dataclass

from .tensors import TensorKind  # noqa: TC001  # the codec reads type hints


@dataclass(frozen=True, slots=True)
class KeepTensors:
    """Keep what there is of this iteration, and what its end brings: at most ``most`` bytes of elements."""

    most: int = 64 << 20


@dataclass(frozen=True, slots=True)
class TensorKept:
    """One tensor of the graph of a pass, whole; ``kind``, ``node`` and ``output`` as in ``RequestTensor``.

    ``data`` holds its elements, little-endian, float64 where ``wide``, else float32, in the order of ``shape``. Told
    again for the same place, the last one counts.
    """

    iteration: int
    fingerprint: str
    kind: TensorKind
    node: int
    output: int
    shape: tuple[int, ...]
    dtype: str
    device: str
    wide: bool
    data: bytes
