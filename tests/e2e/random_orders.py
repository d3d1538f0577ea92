"""``python -m tests.e2e.random_orders [ORDERS] [SEED]``: a seeded crowd of orders, kills and losses against real runs.

Every run is one way of ending: by itself, killed while it runs, pauses, is paused or lost, or let go of; a process that
never reports; started again in the middle. In between random orders are given, also several at once, with random
breakpoints, and the connection breaks: for a moment, or for so long that it is called lost (the process stands still
meanwhile). What must hold: something always happens within a limit (never stuck), each row of the table of lives is
taken twenty times, and a training that was allowed to end says the same digest as one that nobody watched. Several
processes play at once, each with its own sessions.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import count
from pathlib import Path

from gradscope.graph.life import TRANSITIONS

from .crowd import WAYS, Counts, Crowd, digest_alone

ENOUGH = 20  # times that each row is taken
PLAYERS = 3


def _played(seed: int, ways: tuple[str, ...], orders: int, digest: str) -> Counts | str:
    """In a process of its own: what the runs of one session came to; or, in words, where they got stuck."""
    with tempfile.TemporaryDirectory() as folder:
        crowd = Crowd(Path(folder), seed, digest)
        try:
            crowd.play(*ways, orders=orders)
        except AssertionError as error:
            return f"seed {seed}, {ways}: {type(error).__name__} {error}"
        return crowd.counts


class Tally:
    """What all crowds came to, and what to play next."""

    def __init__(self, wanted: int, seed: int) -> None:
        self.wanted = wanted
        self.counts = Counts()
        self.stuck: list[str] = []
        self._seeds = count(seed * 1_000_000)
        self._chance = random.Random(seed)
        self._ways: dict[str, Counter[tuple[str, str]]] = {way: Counter() for way in WAYS}

    @property
    def least(self) -> tuple[str, str]:
        """The row that was taken least often."""
        return min(TRANSITIONS, key=lambda row: self.counts.rows[row])

    @property
    def done(self) -> bool:
        """All was given and taken, or something is wrong."""
        enough = self.counts.orders >= self.wanted and self.counts.rows[self.least] >= ENOUGH
        return enough or bool(self.stuck or self.counts.wrong)

    def following(self) -> tuple[int, tuple[str, ...], int]:
        """Seed, ways and orders of the next session: first the orders, then for the row that is rare."""
        seed = next(self._seeds)
        if self.counts.orders < self.wanted:
            return seed, (self._chance.choice(tuple(WAYS)), "finish"), 60
        best = max(WAYS, key=self._promise)
        return seed, (best, best), 4

    def _promise(self, way: str) -> float:
        """How often a run of that way took the rarest row; the less it was played, the more it may."""
        return (self._ways[way][self.least] + 1) / (self.counts.ways[way] + 1)

    def add(self, ways: tuple[str, ...], found: Counts | str) -> None:
        """A session is over."""
        if isinstance(found, str):
            self.stuck.append(found)
            return
        for way in set(ways):
            self._ways[way].update(found.rows)
        self.counts.add(found)


def main() -> None:
    """Play until so many orders were given and each row was taken twenty times; print the counts."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    tally = Tally(wanted, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    began = time.monotonic()
    digest = digest_alone()
    with ProcessPoolExecutor(PLAYERS, multiprocessing.get_context("spawn")) as pool:
        playing: dict[Future[Counts | str], tuple[str, ...]] = {}
        while playing or not tally.done:
            while len(playing) < PLAYERS and not tally.done:
                seed, ways, orders = tally.following()
                playing[pool.submit(_played, seed, ways, orders, digest)] = ways
            for over in wait(playing, return_when=FIRST_COMPLETED).done:
                tally.add(playing.pop(over), over.result())
                taken = tally.counts.rows[tally.least]
                said = f"{tally.counts.orders} orders, least row {taken} {tally.least}"
                print(f"{said}, {time.monotonic() - began:.0f} s", flush=True)
    counts = tally.counts
    for (life, event), target in TRANSITIONS.items():
        print(f"{life:>12} + {event:<15} -> {target:<12} {counts.rows[(life, event)]:>6}")
    print(f"{counts.orders} orders in {counts.ways.total()} runs, {dict(counts.ways)}, held at {dict(counts.points)}")
    print(f"{counts.finished} ended by themselves, {len(counts.wrong)} of them otherwise than alone: {counts.wrong}")
    print(f"stuck: {tally.stuck or 'never'}; {time.monotonic() - began:.0f} s")
    sys.exit(1 if counts.wrong or tally.stuck else 0)


if __name__ == "__main__":
    main()
