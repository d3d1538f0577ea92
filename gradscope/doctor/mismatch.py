"""Tensors that do not fit together: by shape, by dtype, by device. Every sentence names them and says what each is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gradscope.graph.formats import format_shape

from .findings import Finding, place
from .speech import doing, kind, listed, modules, says, shapes, tensors

if TYPE_CHECKING:
    from gradscope.graph.fault import Fault, Operand
    from gradscope.graph.state import RunState

_SHAPES = re.compile(
    r"shapes cannot be multiplied|must match the size of tensor|to have \d+ channels, but got|"
    r"is invalid for input of size|"
    r"Expected input batch_size|Sizes of tensors must match|stack expects each tensor to be equal|"
    r"input\.size\(-1\) must be equal|expected input with shape|should contain \d+ elements|"
    r"Expected size for first two|"
    r"Expected \d+D|expected \d+D|size mismatch|inconsistent tensor size|cannot broadcast|is not broadcastable|"
    r"doesn't match the broadcast shape|Using a target size|shape mismatch|must have same reduction dim|"
    r"The expanded size of the tensor|Target size .* must be the same as input size|0D or 1D target tensor expected|"
    r"Dimension out of range|input and target .* must match"
)
_DTYPES = re.compile(
    r"expected scalar type|must have the same dtype|to have the same dtype|expected .* dtype|Found dtype|"
    r"not implemented for '|can't be cast to the desired|should be the same|one of the following scalar types|"
    r"Expected floating point type|Expected object of scalar type|expected m1 and m2|dtype of .* must match"
)
_DEVICES = re.compile(
    r"to be on the same device|is not on the expected device|Expected all tensors to be on|"
    r"Input type \(torch\.(?:cuda\.)?\w+\) and weight type \(torch\.(?:cuda\.)?\w+\)|on device .* but .* device"
)
_INDEX = ("int64", "int32", "int16", "int8", "uint8", "bool")


def devices(fault: Fault, state: RunState) -> Finding | None:
    """Tensors that live on different devices."""
    del state
    found = [one for one in tensors(fault) if one.device]
    if not _DEVICES.search(fault.message) or fault.type == "TypeError":
        return None
    known = {one.device for one in found}
    if len(known) < 2 and "device" not in fault.message:
        return None
    fewest = min(known, key=lambda device: sum(one.device == device for one in found), default="")
    lone = [one.name for one in found if one.device == fewest and len(known) > 1]
    goal = next((device for device in sorted(known) if device != fewest), "device")
    each = listed([f"{one.name} is on {one.device}" for one in found])
    return says(
        fault,
        "device-mismatch",
        f"{doing(fault)}: its tensors are on different devices",
        f"{each}." if each else "Two tensors of this operation are on different devices.",
        f"Move {listed(lone)} first: {lone[0]}.to({goal!r})."
        if lone
        else "Move the model and the batch to one device.",
        place(fault.frames[0] if fault.frames else None, "the operation"),
        detail_helps=True,
    )


def dtypes(fault: Fault, state: RunState) -> Finding | None:
    """Tensors, or a tensor and an operation, whose number types do not fit."""
    del state
    if not _DTYPES.search(fault.message) or fault.type not in ("RuntimeError", "TypeError", "NotImplementedError"):
        return None
    found = tensors(fault)
    if not found and not fault.operands:
        return None
    each = listed([f"{one.name} is {one.dtype}" for one in found])
    return says(
        fault,
        "dtype-mismatch",
        f"{doing(fault)}: the number types do not fit",
        f"{each}. {_wanted(fault, found)}".strip() if each else _wanted(fault, found),
        _cast(fault, found),
        place(fault.frames[0] if fault.frames else None, "the operation"),
        detail_helps=True,
    )


def _wanted(fault: Fault, found: list[Operand]) -> str:
    if (
        "cross_entropy" in fault.operation + fault.expression
        or "nll_loss" in fault.message
        or "CrossEntropy" in fault.module
    ):
        return (
            "cross_entropy wants class numbers: a target of dtype int64 (Long), or probabilities in the shape of the"
            " scores."
        )
    said = re.search(r"expected scalar type (\w+) but found (\w+)", fault.message)
    if said is not None:
        return f"The operation wants {said[1].lower()} where it got {said[2].lower()}."
    if "embedding" in fault.operation + fault.message or "indices" in fault.message:
        return "An embedding is looked up by whole numbers: indices of dtype int64."
    return (
        "The operation wants one type for all of them."
        if len({one.dtype for one in found}) > 1
        else fault.message.split("\n")[0]
    )


def _cast(fault: Fault, found: list[Operand]) -> str:
    wants_index = "Long" in fault.message or "cross_entropy" in fault.operation + fault.expression
    wants_index = wants_index or "indices" in fault.message
    floats = [one for one in found if one.dtype.startswith("float") and not _is_parameter(one)]
    if wants_index and floats and not any(one.dtype == "float64" for one in found):
        odd_one = found[1] if len(found) > 1 and found[1] in floats else floats[0]  # a target comes second
        return f"Convert {odd_one.name}: {odd_one.name}.long()."
    weights = [one for one in found if _is_parameter(one)]
    odd = [one for one in found if weights and one.dtype != weights[0].dtype and not _is_parameter(one)]
    if odd:
        return f"Convert {odd[0].name} to the type of the weights: {odd[0].name}.to(torch.{weights[0].dtype})."
    whole = [one for one in found if one.dtype in _INDEX]
    if whole:
        return f"Convert {whole[0].name}: {whole[0].name}.float()."
    doubles = [one for one in found if one.dtype == "float64"]
    return (
        f"Convert {doubles[0].name}: {doubles[0].name}.float()." if doubles else "Convert one of them with .to(dtype)."
    )


def _is_parameter(operand: Operand) -> bool:
    return operand.type == "Parameter" or (operand.is_leaf and operand.requires_grad)


def shape(fault: Fault, state: RunState) -> Finding | None:
    """Tensors whose sizes do not fit."""
    del state
    if not _SHAPES.search(fault.message):
        return None
    sentence, fix = _special(fault)
    found = [one for one in tensors(fault) if not one.name.endswith(".bias")]
    if not sentence:
        sentence = f"In {doing(fault)}, {shapes(found)}." if found else fault.message.split("\n")[0]
    title = " and ".join(format_shape(one.shape) for one in found[:2])
    return says(
        fault,
        "shape-mismatch",
        f"{doing(fault)}: the shapes do not fit" + (f" ({title})" if title else ""),
        sentence,
        fix or "Print both shapes before this line, and reshape, transpose or size one of them to fit the other.",
        place(fault.frames[0] if fault.frames else None, "the operation"),
        (("torch says", fault.message.split("\n")[0][:300]),),
        detail_helps=not found,
    )


def _special(fault: Fault) -> tuple[str, str]:
    for reader in (_linear, _convolution, _elementwise, _view, _batch, _layer):
        said = reader(fault)
        if said is not None:
            return said
    return "", ""


def _input(fault: Fault) -> Operand | None:
    return next((one for one in tensors(fault) if not _is_parameter(one)), None)


def _linear(fault: Fault) -> tuple[str, str] | None:
    said = re.search(r"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)", fault.message)
    if said is None:
        return None
    has, wants, makes = said[2], said[3], said[4]
    given, layer = _input(fault), next((one for one in modules(fault) if one.type == "Linear"), None)
    weight = next((one.name.removesuffix(".weight") for one in tensors(fault) if one.name.endswith(".weight")), "")
    name = layer.name if layer is not None else weight or fault.module
    what = f"{given.name} is {format_shape(given.shape)}" if given is not None else f"The input has rows of {has}"
    if not name:
        return (
            f"{shapes(tensors(fault)[:2])}: the first has {has} columns, the second {wants} rows; they must be equal.",
            "Transpose or reshape one of them.",
        )
    sentence = f"{what}, rows of {has}; {name} (Linear, in_features={wants}) takes rows of {wants}."
    fix = f"Build {name} as nn.Linear({has}, {makes}), or give it rows of {wants}"
    flat = ": flatten what comes out of the layers before" if given is not None and len(given.shape) > 2 else ""
    return sentence, f"{fix}{flat}."


def _owner(fault: Fault) -> str:
    """The module whose weight was given."""
    weight = next((one.name.rpartition(".")[0] for one in tensors(fault) if one.name.endswith(".weight")), "")
    return f"layer {weight}" if weight.isdigit() else weight or fault.module


def _convolution(fault: Fault) -> tuple[str, str] | None:
    said = re.search(r"expected input\[(.+?)\] to have (\d+) channels, but got (\d+) channels", fault.message)
    if said is None:
        return None
    given = _input(fault)
    layer = next(
        (one.name for one in modules(fault) if one.type.startswith("Conv")), _owner(fault) or "the convolution"
    )
    name = given.name if given is not None else "the input"
    size = "×".join(said[1].split(", "))  # noqa: RUF001  # the sign that shapes take
    last = (
        " The channels seem to come last: permute(0, 3, 1, 2) brings them forward." if said[1].endswith(said[2]) else ""
    )
    return (
        f"{name} is {size}, with {said[3]} channels in its second place; {layer} takes {said[2]}.",
        f"Build {layer} with in_channels={said[3]}, or give it {said[2]} channels.{last}",
    )


def _elementwise(fault: Fault) -> tuple[str, str] | None:
    said = re.search(
        r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at .*dimension (\d+)", fault.message
    )
    if said is None:
        return None
    found = [one for one in tensors(fault) if not one.name.endswith(".bias")]
    return (
        f"In {doing(fault)}, {shapes(found[:3])}: in dimension {said[3]} that is {said[1]} against {said[2]}.",
        "Only equal sizes, or a size of 1, go together: slice, unsqueeze or transpose one of them.",
    )


def _view(fault: Fault) -> tuple[str, str] | None:
    said = re.search(r"shape '\[(.*?)\]' is invalid for input of size (\d+)", fault.message)
    if said is None:
        return None
    given = _input(fault)
    name, size = (given.name, format_shape(given.shape)) if given is not None else ("the tensor", said[2])
    wanted = "×".join(said[1].split(", "))  # noqa: RUF001  # the sign that shapes take
    return (
        f"{name} is {size}, which is {said[2]} elements; they do not fill {wanted}.",
        f"Let torch work out one size: {name}.view({name}.size(0), -1), or correct the numbers.",
    )


def _batch(fault: Fault) -> tuple[str, str] | None:
    said = re.search(r"Expected input batch_size \((\d+)\) to match target batch_size \((\d+)\)", fault.message)
    if said is None:
        return None
    return (
        f"{shapes(tensors(fault)[:2])}: {said[1]} predictions stand against {said[2]} targets.".lstrip(": "),
        "Both must have one row for each example: look at reshapes between the batch and the loss.",
    )


def _layer(fault: Fault) -> tuple[str, str] | None:
    said = re.search(r"input\.size\(-1\) must be equal to input_size\. Expected (\d+), got (\d+)", fault.message)
    if said is None:
        return None
    name = fault.module or "the layer"
    given = shapes(tensors(fault)[:1]) or "the input is given"
    return (
        f"{given}: its last size is {said[2]}, and {name} was built with input_size={said[1]}.",
        f"Build it with input_size={said[2]}, or bring the features to the last place.",
    )


def kinds(fault: Fault) -> str:
    """Every tensor with shape and dtype, for an evidence row."""
    return listed([f"{one.name} ({kind(one)})" for one in tensors(fault)])
