"""A short part of ``python -m tests.e2e.random_orders``: orders, a kill and a loss against real runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradscope.session.run as run_module

from .random_orders import Crowd

if TYPE_CHECKING:
    from pathlib import Path


def test_random_orders_leave_no_trace_and_nothing_stuck(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name in ("UNREPORTED_AFTER", "LOST_AFTER"):
        monkeypatch.setattr(run_module, name, getattr(run_module, name))  # put back afterwards
    crowd = Crowd(tmp_path, seed=7)
    crowd.play("let_go_paused", 20)
    crowd.play("kill_paused", 20)
    crowd.play("finish", 40)
    assert not crowd.wrong
    assert crowd.finished == 2
    taken = {row: crowd.rows[row] for row in (("paused", "lost"), ("paused", "exited"), ("lost", "exited"))}
    assert all(taken.values()), taken
