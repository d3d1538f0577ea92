"""The tensors of the script's current frame, and which of them changed from one pause to the next."""

from __future__ import annotations

from gradscope.wire.messages import Variable, VariablesTold

__all__ = ["Variable", "VariablesTold", "changes"]

_WATCHED = ("value", "grad")


def changes(before: VariablesTold | None, now: VariablesTold | None) -> frozenset[tuple[str, str]]:
    """(variable, "value" or "grad") that differ between two pauses in one function; none across functions."""
    if before is None or now is None:
        return frozenset()
    if (before.frame.file, before.frame.function) != (now.frame.file, now.frame.function):
        return frozenset()
    old = {variable.name: variable for variable in before.variables}
    return frozenset(
        (variable.name, field)
        for variable in now.variables
        for field in _WATCHED
        if variable.name in old and getattr(variable, field) != getattr(old[variable.name], field)
    )
