"""The model of a paused run as an ONNX file, written by torch itself from a copy in evaluation mode.

What it promises. The run is as it was: parameters, buffers, flags, hooks and every random generator. A file that stood
at the place is replaced only by a whole one.

How it works. Torch has two exporters. The older one follows one call of the model and needs nothing but torch; the
newer one goes through ``torch.export`` and needs the package onnxscript. The older is tried first, because it is there
and takes a fraction of a second; what it cannot write, and what a later torch no longer has, the newer one may. Nothing
imports onnxruntime here: inputs and PyTorch's own answers are told, and the file is checked against them elsewhere.

What it does not do. The file is for inputs of the shapes of this iteration.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import logging
import os
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

import torch

from ..wire import messages as m
from . import compat
from .guard import describe
from .learned import bare_copy
from .outermost import GoneError
from .private import aside
from .tensors import untouchable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .outermost import Outermost
    from .parts import Parts

LARGEST = 2 << 30  # bytes of parameters: an ONNX file in one piece is no larger
MOST_TOLD = 64 << 20  # bytes of inputs and outputs together
_MISSING = "needs packages that {python} lacks: install them with {python} -m pip install onnx onnxscript"
_DTYPES = frozenset(
    (torch.float32, torch.float64, torch.float16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
)
# What a forward or an exporter raises on a model that it cannot take.
_RAISED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


class _RefusedError(Exception):
    """Why there is nothing to export, in words."""


def export_onnx(parts: Parts, outermost: Outermost, order: m.ExportOnnx) -> m.OnnxTold:
    """Write the file and say what is in it, or why there is none."""
    began = time.perf_counter()
    name = ""
    try:
        module, arguments, named = _last(outermost)
        name = parts.paths.path(module) or type(module).__name__
        with aside(parts):
            told = _exported(module, arguments, named, order)
    except _RefusedError as refused:
        return m.OnnxTold(order.request, False, order.path, str(refused), name)
    except _RAISED as error:
        return m.OnnxTold(order.request, False, order.path, describe(error).strip()[:1500], name)
    exporter, inputs, outputs, size = told
    seconds = time.perf_counter() - began
    return m.OnnxTold(order.request, True, order.path, "", name, exporter, inputs, outputs, size, seconds)


def _last(outermost: Outermost) -> tuple[torch.nn.Module, tuple[Any, ...], dict[str, Any]]:
    try:
        call = outermost.last()
    except GoneError as gone:
        raise _RefusedError(
            f"The last call's inputs are gone ({gone}). Step to the loss of an iteration (F10)."
        ) from gone
    if call is None:
        raise _RefusedError("No module with parameters has been called yet. Step to the loss of an iteration (F10).")
    module, arguments, named = call
    inner: Any = module
    for attribute in ("_orig_mod", "module"):  # torch.compile's, and DataParallel's
        wrapper = attribute == "_orig_mod" or type(inner).__name__.endswith("DataParallel")
        held = getattr(inner, attribute, None)
        if wrapper and isinstance(held, torch.nn.Module):
            inner = held
    size = sum(parameter.numel() * parameter.element_size() for parameter in inner.parameters())
    if size > LARGEST:
        raise _RefusedError(f"The model holds {size >> 20} MiB, and an ONNX file in one piece at most {LARGEST >> 20}.")
    for tensor in [*_tensors(arguments), *_tensors(named)]:
        reason = untouchable(tensor)
        if reason:
            raise _RefusedError(f"One of the inputs is {reason}.")
    return inner, arguments, named


def _exported(
    module: torch.nn.Module, arguments: tuple[Any, ...], named: dict[str, Any], order: m.ExportOnnx
) -> tuple[str, tuple[m.OnnxArray, ...], tuple[m.OnnxArray, ...], int]:
    model = bare_copy(module)
    inputs = _named_inputs(model, arguments, named)
    answers = list(_tensors(model(*arguments, **named)))
    if not answers:
        raise _RefusedError("The model answers with no tensor.")
    outputs = [(f"output{number}" if len(answers) > 1 else "output", tensor) for number, tensor in enumerate(answers)]
    names = {"input_names": [name for name, _ in inputs], "output_names": [name for name, _ in outputs]}
    part = f"{order.path}.part"
    try:
        exporter = _written(model, arguments, named, part, names)
        size = os.path.getsize(part)  # noqa: PTH202  # pathlib may not be loaded here
        os.replace(part, order.path)  # noqa: PTH105
    finally:
        with contextlib.suppress(OSError):
            os.remove(part)  # noqa: PTH107
    room = MOST_TOLD - sum(tensor.numel() * tensor.element_size() for _, tensor in [*inputs, *outputs])
    return exporter, _arrays(inputs, room >= 0), _arrays(outputs, room >= 0), size


def _written(
    model: torch.nn.Module, arguments: tuple[Any, ...], named: dict[str, Any], path: str, names: dict[str, list[str]]
) -> str:
    """Let one of torch's exporters write; which one did."""
    reasons: list[str] = []
    exporters: tuple[tuple[str, Callable[..., None]], ...] = (("TorchScript", _older), ("torch.export", _newer))
    with _silence():
        for exporter, write in exporters:
            try:
                write(model, arguments, named, path, names)
            except ImportError as error:
                reasons.append(f"{exporter} {_MISSING.format(python=sys.executable)} ({error})")
            except _RAISED as error:
                reasons.append(f"{exporter}: {describe(error).strip().splitlines()[0][:400]}")
            else:
                return exporter
    raise _RefusedError("Neither of torch's exporters can write this model. " + ". ".join(reasons) + ".")


