"""What a person chose for a new training, and the fields that they choose by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FieldKind = Literal["choice", "number", "count", "file", "folder", "text"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a field's values: its id, the words for it, and one sentence of help."""

    id: str
    label: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to choose. ``low`` and ``high`` bound a number or a count; ``choices`` is empty for those.

    ``example`` stands in an empty field: what may be written there.
    """

    name: str
    label: str
    kind: FieldKind
    help: str
    choices: tuple[Choice, ...] = ()
    low: float = 0.0
    high: float = 0.0
    example: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole training.

    ``file`` is the user's own data, ``factory`` their own model as ``module:callable``, found from ``folder``; "" is
    the folder of the script itself.
    """

    data: str = "spiral"
    model: str = "mlp"
    activation: str = "relu"
    loss: str = "cross_entropy"
    optimizer: str = "adam"
    lr: float = 0.01
    schedule: str = "constant"
    batch_size: int = 64
    epochs: int = 20
    dropout: float = 0.0
    seed: int = 0
    dtype: str = "float32"
    device: str = "cpu"
    file: str = ""
    factory: str = ""
    folder: str = ""


class PlanError(ValueError):
    """A plan that cannot be trained; the text is for the user: what is wrong, and what to do."""
