"""All that can be chosen, and what fits what: models by data, losses by target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from .factories import with_factory
from .plan import Choice, Field, Plan, PlanError
from .tables import look_at

if TYPE_CHECKING:
    from collections.abc import Mapping

Form = Literal["points", "curve", "images", "text", "table"]
Target = Literal["two classes", "classes", "quantity"]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One kind of data. ``best`` is the plan that its defaults make; ``reach`` what they reach on unseen examples."""

    choice: Choice
    form: Form
    target: Target
    best: Plan
    reach: str = ""


POINTS = Plan(model="mlp", activation="relu", loss="cross_entropy", optimizer="adam", lr=0.01, epochs=30)
DATA = {
    "moons": Dataset(
        Choice("moons", "Two moons", "800 points in the plane, two half circles that interlock."),
        "points",
        "two classes",
        replace(POINTS, data="moons"),
        "accuracy 97 %",
    ),
    "spiral": Dataset(
        Choice("spiral", "Two spirals", "800 points on two arms of a spiral: hard for a straight line."),
        "points",
        "two classes",
        replace(POINTS, data="spiral", epochs=60),
        "accuracy 95 %",
    ),
    "circles": Dataset(
        Choice("circles", "Circles", "800 points, one class inside the ring of the other."),
        "points",
        "two classes",
        replace(POINTS, data="circles"),
        "accuracy 97 %",
    ),
    "xor": Dataset(
        Choice("xor", "XOR", "800 points in four quarters; opposite quarters are one class."),
        "points",
        "two classes",
        replace(POINTS, data="xor"),
        "accuracy 95 %",
    ),
    "sine": Dataset(
        Choice("sine", "Sine", "400 points of a noisy sine: predict y from x."),
        "curve",
        "quantity",
        replace(POINTS, data="sine", activation="tanh", loss="mse", epochs=100, batch_size=32),
        "mean absolute error 0.13",
    ),
    "shapes": Dataset(
        Choice("shapes", "Small pictures", "600 RGB pictures of 16 x 16 pixels: circle, square or triangle."),
        "images",
        "classes",
        Plan("shapes", "cnn", "relu", "cross_entropy", "adam", 0.005, epochs=8, batch_size=32, dropout=0.1),
        "accuracy 90 %",
    ),
    "text": Dataset(
        Choice("text", "Text", "One paragraph, character by character: predict the next one."),
        "text",
        "classes",
        Plan("text", "lstm", "tanh", "cross_entropy", "adam", 0.01, epochs=12, batch_size=32),
        "accuracy 60 %",
    ),
    "file": Dataset(
        Choice("file", "My own table", "A .csv or .npy file: one example a row, the target in the last column."),
        "table",
        "quantity",
        replace(POINTS, data="file", loss="mse"),
    ),
}
MODELS = {
    "mlp": Choice("mlp", "MLP", "Two hidden layers of 32 neurons, each Linear, activation and dropout."),
    "cnn": Choice("cnn", "CNN", "Conv2d, BatchNorm2d, activation and pooling, twice; then dropout and a Linear."),
    "lstm": Choice("lstm", "LSTM", "An embedding, an LSTM over the sequence, and a Linear for each place in it."),
    "gru": Choice("gru", "GRU", "An embedding, a GRU over the sequence, and a Linear for each place in it."),
    "transformer": Choice("transformer", "Tiny transformer", "Two blocks of self-attention that look only backwards."),
    "own": Choice("own", "My own model", "A .py file, or module:callable; called bare it returns an nn.Module."),
}
FITTING_MODELS: dict[Form, tuple[str, ...]] = {
    "points": ("mlp", "own"),
    "curve": ("mlp", "own"),
    "images": ("cnn", "mlp", "own"),
    "text": ("lstm", "gru", "transformer", "own"),
    "table": ("mlp", "own"),
}
LOSSES = {
    "cross_entropy": Choice("cross_entropy", "Cross entropy", "For classes; takes one logit a class."),
    "nll": Choice("nll", "Negative log likelihood", "For classes; the model ends in log_softmax."),
    "bce": Choice("bce", "Binary cross entropy with logits", "For two classes; the model gives one logit."),
    "mse": Choice("mse", "Mean squared error", "For quantities; large errors count most."),
    "l1": Choice("l1", "L1: mean absolute error", "For quantities; outliers count less."),
}
FITTING_LOSSES: dict[Target, tuple[str, ...]] = {
    "two classes": ("cross_entropy", "nll", "bce"),
    "classes": ("cross_entropy", "nll"),
    "quantity": ("mse", "l1"),
}
ACTIVATIONS = {
    "relu": Choice("relu", "ReLU", "max(0, x): gradient 1 or 0."),
    "sigmoid": Choice("sigmoid", "Sigmoid", "Between 0 and 1: its gradient is at most a quarter."),
    "tanh": Choice("tanh", "Tanh", "Between -1 and 1: its gradient is at most 1."),
    "gelu": Choice("gelu", "GELU", "A smooth ReLU, as in transformers."),
    "leaky_relu": Choice("leaky_relu", "LeakyReLU", "A ReLU that lets a hundredth through below 0."),
}
OPTIMIZERS = {
    "sgd": Choice("sgd", "SGD", "Against the gradient, times the learning rate."),
    "momentum": Choice("momentum", "SGD with momentum", "A moving average of the gradients, 0.9 of the old one."),
    "adam": Choice("adam", "Adam", "Each element by its own running scale."),
    "adamw": Choice("adamw", "AdamW", "Adam with weights pulled towards zero."),
    "rmsprop": Choice("rmsprop", "RMSprop", "The gradient divided by its running size."),
    "lbfgs": Choice("lbfgs", "L-BFGS", "Curvature from the last steps; calls the loss several times a step."),
}
SCHEDULES = {
    "constant": Choice("constant", "Constant", "The same learning rate all along."),
    "step": Choice("step", "Step", "A third of it after every third of the epochs."),
    "cosine": Choice("cosine", "Cosine", "Down to zero along a half cosine."),
}
DTYPES = {
    "float32": Choice("float32", "float32", "As usual."),
    "float64": Choice("float64", "float64", "Twice the memory, sixteen digits; not on mps."),
}


