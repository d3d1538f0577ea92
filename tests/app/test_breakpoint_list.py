"""The list of breakpoints by itself: what a key sets, what is the same place, what is kept, and what acts once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gradscope.app.controllers.breakpoint_list import BreakpointList
from gradscope.graph.state import reduce
from gradscope.wire import messages as m
from gradscope.wire.messages import Breakpoint
from tests.samples import spiral_state

if TYPE_CHECKING:
    from gradscope.graph.state import RunState

ANY = Breakpoint(0, "any", condition="nonfinite")
LINE = Breakpoint(0, "line", name="train.py", occurrence=31)


def listed(*breakpoints: Breakpoint) -> BreakpointList:
    made = BreakpointList()
    made.set_graph(spiral_state().graph)
    for one in breakpoints:
        made.add(one)
    return made


def test_numbers_are_not_given_twice_while_others_are_there() -> None:
    made = listed(ANY, LINE, Breakpoint(0, "phase", name="loss"))
    made.remove(1)
    made.add(ANY)
    assert [(one.number, one.kind) for one in made.all] == [(2, "line"), (3, "phase"), (4, "any")]
    made.remove_all()
    assert made.all == ()


def test_one_place_takes_one_breakpoint_and_says_which() -> None:
    made, told = listed(ANY, LINE), []
    made.added.connect(told.append)
    made.add(replace(LINE, log=True))
    assert (told, len(made.all)) == ([2], 2)
    for limit in (10.0, 100.0, 10.0):
        made.add(Breakpoint(0, "any", condition="above", threshold=limit))
    for iteration in (3, 4):
        made.add(Breakpoint(0, "phase", name="forward", iteration=iteration))
    assert told == [2, 3, 4, 3, 5, 6]


def test_marks_stand_at_what_is_switched_on() -> None:
    made = listed(LINE)
    made.toggle(3, -1)
    made.toggle(-1, 1)
    assert [(one.kind, one.call) for one in made.all] == [("line", ""), ("node", "net.0#0"), ("call", "net.0")]
    assert ("node", 3) in made.targets()
    assert ("call", 1) in made.targets()
    assert made.lines() == {("train.py", 31)}
    for one in made.all:
        made.enable(one.number, False)
    assert made.targets() == []
    assert made.lines() == frozenset()
    made.toggle(3, -1)
    assert [one.kind for one in made.all] == ["line", "call"]


def met(times: int) -> RunState:
    return reduce(spiral_state(), m.BreakpointHit(1, 3, times, "loss is NaN"))


def test_one_that_acts_once_is_switched_off_when_it_has_and_can_be_armed_again() -> None:
    made = listed(replace(ANY, once=True), LINE)
    made.set_state(spiral_state())
    assert made.all[0].enabled
    made.set_state(reduce(met(1), m.BreakpointHit(2, 3, 1, "line 31")))
    assert [one.enabled for one in made.all] == [False, True]
    for arm in (lambda: made.enable(1, True), lambda: made.edit(replace(made.all[0], enabled=True, iteration=7))):
        seen = met(made._seen.count(1))
        arm()
        made.set_state(seen)  # another graph, or the hit of another breakpoint
        assert made.all[0].enabled, "it was not met since it was switched on"
        made.set_state(met(made._seen.count(1) + 1))
        assert not made.all[0].enabled
    made.enable(1, True)
    made.load(made.text())  # another run
    made.set_state(met(1))
    assert not made.all[0].enabled


def test_what_one_had_met_is_not_told_of_another() -> None:
    made = listed(LINE)
    made.set_state(met(4))
    made.remove(1)
    made.add(replace(ANY, once=True))
    made.set_state(met(4))
    assert [(one.number, one.enabled) for one in made.all] == [(2, True)]


def test_what_is_kept_is_read_again_and_the_command_line_counts_where_both_ask() -> None:
    made = listed(ANY, LINE)
    made.enable(1, False)
    again = BreakpointList()
    again.load(made.text())
    assert again.all == made.all
    given = [Breakpoint(0, "any", condition="nonfinite"), Breakpoint(0, "loss", condition="above", threshold=5.0)]
    again.load(made.text(), given)
    assert [(one.number, one.kind, one.enabled) for one in again.all] == [
        (1, "any", True), (2, "line", True), (3, "loss", True),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "no json", "{}", "[3]", '[{"kind": "any"}]', '[{"number": "1", "kind": "any"}]'])
def test_what_is_no_breakpoint_is_left_out(text: str) -> None:
    made = BreakpointList()
    made.load(text)
    assert made.all == ()


def test_every_change_is_told_so_that_the_process_hears_of_it() -> None:
    made, told = listed(), []
    made.edited.connect(lambda: told.append([(one.number, one.enabled) for one in made.all]))
    steps: list[Any] = [made.toggle_nonfinite, lambda: made.enable(1, False), lambda: made.remove(1)]
    for step in steps:
        step()
    assert told == [[(1, True)], [(1, False)], []]
