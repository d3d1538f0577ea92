"""A breakpoint set by mouse and key in the real window: its mark is seen, and training stops where it was set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gradscope.palette import LIGHT
from gradscope.session.recording import Recording

from .desktop import eventually
from .test_hands import CANVAS, Person

if TYPE_CHECKING:
    from pathlib import Path

    from .desktop import Desktop

pytestmark = [pytest.mark.display, pytest.mark.usefixtures("warm_python")]


def test_a_leaf_is_clicked_f9_marks_it_and_f5_runs_to_it(desktop: Desktop, tmp_path: Path) -> None:
    with Person(desktop, tmp_path, "demo", "--theme", "light") as person:
        person.held_at("forward")
        eventually(lambda: person.count(CANVAS, LIGHT.leaf_fill) > 10_000, "the leaves as cards")
        person.press_until("F10", lambda: person.point() == "loss", "the loss")
        x, y, _ = person.leaf()
        person.click(x, y + 8)
        plain = person.count(CANVAS, LIGHT.cut)
        person.key("F9")
        eventually(lambda: person.count(CANVAS, LIGHT.cut) > plain + 40, "the mark on the card")
        person.press_until("F5", lambda: person.point() == "node", "the stop at the node")
        state = Recording.open(person.recording).state_at(None)
        assert state.pause is not None
        assert state.pause.breakpoint == 1
        graph = state.graph
        assert graph is not None
        name = graph.text(state.pause.node, "name")
        assert name
        assert state.pause.reason == f"{name} is about to run"
        eventually(lambda: person.count(CANVAS, LIGHT.halo) > 300, "the halo on it")
        person.key("F9")
        eventually(lambda: person.count(CANVAS, LIGHT.cut) <= plain, "no mark any more")
        assert person.errors.read_text() == ""