def form_of(plan: Plan) -> Form:
    """What an example looks like."""
    return DATA[plan.data].form


def target_of(plan: Plan) -> Target:
    """What is to be predicted; a user's file is looked at.

    Raises:
        PlanError: the user's file cannot be used.
    """
    if plan.data != "file":
        return DATA[plan.data].target
    classes = look_at(plan.file).classes
    return "quantity" if classes == 0 else "two classes" if classes == 2 else "classes"


def fields_for(
    plan: Plan, devices: tuple[str, ...] = ("cpu",), names: Mapping[str, str] = MappingProxyType({})
) -> tuple[Field, ...]:
    """The form: only what fits the data and the target is offered.

    Args:
        plan: what is chosen so far.
        devices: those that the interpreter reports.
        names: what they are, where that is known.
    """
    try:
        losses = FITTING_LOSSES[target_of(plan)]
    except PlanError:
        losses = tuple(LOSSES)
    found = [_choices("data", "Data", "What to learn from.", [entry.choice for entry in DATA.values()])]
    if plan.data == "file":
        found.append(Field("file", "File", "file", DATA["file"].choice.help))
    found.append(_choices("model", "Model", "What learns.", [MODELS[name] for name in FITTING_MODELS[form_of(plan)]]))
    if plan.model == "own":
        found.append(Field("factory", "Made by", "file", MODELS["own"].help, example="my_models:make_net"))
        found.append(
            Field(
                "folder",
                "In folder",
                "folder",
                "Where its module lies; a chosen file brings its own.",
                example="beside the script",
            )
        )
    elif plan.model in ("mlp", "cnn", "transformer"):
        found.append(_choices("activation", "Activation", "What bends the straight lines.", list(ACTIVATIONS.values())))
    found += [
        _choices("loss", "Loss", "How wrong an answer is, as one number.", [LOSSES[name] for name in losses]),
        _choices("optimizer", "Optimizer", "How gradients become updates.", list(OPTIMIZERS.values())),
        Field("lr", "Learning rate", "number", "How far each update goes.", low=1e-6, high=10.0),
        _choices("schedule", "Schedule", "How the learning rate changes.", list(SCHEDULES.values())),
        Field("batch_size", "Batch size", "count", "Examples an iteration.", low=1, high=4096),
        Field("epochs", "Epochs", "count", "How often all examples are seen.", low=1, high=10_000),
    ]
    if plan.model in ("mlp", "cnn", "transformer"):
        found.append(
            Field("dropout", "Dropout", "number", "The share of values set to 0 in training.", low=0.0, high=0.9)
        )
    found += [
        Field("seed", "Seed", "count", "One seed, one run.", low=0, high=2**31 - 1),
        _choices("dtype", "Precision", "The type of the numbers.", list(DTYPES.values())),
        _choices(
            "device",
            "Device",
            "Where to train.",
            [Choice(name, f"{name}: {names[name]}" if name in names else name) for name in devices],
        ),
    ]
    return tuple(found)


def changed(plan: Plan, name: str, value: str | float) -> Plan:
    """The plan with one field changed, and whatever no longer fits it changed with it.

    Other data brings its own defaults: what suited the old one says nothing about the new.
    """
    if name == "data":
        kept = replace(DATA[str(value)].best, seed=plan.seed, dtype=plan.dtype, device=plan.device, file=plan.file)
        kept = replace(kept, factory=plan.factory, folder=plan.folder)
        return _fitting(kept)
    if name == "factory":
        return with_factory(plan, str(value))
    made: Plan = replace(plan, **{name: value})  # type: ignore[arg-type]  # the names are those of ``Field``
    if name == "optimizer":
        made = replace(made, lr=_USUAL_RATES[str(value)])
    return _fitting(made)


_USUAL_RATES = {"sgd": 0.1, "momentum": 0.05, "adam": 0.01, "adamw": 0.01, "rmsprop": 0.005, "lbfgs": 0.5}


def _fitting(plan: Plan) -> Plan:
    models = FITTING_MODELS[form_of(plan)]
    if plan.model not in models:
        plan = replace(plan, model=models[0])
    try:
        losses = FITTING_LOSSES[target_of(plan)]
    except PlanError:
        return plan  # said where the script is written
    return plan if plan.loss in losses else replace(plan, loss=losses[0])


def _choices(name: str, label: str, help_text: str, choices: list[Choice]) -> Field:
    return Field(name, label, "choice", help_text, tuple(choices))


def _device(device: str, name: str) -> Choice:
    return Choice(device, f"{device}: {name}" if name else device)
