"""What is said of each way to lose a gradient: what happened, and what to do if that was not meant.

``{name}`` is the node asked about, ``{call}`` the call at the cut, ``{where}`` its line, ``{off}`` the line where
gradient was switched off (with a space before it), ``{root}`` what the pass was called on.
"""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    """A sentence and the remedy."""

    sentence: str
    fix: str


_MEANT = "if {name} is meant to learn"
CUTS: dict[str, Said] = {
    "detach": Said(
        "The path from {name} ends at {call}{where}: detach() hands on the values without their history.",
        f"Take the detach() away {_MEANT}. It belongs there for a target, or for what another network must not change.",
    ),
    "data": Said(
        "The path from {name} ends at {call}{where}: .data hands on the values without their history.",
        f"Use the tensor itself {_MEANT}; write detach() where the cut is meant: it notices changes in place.",
    ),
    "no_grad": Said(
        "The path from {name} ends at {call}{where}: it ran while gradient was switched off{off}.",
        f"Move the line out of torch.no_grad() or set_grad_enabled(False) {_MEANT}.",
    ),
    "inference_mode": Said(
        "The path from {name} ends at {call}{where}: it ran in inference mode, where no graph is made.",
        f"Move the line out of torch.inference_mode() {_MEANT}.",
    ),
    "frozen": Said(
        "{name} is frozen: its requires_grad is False{where}.",
        "To train it call requires_grad_(True) on it before the forward, and see that the optimizer has it.",
    ),
    "item": Said(
        "The path from {name} ends at {call}{where}: item() makes a plain number of it. What the script then makes of"
        " that number cannot be followed.",
        "Calculate with the tensor itself; keep item() for what is printed or logged.",
    ),
    "tolist": Said(
        "The path from {name} ends at {call}{where}: tolist() makes plain numbers of it. What the script then makes of"
        " them cannot be followed.",
        "Calculate with the tensor itself; keep tolist() for what is printed or logged.",
    ),
    "numpy": Said(
        "The path from {name} ends at {call}{where}: numpy knows nothing of gradients.",
        "Use the torch function of the same name, or write a torch.autograd.Function with its own backward.",
    ),
    "tensor": Said(
        "The path from {name} ends at {call}{where}: this makes a new tensor from the values alone.",
        "Use the tensor itself, clone() for a copy, or torch.stack and torch.cat for several.",
    ),
    "integer": Said(
        "The path from {name} ends at {call}{where}: integers and booleans have no derivative.",
        "Use a smooth stand-in (softmax for argmax, sigmoid for a comparison) or a straight-through estimator.",
    ),
    "not_differentiable": Said(
        "The path from {name} ends at {call}{where}: torch has no derivative for it.",
        "Write what it does in differentiable operations, or a torch.autograd.Function with its own backward.",
    ),
    "data_write": Said(
        "{name} was changed behind autograd's back{where}: gradients are those of the values before.",
        "Change it by an operation that autograd sees, such as clamp() instead of data.clamp_().",
    ),
    "unused_result": Said(
        "{name} is used{where}, but nothing made of it flows into {root}.",
        "Add what is made of it to {root}, or leave it out of the optimizer.",
    ),
    "never_used": Said(
        "No operation of this forward uses {name}.",
        "Call the module it belongs to in forward(), or take the parameter out.",
    ),
}