def _older(model: Any, arguments: tuple[Any, ...], named: dict[str, Any], path: str, names: dict[str, Any]) -> None:
    given = (*arguments, named) if named or (arguments and isinstance(arguments[-1], dict)) else arguments
    torch.onnx.export(model, given, path, dynamo=False, verbose=False, **names)


def _newer(model: Any, arguments: tuple[Any, ...], named: dict[str, Any], path: str, names: dict[str, Any]) -> None:
    torch.onnx.export(model, arguments, path, kwargs=named, dynamo=True, verbose=False, external_data=False, **names)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """No word of the exporters in the script's output, and no fused attention, which neither of them knows."""
    logger = logging.getLogger("torch.onnx")
    level, fast = logger.level, torch.backends.mha.get_fastpath_enabled()
    logger.setLevel(logging.CRITICAL)
    torch.backends.mha.set_fastpath_enabled(False)
    loud = compat.silence_onnx()
    spilled = io.StringIO()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(spilled), contextlib.redirect_stderr(spilled):
            warnings.simplefilter("ignore")
            yield
    finally:
        loud()
        torch.backends.mha.set_fastpath_enabled(fast)
        logger.setLevel(level)


def _named_inputs(
    model: torch.nn.Module, arguments: tuple[Any, ...], named: dict[str, Any]
) -> list[tuple[str, torch.Tensor]]:
    """Every input tensor under the name of the parameter of ``forward`` that takes it."""
    code = getattr(getattr(type(model).forward, "__wrapped__", type(model).forward), "__code__", None)
    known = list(code.co_varnames[1 : code.co_argcount]) if code is not None else []
    found: list[tuple[str, torch.Tensor]] = []
    by_place = [(known[i] if i < len(known) else f"input{i}", value) for i, value in enumerate(arguments)]
    for name, value in [*by_place, *named.items()]:
        tensors = list(_tensors(value))
        found += [(name if len(tensors) == 1 else f"{name}_{number}", one) for number, one in enumerate(tensors)]
    return found


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _tensors(item)


def _arrays(tensors: list[tuple[str, torch.Tensor]], with_data: bool) -> tuple[m.OnnxArray, ...]:
    return tuple(_array(name, tensor, with_data) for name, tensor in tensors)


def _array(name: str, tensor: torch.Tensor, with_data: bool) -> m.OnnxArray:
    shape, dtype = tuple(map(int, tensor.shape)), str(tensor.dtype).removeprefix("torch.")
    if not with_data:
        return m.OnnxArray(name, shape, dtype, left_out=f"inputs and outputs hold more than {MOST_TOLD >> 20} MiB")
    if tensor.dtype not in _DTYPES and tensor.dtype is not torch.bool:
        return m.OnnxArray(name, shape, dtype, left_out=f"{name} is {dtype}, which onnxruntime is not given from here")
    plain = tensor.detach().to("cpu").contiguous()
    count = plain.numel() * plain.element_size()
    return m.OnnxArray(name, shape, dtype, ctypes.string_at(plain.data_ptr(), count) if count else b"")
