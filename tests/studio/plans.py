"""Plans for the tests: every (data, model, loss), and a covering array over all pairs of values."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradscope.studio.catalogue import (
    ACTIVATIONS,
    DATA,
    DTYPES,
    FITTING_LOSSES,
    FITTING_MODELS,
    OPTIMIZERS,
    SCHEDULES,
    changed,
    form_of,
    target_of,
)
from gradscope.studio.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def user_tables(folder: Path) -> dict[str, str]:
    """A table of the user's for each kind of target: with a header, without one, and as an array."""
    random = np.random.default_rng(0)
    features = random.normal(size=(60, 3))
    weights = features @ np.array([1.0, -2.0, 0.5])
    tables = {
        "quantity.csv": np.column_stack([features, weights]),
        "two.csv": np.column_stack([features, weights > 0]),
        "three.npy": np.column_stack([features, np.digitize(weights, [-1, 1])]),
    }
    paths = {}
    for name, table in tables.items():
        path = folder / name
        if name.endswith(".npy"):
            np.save(path, table)
        else:
            np.savetxt(path, table, delimiter=",", header="a,b,c,y" if "two" in name else "", comments="")
        paths[name] = str(path)
    return paths


def combinations(tables: dict[str, str]) -> Iterator[Plan]:
    """Every (data, model, loss) that the form offers, but for the user's own model."""
    for data in DATA:
        for file in tables.values() if data == "file" else ("",):
            start = replace(Plan(), file=file)
            plan = changed(start, "data", data)
            for model in FITTING_MODELS[form_of(plan)]:
                for loss in FITTING_LOSSES[target_of(plan)]:
                    if model != "own":
                        yield changed(changed(plan, "model", model), "loss", loss)


def covering() -> list[Plan]:
    """Plans such that every pair of values of two fields that can stand together does so in one of them.

    Greedy: from all plans that the form allows, always the one with the most pairs not seen yet.
    """
    allowed = list(_allowed())
    pairs = [frozenset(_pairs(plan)) for plan in allowed]
    left = set().union(*pairs)
    chosen = []
    while left:
        best = max(range(len(allowed)), key=lambda index: len(pairs[index] & left))
        left -= pairs[best]
        chosen.append(allowed[best])
    return chosen


def _allowed() -> Iterator[Plan]:
    for data, entry in DATA.items():
        if data == "file":
            continue
        for model in FITTING_MODELS[entry.form]:
            for loss, optimizer in itertools.product(FITTING_LOSSES[entry.target], OPTIMIZERS):
                if model == "own":
                    continue
                for activation, schedule, dtype, dropout in itertools.product(
                    ACTIVATIONS, SCHEDULES, DTYPES, (0.0, 0.2)
                ):
                    plan = replace(entry.best, model=model, loss=loss, optimizer=optimizer, schedule=schedule)
                    yield replace(plan, activation=activation, dtype=dtype, dropout=dropout, lr=0.01, batch_size=256)


def _pairs(plan: Plan) -> Iterator[tuple[tuple[str, object], tuple[str, object]]]:
    names = ("data", "model", "activation", "loss", "optimizer", "schedule", "dtype", "dropout")
    yield from itertools.combinations([(name, getattr(plan, name)) for name in names], 2)
