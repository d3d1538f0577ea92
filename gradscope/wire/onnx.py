"""A model written as an ONNX file in the training process, with what is needed to check that file elsewhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportOnnx:
    """Write the model that was called last, with its inputs of this iteration, to ``path``. Carried out at a pause."""

    request: int
    path: str


@dataclass(frozen=True, slots=True)
class OnnxArray:
    """One input or output of the exported model. ``data`` is row by row, little-endian; ``left_out`` says why not."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    data: bytes = b""
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class OnnxTold:
    """The answer to ``ExportOnnx``. ``why`` says why nothing was written; ``outputs`` hold what PyTorch itself answers.

    ``exporter`` is the one of torch's two that wrote the file: "torch.export" or "TorchScript". ``size`` is in bytes.
    """

    request: int
    ok: bool
    path: str
    why: str = ""
    model: str = ""
    exporter: str = ""
    inputs: tuple[OnnxArray, ...] = ()
    outputs: tuple[OnnxArray, ...] = ()
    size: int = 0
    seconds: float = 0.0
