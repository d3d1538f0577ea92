"""What one node of backward makes of the gradient g that it receives, for the operations met most: the chain rule's
local step in the words of a blackboard.

Only operations whose rule does not hang on hidden arguments are listed; about all others nothing is claimed. The
formulas are those of torch's ``derivatives.yaml``. A tuple has one entry an input of the node, in the order of
``next_functions``; a single text stands for all of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ELEMENTWISE: Mapping[str, str | tuple[str, ...]] = {
    "ReluBackward0": "g where the output is above 0, else 0",
    "SigmoidBackward0": "g · s · (1 - s), s the output",
    "TanhBackward0": "g · (1 - t²), t the output",
    "ExpBackward0": "g · output",
    "LogBackward0": "g / input",
    "NegBackward0": "-g",
    "SqrtBackward0": "g / (2 · output)",
    "SinBackward0": "g · cos(input)",
    "CosBackward0": "-g · sin(input)",
    "AbsBackward0": "g · sign(input)",
    "PowBackward0": "g · n · input^(n-1)",
    "MulBackward0": "g · the other factor",
    "DivBackward0": ("g / divisor", "-g · dividend / divisor²"),
    "AddBackward0": ("g", "g · alpha (a plain + has 1)"),
    "SubBackward0": ("g", "-g · alpha (a plain - has 1)"),
    "CloneBackward0": "g",
}
OTHERS: Mapping[str, str | tuple[str, ...]] = {
    "MmBackward0": ("g · Bᵀ", "Aᵀ · g"),
    "BmmBackward0": ("g · Bᵀ in each batch", "Aᵀ · g in each batch"),
    "SumBackward0": "g, copied to every element",
    "SumBackward1": "g, copied along what was summed",
    "LogSoftmaxBackward0": "g - softmax · Σ g",
    "SoftmaxBackward0": "softmax · (g - Σ g · softmax)",
    "NllLossBackward0": "-g, weighted, at each target's entry",
    "CatBackward0": "its slice of g",
    "StackBackward0": "its slice of g",
}
REARRANGED: Mapping[str, str] = {
    "TBackward0": "transposed",
    "TransposeBackward0": "transposed",
    "PermuteBackward0": "permuted",
    "ViewBackward0": "reshaped",
    "UnsafeViewBackward0": "reshaped",
    "ReshapeAliasBackward0": "reshaped",
    "UnsqueezeBackward0": "reshaped",
    "SqueezeBackward0": "reshaped",
    "SqueezeBackward1": "reshaped",
    "AliasBackward0": "as it is",
}
_LINEAR = ("Σ over the batch of g", "g · W", "xᵀ · g")


def local_rule(
    op: str, function: str, position: int, result: tuple[int, ...] | None, source: tuple[int, ...] | None
) -> str:
    """What ``op`` sends to its input number ``position``; "" where nothing is claimed.

    Args:
        op: the autograd node's name.
        function: the torch function that the user called; tells a plain linear layer from a general ``addmm``.
        position: the input's place in ``next_functions``.
        result: shape of the operation's result, which is that of g; None if unknown.
        source: shape of the input, which is that of the gradient sent; None if unknown.
    """
    if op == "AddmmBackward0":
        return _LINEAR[position] if function == "linear" and position < len(_LINEAR) else ""
    if op.startswith("MeanBackward") and result is not None and source is not None:
        shared = math.prod(source) // max(math.prod(result), 1)
        return f"g / {shared:,}, to every element"
    if op in REARRANGED:
        return f"g, {REARRANGED[op]}"
    rule = ELEMENTWISE.get(op, OTHERS.get(op, ""))
    text = rule if isinstance(rule, str) else rule[position] if position < len(rule) else ""
    widened = op in ELEMENTWISE and None not in (result, source) and result != source
    return f"{text}, summed to its shape" if text and widened else text
