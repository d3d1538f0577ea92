"""What was found over a run: each finding once, with the iterations in which it held."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from .findings import SEVERITIES, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding as it was seen last, the first and the last iteration of it, and in how many it held."""

    finding: Finding
    first: int
    last: int
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """Findings by key, in the order in which they were first seen."""

    kept: Mapping[tuple[str, str], Kept] = field(default_factory=lambda: MappingProxyType({}))

    def with_findings(self, findings: Iterable[Finding], iteration: int) -> Report:
        """A report that knows these too; the same object if there are none."""
        kept = dict(self.kept)
        for one in findings:
            known = kept.get(one.key)
            if known is None and len(kept) >= MOST_KEPT:
                continue
            if known is None:
                kept[one.key] = Kept(one, iteration, iteration, 1)
            else:
                count = known.count + (1 if iteration != known.last else 0)
                kept[one.key] = replace(known, finding=one, last=iteration, count=count)
        return Report(MappingProxyType(kept)) if kept != self.kept else self

    def ordered(self) -> list[Kept]:
        """The worst first; of equal ones the oldest."""
        return sorted(self.kept.values(), key=lambda one: SEVERITIES.index(one.finding.severity))
