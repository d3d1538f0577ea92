"""The first sight of graphs that real scripts make: few cards, readable, nothing over anything else."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gradscope.graph.fold import visible_graph
from gradscope.graph.visible import ItemKind
from gradscope.layout.engine import layout
from gradscope.layout.first_sight import first_sight
from gradscope.layout.sizes import HEADER_HEIGHT, item_sizes
from gradscope.session.recording import Recording
from tests.commands import gradscope
from tests.layout import judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.graph.snapshot import GraphSnapshot

ROOT = Path(__file__).parents[2]
SCRIPTS = {
    "resnet18": ROOT / "tests/scripts/resnet18.py",
    "gpt": ROOT / "tests/scripts/gpt.py",
    "gan": ROOT / "tests/scripts/gan.py",
    "rnn": ROOT / "tests/scripts/rnn.py",
    "accumulate": ROOT / "tests/scripts/accumulate.py",
    "spiral": ROOT / "resources/lessons/02_spiral.py",
    "line": ROOT / "resources/lessons/01_line.py",
}
ROOMS = {"1280x800": (640.0, 320.0), "1680x1020": (990.0, 519.0), "1920x1080": (1230.0, 579.0)}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], GraphSnapshot]:
    """The last graph of a script; each script runs once."""
    folder = tmp_path_factory.mktemp("graphs")

    @cache
    def graph(name: str) -> GraphSnapshot:
        file = folder / f"{name}.gscope"
        ran = gradscope("record", "--steps", "1", "-o", str(file), "--", str(SCRIPTS[name]), cwd=folder)
        assert ran.returncode == 0, ran.stderr
        recording = Recording.open(file)
        made = recording.state_at(None).graph
        recording.close()
        assert made is not None
        return made

    return graph


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_first_sight_of_a_real_graph(script: str, room: str, recorded: Callable[[str], GraphSnapshot]) -> None:
    graph = recorded(script)
    visible = visible_graph(graph, first_sight(graph, ROOMS[room]))
    made = layout(item_sizes(graph, visible), visible.source, visible.target, visible.parent, room=ROOMS[room])
    assert judge.overlapping(made, visible.parent) == []
    assert judge.escaping(made, visible.parent, HEADER_HEIGHT) == []
    assert judge.detached(made, visible.source, visible.target) == []
    assert judge.slanted(made) == []
    assert judge.trespassing(made, visible.source, visible.target, visible.parent) == []
    large = np.isin(visible.kinds, (ItemKind.NODE, ItemKind.CLOSED_CALL))
    inputs = visible.node >= 0
    inputs[inputs] = graph.nodes["role"][visible.node[inputs]] == 3
    assert int((large & ~inputs).sum()) <= 40
    if room == "1680x1020":
        zoom = min(ROOMS[room][0] / made.bounds[2], ROOMS[room][1] / made.bounds[3])
        assert zoom >= 0.7


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_real_graph_with_everything_open(script: str, recorded: Callable[[str], GraphSnapshot]) -> None:
    graph = recorded(script)
    visible = visible_graph(graph, first_sight(graph, ROOMS["1680x1020"]).all_open())
    made = layout(item_sizes(graph, visible), visible.source, visible.target, visible.parent, room=ROOMS["1680x1020"])
    assert judge.overlapping(made, visible.parent) == []
    assert judge.detached(made, visible.source, visible.target) == []
    assert judge.trespassing(made, visible.source, visible.target, visible.parent) == []
