"""Layouts by the worker: the same as at home, the newest wins, a dead worker is replaced, and none is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest

from gradscope.graph.fold import initial, visible_graph
from gradscope.layout import client as client_module
from gradscope.layout.client import LayoutClient
from gradscope.layout.engine import LayoutRequest, layout
from gradscope.layout.sizes import item_sizes
from tests.layout import graphs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradscope.layout.geometry import Layout

WAIT = 60.0


class Answers:
    """Collects what is called back, from whatever thread."""

    def __init__(self) -> None:
        self.made: list[Layout] = []
        self.came = threading.Event()

    def __call__(self, made: Layout) -> None:
        self.made.append(made)
        self.came.set()


def _request(blocks: int) -> LayoutRequest:
    graph = graphs.gpt(blocks)
    visible = visible_graph(graph, initial(graph).all_open())
    return LayoutRequest(item_sizes(graph, visible), visible.source, visible.target, visible.parent)


def _at_home(request: LayoutRequest) -> Layout:
    return layout(request.sizes, request.sources, request.targets, request.parents)


def _same(one: Layout, other: Layout) -> bool:
    pairs: list[tuple[Any, Any]] = [
        (one.rects, other.rects),
        (one.points, other.points),
        (one.start, other.start),
    ]
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.fixture
def client() -> Iterator[LayoutClient]:
    made = LayoutClient()
    yield made
    pid = made.worker_pid
    made.close()
    assert pid is None or not psutil.pid_exists(pid)


def test_a_small_graph_is_there_at_once_without_a_worker(client: LayoutClient) -> None:
    answers = Answers()
    client.submit(_request(1), answers)
    assert len(answers.made) == 1
    assert client.worker_pid is None


def test_the_worker_makes_what_this_process_would_make(client: LayoutClient) -> None:
    request, answers = _request(20), Answers()
    client.submit(request, answers)
    assert answers.came.wait(WAIT)
    assert client.worker_pid is not None
    assert _same(answers.made[0], _at_home(request))


def test_only_the_newest_is_answered(client: LayoutClient) -> None:
    old, new = Answers(), Answers()
    newest = _request(8)
    client.submit(_request(100), old)
    client.submit(_request(60), old)
    client.submit(newest, new)
    assert new.came.wait(WAIT)
    assert old.made == []
    assert _same(new.made[0], _at_home(newest))


def test_a_small_one_overtakes_a_large_one(client: LayoutClient) -> None:
    old, new, last = Answers(), Answers(), Answers()
    client.submit(_request(60), old)
    client.submit(_request(1), new)
    assert new.made
    client.submit(_request(8), last)
    assert last.came.wait(WAIT)
    assert old.made == []


def test_a_cancelled_one_is_not_answered(client: LayoutClient) -> None:
    dropped, kept = Answers(), Answers()
    client.cancel(client.submit(_request(40), dropped))
    client.submit(_request(8), kept)
    assert kept.came.wait(WAIT)
    assert dropped.made == []


def test_a_killed_worker_is_replaced(client: LayoutClient) -> None:
    first, second = Answers(), Answers()
    client.submit(_request(8), first)
    assert first.came.wait(WAIT)
    killed = client.worker_pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    client.submit(_request(9), second)
    assert second.came.wait(WAIT)
    assert client.worker_pid not in (None, killed)


def test_a_worker_that_cannot_start_still_leaves_a_layout(
    client: LayoutClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module.sys, "executable", "/nowhere/python")
    request, answers = _request(8), Answers()
    client.submit(request, answers)
    assert answers.came.wait(WAIT)
    assert len(answers.made[0].rects) == len(request.sizes)


def test_closing_in_the_middle_calls_nothing_back() -> None:
    client, answers = LayoutClient(), Answers()
    client.submit(_request(60), answers)
    client.close()
    assert answers.made == []
    assert client.worker_pid is None


def test_the_worker_ends_when_its_stdin_does() -> None:
    worker = subprocess.run(
        [sys.executable, "-m", "gradscope.layout.worker"], stdin=subprocess.DEVNULL, capture_output=True, timeout=WAIT
    )
    assert worker.returncode == 0
    assert worker.stdout == b""
    assert worker.stderr == b""


def test_garbage_on_the_pipe_is_refused() -> None:
    worker = subprocess.run(
        [sys.executable, "-m", "gradscope.layout.worker"], input=b"x" * 64, capture_output=True, timeout=WAIT
    )
    assert worker.returncode != 0
    assert b"not a layout frame" in worker.stderr
