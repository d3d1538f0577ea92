"""What an update does to each parameter, as rows for a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradscope.wire.messages import NodeChecked, UpdateTold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.wire.messages import Parameter

__all__ = ["NodeChecked", "UpdateTold", "check_rows", "update_rows", "update_words"]

_COLUMNS = ("grad_norm", "before_norm", "after_norm", "update_norm", "ratio")


def update_rows(told: UpdateTold, parameters: Sequence[Parameter]) -> list[tuple[str | float | None, ...]]:
    """Name, norms of gradient, value before and after, difference, ratio, cosine; None where nothing was measured."""
    names = {parameter.index: parameter.name for parameter in parameters}
    table = told.table
    rows: list[tuple[str | float | None, ...]] = []
    for row, index in enumerate(table.column("parameter") if table.rows else ()):
        figures = [float(table.column(name)[row]) for name in _COLUMNS]
        cosine = float(table.column("cosine")[row])
        known = [None if figure < 0 else figure for figure in figures]
        rows.append((names.get(int(index), f"parameter {int(index)}"), *known, None if cosine > 1 else cosine))
    return rows


def update_words(told: UpdateTold) -> str:
    """What the table is of, or why there is none."""
    if not told.available:
        return told.why[:1].upper() + told.why[1:] + "."
    what = "What the update did" if told.done else "What the update would do; nothing has happened yet"
    since = f"; direction against the update of iteration {told.since}" if told.since >= 0 else ""
    more = f". {told.why[:1].upper()}{told.why[1:]}." if told.why else ""
    return f"{what}: {told.optimizer}, iteration {told.iteration}{since}{more}"


def check_rows(told: NodeChecked) -> list[tuple[str | float | None, ...]]:
    """Input, verdict, elements, largest differences, where, and what both say there."""
    rows: list[tuple[str | float | None, ...]] = []
    for one in told.inputs:
        shape = "×".join(map(str, one.shape)) or "scalar"  # noqa: RUF001 - the sign for shapes
        verdict = "agrees" if one.agrees else "DIFFERS"
        kinks = f", {one.kinks} at a kink" if one.kinks else ""
        place = str(list(one.worst)) if one.worst else ""
        checked = f"{one.checked}{kinks}"
        figures = (one.max_abs, one.max_rel, place, one.analytic, one.numeric)
        rows.append((f"{one.name} ({shape})", verdict, checked, *figures))
    return rows
