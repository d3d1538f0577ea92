"""Hooks that the user registered on tensors and modules: shown beside the nodes and calls that they act on.

A leaf carries its hooks; those of a tensor on the way are noted as it is given them. Only names and places are kept,
and for each a weak way to ask whether it is still registered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..wire import messages as m
from ..wire.table import Table
from . import compat
from .guard import guarded
from .hook_names import TENSOR, UserHook, describe_hook, leaf_hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import torch

    from .attribution import Attribution
    from .call_rows import CallRows
    from .sheet import Sheet


class _Noted(NamedTuple):
    hook: UserHook
    number: int  # of the node whose result the tensor is
    registered: Callable[[], bool]


class UserHooks:
    """Of the iteration under way."""

    def __init__(self) -> None:
        self._noted: list[_Noted] = []

    @guarded("hooks of the user")
    def registered(self, tensor: Any, hook: Any, handle: Any) -> None:
        """``tensor.register_hook(hook)`` returned ``handle``."""
        node = tensor.grad_fn
        if node is not None:
            still = _registration(handle)
            self._noted.append(_Noted(describe_hook(TENSOR, hook), compat.node_sequence(node), still))

    def on_tensors(self, leaves: Iterable[torch.Tensor]) -> list[UserHook]:
        """Every hook on these leaves, and on tensors on the way."""
        return [hook for leaf in leaves for hook in leaf_hooks(leaf)] + [noted.hook for noted in self._noted]

    def new_iteration(self) -> None:
        """Tensors on the way are new ones."""
        self._noted.clear()

    def table(self, made: Attribution, calls: CallRows, sheet: Sheet, on_nodes: list[tuple[int, UserHook]]) -> Table:
        """Columns: ``HOOK_COLUMNS``. ``on_nodes`` are those on graph nodes themselves, by row."""
        rows: list[tuple[int, int, UserHook]] = []
        for row, leaf in made.walk.leaves.items():
            rows += [(row, -1, hook) for hook in leaf_hooks(leaf)]
        here = {number: row for row, number in enumerate(made.numbers) if row not in made.walk.leaves}
        for noted in self._noted:
            if noted.number in here and noted.registered():
                rows.append((here[noted.number], -1, noted.hook))
        rows += [(row, -1, hook) for row, hook in on_nodes]
        for row, call in calls.rows():
            rows += [(-1, row, hook) for hook in call.hooks]
        columns: dict[str, list[int]] = {name: [] for name in m.HOOK_COLUMNS}
        for node, call_row, hook in rows:
            name, file = sheet.always(hook.name), sheet.text(hook.file)
            for column, value in zip(m.HOOK_COLUMNS, (node, call_row, hook.kind, name, file, hook.line), strict=True):
                columns[column].append(value)
        return Table.from_columns("i4", columns)


def _registration(handle: Any) -> Callable[[], bool]:
    hooks, key = getattr(handle, "hooks_dict_ref", None), getattr(handle, "id", None)

    def still() -> bool:
        known = hooks() if hooks is not None else None
        return known is not None and key in known

    return still
