"""Findings as text for people, as JSON, and as SARIF 2.1.0 for tools that show findings at their lines."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .findings import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .findings import Finding, Place
    from .report import Kept

_LEVELS = {"error": "error", "warning": "warning", "note": "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def text(kept: Sequence[Kept]) -> str:
    """One block for each finding."""
    if not kept:
        return "No problems found."
    blocks = []
    for one in kept:
        seen = f"iteration {one.first}" if one.count == 1 else f"{one.count} iterations, {one.first} to {one.last}"
        blocks.append(f"{one.finding.severity} [{one.finding.rule}], {seen}: {text_of(one.finding)}")
    return "\n\n".join(blocks)


def as_json(kept: Sequence[Kept]) -> str:
    """A list of objects with the fields of ``Finding``, and the iterations that it held in."""
    return json.dumps([finding_object(one) for one in kept], indent=2)


def finding_object(kept: Kept) -> dict[str, Any]:
    """One finding as JSON takes it."""
    finding = kept.finding
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "title": finding.title,
        "sentence": finding.sentence,
        "fix": finding.fix,
        "node": finding.node if finding.node >= 0 else None,
        "fingerprint": finding.fingerprint or None,
        "iterations": {"first": kept.first, "last": kept.last, "count": kept.count},
        "places": [asdict(place) for place in finding.places],
        "evidence": [{"name": name, "value": value} for name, value in finding.evidence],
        "guess": finding.guess,
    }


def sarif(kept: Sequence[Kept]) -> str:
    """A log with one run; the first place of a finding is its location, the others are related ones."""
    rules = {one.finding.rule: {"id": one.finding.rule} for one in kept}
    driver = {"name": "GradScope", "rules": list(rules.values())}
    run = {"tool": {"driver": driver}, "results": [_result(one.finding) for one in kept]}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _result(finding: Finding) -> dict[str, Any]:
    said = " ".join(part for part in (finding.title + ".", finding.sentence, finding.fix) if part)
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": said},
        "locations": [_location(place) for place in finding.places[:1]],
    }
    if len(finding.places) > 1:
        result["relatedLocations"] = [_location(place) for place in finding.places[1:]]
    return result


def _location(place: Place) -> dict[str, Any]:
    path = Path(place.file)
    uri = path.as_uri() if path.is_absolute() else path.as_posix()
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": place.line}}
    }
    if place.note:
        location["message"] = {"text": place.note}
    return location
