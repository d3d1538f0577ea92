"""A short part of ``python -m tests.e2e.random_orders``: orders, a kill and a loss against real runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import gradscope.session.run as run_module

from .crowd import Crowd

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("warm_python")


def test_random_orders_leave_no_trace_and_nothing_stuck(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name in ("UNREPORTED_AFTER", "LOST_AFTER"):
        monkeypatch.setattr(run_module, name, getattr(run_module, name))  # put back afterwards
    crowd = Crowd(tmp_path, seed=7)
    crowd.play("let_go_paused", "kill_lost", orders=15)
    crowd.play("finish", orders=40)
    counts = crowd.counts
    assert not counts.wrong
    assert counts.finished == 2
    needed = (("paused", "lost"), ("lost", "exited"), ("lost", "greeted"), ("ended", "started"))
    taken = {row: counts.rows[row] for row in needed}
    assert all(taken.values()), taken
