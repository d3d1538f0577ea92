"""What the data of a plan ask of its model: what it is called with, and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass

from .catalogue import form_of, target_of
from .data_blocks import PARAGRAPH
from .plan import Plan
from .tables import look_at

EXAMPLES = 4  # in the batch that a model is tried with


@dataclass(frozen=True, slots=True)
class Demand:
    """What the data ask of a model: shapes of a batch in and out, and how many codes there are (0: real numbers).

    ``at_least``: the last dimension may be larger, as more logits than classes.
    """

    takes: tuple[int, ...]
    gives: tuple[int, ...]
    codes: int = 0
    at_least: bool = False


def demand_of(plan: Plan) -> Demand:
    """What the model of a plan is called with, and what must come of it.

    Raises:
        PlanError: the user's table cannot be used.
    """
    form = form_of(plan)
    if form == "text":
        codes = len(set(PARAGRAPH))
        return Demand((EXAMPLES, 32), (EXAMPLES, 32, codes), codes, at_least=True)
    if form == "images":
        return Demand((EXAMPLES, 3, 16, 16), (EXAMPLES, 3), at_least=True)
    table = look_at(plan.file) if form == "table" else None
    features, classes = (table.features, table.classes) if table else {"points": (2, 2), "curve": (1, 0)}[form]
    single = plan.loss == "bce" or target_of(plan) == "quantity"
    return Demand((EXAMPLES, features), (EXAMPLES, 1 if single else classes), at_least=not single)


def what_is_tried(plan: Plan) -> Plan:
    """The plan as far as it decides whether its model can be trained: what else it says is left at its default."""
    return Plan(
        data=plan.data,
        model=plan.model,
        loss=plan.loss,
        dtype=plan.dtype,
        file=plan.file,
        factory=plan.factory,
        folder=plan.folder,
    )
