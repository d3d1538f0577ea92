"""What leaves held in ``.grad`` when the last pass ended, what they held when the update began, and who changed it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from gradscope.wire.leaves import LEAF_GRADIENT_COLUMNS

from .formats import format_element, format_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gradscope.wire.messages import LeafGradients

_SAME = 1e-6


@dataclass(frozen=True, slots=True)
class LeafGradientsState:
    """Norms by parameter index, of one iteration. ``at_update`` is empty until an update begins."""

    iteration: int = -1
    at_pass_end: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    at_update: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    changed_by: tuple[str, ...] = ()

    def after(self, message: LeafGradients) -> LeafGradientsState:
        """With what was told."""
        parameter, norm = (message.norms.column(name) for name in LEAF_GRADIENT_COLUMNS)
        norms = MappingProxyType({int(p): float(n) for p, n in zip(parameter, norm, strict=True)})
        if message.moment == "pass":
            return LeafGradientsState(message.iteration, norms)
        if self.iteration != message.iteration:
            return LeafGradientsState(message.iteration, at_update=norms, changed_by=message.changed_by)
        return replace(self, at_update=norms, changed_by=message.changed_by)

    def changed(self, parameter: int) -> tuple[float, float] | None:
        """(norm after the last pass, norm before the update) where they differ."""
        arrived, used = self.at_pass_end.get(parameter, -1.0), self.at_update.get(parameter, -1.0)
        if arrived < 0 or used < 0 or math.isclose(arrived, used, rel_tol=_SAME, abs_tol=1e-30):
            return None
        if math.isnan(arrived) and math.isnan(used):
            return None
        return arrived, used

    def words(self, parameter: int) -> str:
        """``after backward() ‖g‖ = 4, before the update 0.5 (0.125x): clip_grad_norm_(...) (train.py:12)``; or ""."""
        change = self.changed(parameter)
        if change is None:
            return ""
        arrived, used = change
        ratio = used / arrived if arrived > 0 else math.nan
        factor = f" ({format_element(ratio)}x)" if math.isfinite(ratio) else ""
        by = f": {', '.join(self.changed_by)}" if self.changed_by else ""
        return f"‖.grad‖ {format_number(arrived)} after backward(), {format_number(used)} before the update{factor}{by}"
