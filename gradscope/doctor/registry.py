"""Every rule by name of its function. A new rule is a function in the file of its family, and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import absent, again, broadcast, flow, inplace, limits, loss_input, mismatch, no_gradient, raised, training

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.graph.fault import Fault
    from gradscope.graph.state import RunState

    from .findings import Finding


# The first that knows an exception explains it; the last knows every one.
FAULT_RULES: tuple[Callable[[Fault, RunState], Finding | None], ...] = (
    inplace.saved_tensor,
    inplace.leaf,
    again.second_backward,
    no_gradient.no_graph,
    no_gradient.not_scalar,
    no_gradient.flag_called,
    raised.anomaly,
    absent.device,
    absent.module,
    absent.file,
    limits.loader_worker,
    limits.memory,
    limits.embedding_index,
    limits.target_class,
    mismatch.devices,
    mismatch.dtypes,
    mismatch.shape,
    raised.anything,
)


# What a training itself gives reason to say, looked at after each iteration.
RUN_RULES: tuple[Callable[[RunState], list[Finding]], ...] = (
    training.loss,
    flow.not_finite,
    training.not_cleared,
    training.never_reached,
    training.not_in_optimizer,
    broadcast.broadcast_loss,
    loss_input.squashed_twice,
    loss_input.evaluation_mode,
    training.rate_of_zero,
    flow.dead_relu,
    flow.over_depth,
    training.update_size,
)


def examine(state: RunState) -> list[Finding]:
    """What is wrong with the iteration that this state shows."""
    return [finding for rule in RUN_RULES for finding in rule(state)]


def explain(fault: Fault, state: RunState) -> Finding:
    """What an exception means."""
    for rule in FAULT_RULES:
        finding = rule(fault, state)
        if finding is not None:
            return finding
    raise AssertionError("the last rule knows every exception")
