"""Looking back into the backward under way: the state as it was at a node that has run, from what was already told.

Nothing is asked of the training process, which stays where it is. A node's place is known where the engine's order is,
which it is while training is stepped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .state import PassState, RunState
    from .statistics import NodeStatistics


def stands_at(state: RunState) -> int:
    """How many nodes of the newest pass have run, at a pause; -1 where one cannot look back."""
    pause, newest = state.pause, state.current_pass
    if pause is None or newest is None or not len(newest.order) or newest.iteration != pause.iteration:
        return -1
    if state.partial is not None or newest.error:
        return -1
    if pause.point != "node":
        return len(newest.order) if newest.ended else -1
    if pause.pass_index != newest.index:
        return -1
    places = np.flatnonzero(newest.order == pause.node)
    return int(places[0]) if len(places) else -1


def stepped_back(state: RunState, steps: int) -> RunState | None:
    """The state as it was so many nodes before; None if that lies before the pass."""
    pause, newest = state.pause, state.current_pass
    place = stands_at(state) - steps
    if pause is None or newest is None or steps < 1 or place < 0:
        return None
    before = replace(
        pause,
        point="node",
        phase="backward",
        pass_index=newest.index,
        fingerprint=newest.fingerprint,
        node=int(newest.order[place]),
        position=place + 1,
        total=len(newest.order),
        text="",
    )
    then = replace(newest, gradients=_until(newest, place), ended=False)
    passes = tuple(then if one is newest else one for one in state.passes)
    return replace(state, pause=before, phase="backward", passes=passes)


def words(state: RunState, seen: RunState) -> str:
    """What the banner says: where one looks, and where the process stands."""
    pause, then = state.pause, seen.pause
    if pause is None or then is None:
        return ""
    where = f"node {pause.position}" if pause.point == "node" and pause.position > 0 else f"“{pause.point}”"
    return f"past: node {then.position} of {then.total}; the process stands at {where}"


def _until(newest: PassState, place: int) -> NodeStatistics:
    """What had passed when the node at ``place`` was about to run: its own gradient is the last one."""
    gradients = newest.gradients
    later = newest.order[place + 1 :]
    known = gradients.known.copy()
    known[later[later < len(known)]] = False
    gone = set(later.tolist())
    further = {key: row for key, row in gradients.further.items() if key[0] not in gone}
    return replace(gradients, known=known, further=further)