OTHERS: dict[str, Said] = {
    "present": Said("{name} has a gradient in this pass.", ""),
    "nonfinite": Said(
        "{name} has a gradient, but NaN or Inf is among its elements.",
        "Go towards the root to the first node whose gradient is finite: what lies between made them.",
    ),
    "not_yet": Said("backward() has not come to {name} yet.", "Step on with F11, or run to this node."),
    "no_backward": Said(
        "backward() has not been called on this graph.", "Call backward() on the loss; gradients are made only there."
    ),
    "raised": Said("backward() raised before it came to {name}.", "Mend the error; then the gradients come."),
    "old": Said(
        "This pass brought {name} nothing; its .grad is what an earlier iteration left.",
        "Clear gradients with zero_grad() in every iteration, unless they are meant to add up.",
    ),
    "captured": Said(
        "autograd.grad() returned this gradient to its caller; .grad is not touched by it.",
        "Use what the call returned, or call backward(), which adds to .grad.",
    ),
    "not_asked": Said(
        "The pass was asked only for the gradients of other tensors, and did not run what leads to {name}.",
        "Name it among the inputs of grad() or backward(), or leave inputs= away.",
    ),
    "not_reached": Said(
        "The pass is over and brought {name} nothing.",
        "Look where its result goes: a hook or a custom function may have held the gradient back.",
    ),
    "undefined": Said(
        "Autograd handed {name} no gradient (None): {call}{where} sent none back.",
        "See that its backward() returns a tensor for this input, and that zero gradients are meant where it does not.",
    ),
    "zero": Said("Every element of the gradient is zero: {call}{where} made it so. {how}", "{remedy}"),
    "zero_root": Said(
        "Every element is zero, and so is the gradient that backward() began with.",
        "See what is passed to backward(), and whether a scale factor became zero.",
    ),
    "tiny": Said("{size}. It shrinks most at {call}{where}: {how}.", "{remedy}"),
    "cleared": Said(
        "This pass brought {name} a gradient, but it was cleared afterwards{where}, before the update.",
        "Call zero_grad() before backward() or after step(), not between the two.",
    ),
    "other_pass": Said(
        "{name} is reached by pass {other} of this iteration, not by this one.",
        "Nothing is wrong if the passes are meant to train different parts.",
    ),
    "input": Said(
        "{name} is data: it takes no gradient, since its requires_grad is False.",
        "Call requires_grad_() on it before the forward if you want the gradient with respect to it.",
    ),
    "unknown": Said(
        "No path of this graph leads to {name}. Light level does not see why: it may be unused, or cut off.",
        "Step one iteration, or run with --level detail: then the cut is shown.",
    ),
    "no_graph": Said("There is no graph yet.", "Run the forward."),
}

# How an operation makes a gradient zero, by its name without "Backward0".
_STEP = ("Its derivative is zero wherever it has one.", "Use a smooth stand-in, or a straight-through estimator.")
_CHOSEN = ("It passes gradient only to the elements it chose, and chose others.", "See which elements are picked.")
_FLAT = ("Its input lies where it is flat.", "Scale or normalise what goes in; look at the value of its input.")
ZEROING: dict[str, tuple[str, str]] = {
    "Relu": (
        "It passes gradient only where its input is above zero, and nowhere it is.",
        "Dead units: try a lower learning rate, another initialisation, or leaky_relu.",
    ),
    "Threshold": (
        "It passes gradient only above its threshold, and nowhere its input is.",
        "Look at the value of its input.",
    ),
    "Mul": (
        "The other factor is zero everywhere.",
        "Look at the value of the other factor: a mask, a weight or a scale that became zero.",
    ),
    **dict.fromkeys(("Round", "Floor", "Ceil", "Sign", "Sgn", "Trunc", "Fix"), _STEP),
    **dict.fromkeys(("Clamp", "ClampMin", "ClampMax", "Hardtanh", "Hardsigmoid", "Relu6"), _FLAT),
    **dict.fromkeys(("Sigmoid", "Tanh", "Softmax", "LogSoftmax", "Erf"), _FLAT),
    **dict.fromkeys(
        ("Index", "Select", "Slice", "Gather", "Max", "Min", "Amax", "Amin", "Where", "MaskedFill", "Topk", "Sort"),
        _CHOSEN,
    ),
    **dict.fromkeys(("IndexSelect", "MaskedSelect", "Maximum", "Minimum", "NllLoss", "Embedding"), _CHOSEN),
    **dict.fromkeys(
        ("NativeDropout", "Dropout"), ("Dropout let none of its elements through.", "Look at its probability.")
    ),
}
ZEROING_OTHERWISE = ("What it received is not zero.", "Look at the values that go into it.")
SHRINKING: dict[str, str] = {
    **dict.fromkeys(("Sigmoid", "Tanh", "Softmax", "Erf"), "It is saturated: normalise what goes into it."),
    "Mul": "Look at the size of the other factor.",
}
SHRINKING_OTHERWISE = "Look at the weights and the scale of what goes into it."
