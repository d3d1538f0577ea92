"""The first sight of graphs of real scripts: few cards, readable, the trunk straight, nothing over anything else.

All scripts train one iteration in one process, one after the other; every graph of every pass is judged.
"""

from __future__ import annotations

import html
import math
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from gradscope.app.canvas.camera import READABLE_ZOOM
from gradscope.app.canvas.pane import CanvasPane
from gradscope.app.canvas.widget import GraphCanvas
from gradscope.app.theme import DARK, LIGHT
from gradscope.export.svg import PictureStyle, svg_picture
from gradscope.graph import fold_moves as moves
from gradscope.graph.fold import visible_graph
from gradscope.graph.marks import build_marks
from gradscope.graph.snapshot import Role
from gradscope.graph.visible import ItemKind
from gradscope.layout.cut_signs import cut_signs
from gradscope.layout.engine import layout
from gradscope.layout.first_sight import first_sight
from gradscope.layout.geometry import Layout
from gradscope.layout.scene import build_scene
from gradscope.layout.sizes import HEADER_HEIGHT, item_sizes, text_width
from gradscope.layout.texts import card_of
from gradscope.session.recording import Recording
from tests.app.canvas.contrast import texts_written, unreadable
from tests.commands import gradscope
from tests.layout import judge

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.fold import FoldState
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState
    from gradscope.graph.visible import VisibleGraph
    from gradscope.layout.engine import Direction

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPTS = Path(__file__).parents[1] / "scripts"
LESSONS = Path(__file__).parents[2] / "resources/lessons"
LINES = {
    "line": shlex.quote(str(LESSONS / "01_line.py")),
    "spiral": f"{shlex.quote(str(LESSONS / '02_spiral.py'))} --epochs 1",
    "resnet18": "resnet18.py --iterations 1",
    "resnet50": "resnet50.py --iterations 1",
    "gpt": "gpt.py --layers 12 --iterations 1",
    "rnn": "rnn.py --length 200 --iterations 1",
    "gan": "gan.py --iterations 1",
    "maml": "maml.py --iterations 1",
    "cuts": "cuts.py --iterations 1",
    "switch": shlex.quote(str(LESSONS / "07_switch_off.py")),
}
ROOMS = {"1280x800": (640.0, 320.0), "1680x1020": (990.0, 519.0), "1920x1080": (1230.0, 579.0)}
PANES = {"1280x800": (702, 445), "1680x1020": (1038, 635), "1920x1080": (1278, 695)}  # the canvas of such windows
WIDE = ROOMS["1680x1020"]
TANGLED = ("maml", "cuts", "switch")  # of a double backward, or of several losses side by side, no way is the trunk
MOST_CARDS = 40
DIRECTIONS: tuple[Direction, ...] = ("down", "right")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[GraphSnapshot, RunState]]]:
    """By script, the graphs of all its passes, each with the state in which it was first seen."""
    folder = tmp_path_factory.mktemp("graphs")
    file = folder / "all.gscope"
    words = (str(SCRIPTS / "several.py"), *LINES.values())
    ran = gradscope(
        "record", "--level", "detail", "-o", str(file), "--", *words, cwd=folder, timeout=170, OMP_NUM_THREADS="1"
    )
    assert ran.returncode == 0, ran.stderr
    recording = Recording.open(file)
    found: dict[str, dict[str, tuple[GraphSnapshot, RunState]]] = {name: {} for name in LINES}
    for iteration in recording.iterations:
        state = recording.state_at(iteration)
        for fingerprint, graph in state.graphs.items():
            files = {Path(graph.text(node, "file")).name for node in range(len(graph))}
            for name, line in LINES.items():
                if Path(shlex.split(line)[0]).name in files:
                    found[name].setdefault(fingerprint, (graph, state))
    recording.close()
    assert all(found.values())
    return {name: list(made.values()) for name, made in found.items()}


@pytest.fixture(scope="module")
def graphs(runs: dict[str, list[tuple[GraphSnapshot, RunState]]]) -> dict[str, list[GraphSnapshot]]:
    """By script, the graphs of all its passes."""
    return {name: [graph for graph, _ in made] for name, made in runs.items()}


def _laid(graph: GraphSnapshot, fold: FoldState, direction: Direction, room: Any) -> tuple[VisibleGraph, Layout]:
    visible = visible_graph(graph, fold)
    sizes = item_sizes(graph, visible)
    return visible, layout(sizes, visible.source, visible.target, visible.parent, direction, room)


def _assert_sound(visible: VisibleGraph, made: Layout) -> None:
    assert judge.overlapping(made, visible.parent) == []
    assert judge.escaping(made, visible.parent, HEADER_HEIGHT) == []
    assert judge.detached(made, visible.source, visible.target) == []
    assert judge.slanted(made) == []
    assert judge.trespassing(made, visible.source, visible.target, visible.parent) == []


def _cards(graph: GraphSnapshot, visible: VisibleGraph) -> int:
    """Cards of operations, calls and leaves; a small input beside one is read along with it."""
    large = np.isin(visible.kinds, (ItemKind.NODE, ItemKind.CLOSED_CALL))
    own = visible.node >= 0
    large[own] &= graph.nodes["role"][visible.node[own]] != Role.INPUT
    return int(large.sum())


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("script", LINES)
def test_the_first_sight_of_a_real_graph(
    script: str, room: str, direction: Direction, graphs: dict[str, list[GraphSnapshot]]
) -> None:
    for graph in graphs[script]:
        visible, made = _laid(graph, first_sight(graph, ROOMS[room], direction), direction, ROOMS[room])
        _assert_sound(visible, made)
        assert _cards(graph, visible) <= MOST_CARDS
        tangled = script in TANGLED and len(visible) > 20
        assert len(judge.bent(made, judge.trunk(visible), direction == "right")) <= 2 * tangled
        assert judge.hugging(made, visible.parent) == []
        if room == "1680x1020" and direction == "down" and not tangled:
            assert min(WIDE[0] / made.bounds[2], WIDE[1] / made.bounds[3]) >= 0.7


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("script", LINES)
def test_a_real_graph_with_everything_open(
    script: str, direction: Direction, graphs: dict[str, list[GraphSnapshot]]
) -> None:
    for graph in graphs[script]:
        visible, made = _laid(graph, first_sight(graph, WIDE, direction).all_open(), direction, WIDE)
        kinds = visible.kinds[visible.item_of_node]
        assert set(kinds.tolist()) <= {ItemKind.NODE, ItemKind.CHIP}, "each node is seen itself"
        _assert_sound(visible, made)
        if direction == "down":
            assert len(judge.hugging(made, visible.parent)) <= 4 * (script == "maml")
            way = judge.trunk(visible)
            assert len(judge.bent(made, way)) <= (0.4 if script in TANGLED else 0.1) * len(way)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("zoom", [1.0, 0.6])
@pytest.mark.parametrize("script", ["cuts", "switch"])
def test_words_beside_a_cut_cover_nothing(
    script: str, zoom: float, direction: Direction, graphs: dict[str, list[GraphSnapshot]]
) -> None:
    """Letters are 11 pixels high at every zoom, so that they take more of the scene from afar."""
    written = marks = 0
    for graph in graphs[script]:
        visible, made = _laid(graph, first_sight(graph, WIDE, direction), direction, WIDE)
        scene = build_scene(graph, visible, made, direction)
        lines, items = range(len(visible.source)), range(len(visible))
        signs = cut_signs(scene, lines, items, lambda text: (text_width(text, 11) / zoom + 6, 15.0 / zoom))
        plates = np.array([sign.plate for sign in signs if sign.plate is not None]).reshape(-1, 4)
        cards = np.vstack((scene.rects[scene.cards], plates))
        covered = judge.overlapping(Layout(cards, made.points, made.start), np.zeros(len(cards)))
        assert [pair for pair in covered if max(pair) >= len(scene.cards)] == []
        for sign in signs:
            assert math.dist(sign.at, scene.route(sign.edge)[0]) > 2 if sign.edge >= 0 else True
        written, marks = written + len(plates), marks + len(signs)
    assert marks > 0
    roomy = zoom == 1.0 and direction == "down"  # where lines go right, cards stand closer than words are wide
    assert written >= (0.9 if roomy else 0.3) * marks


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("script", LINES)
def test_what_stands_on_a_card_is_not_cut_below_eight_letters(
    script: str, direction: Direction, graphs: dict[str, list[GraphSnapshot]]
) -> None:
    for graph in graphs[script]:
        visible, made = _laid(graph, first_sight(graph, WIDE, direction), direction, WIDE)
        text = svg_picture(build_scene(graph, visible, made, direction), None, PictureStyle()).text
        elided = re.findall(r">([^<>]*)\u2026</text>", text)
        assert [words for words in elided if len(html.unescape(words)) < 8] == []
        assert len(re.findall("<text", text)) > 5


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("script", LINES)
def test_what_stands_on_a_card_can_be_read(
    qtbot,
    monkeypatch,
    script: str,
    theme: Theme,
    direction: Direction,
    runs: dict[str, list[tuple[GraphSnapshot, RunState]]],
) -> None:
    canvas = GraphCanvas(theme)
    qtbot.addWidget(canvas)
    canvas.resize(round(WIDE[0]), round(WIDE[1]))
    canvas.set_animated(False)
    written = texts_written(monkeypatch)
    for graph, state in runs[script]:
        visible, made = _laid(graph, first_sight(graph, WIDE, direction), direction, WIDE)
        canvas.set_scene(build_scene(graph, visible, made, direction))
        canvas.set_marks(build_marks(state, graph, visible))
        assert unreadable(canvas, written) == {}


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("size", PANES)
def test_no_card_lies_under_a_legend_or_the_map(
    qtbot, size: str, direction: Direction, graphs: dict[str, list[GraphSnapshot]]
) -> None:
    pane = CanvasPane(LIGHT)
    qtbot.addWidget(pane)
    pane.canvas.set_animated(False)
    pane.resize(*PANES[size])
    pane.show()
    for script, graph in ((name, graph) for name in LINES for graph in graphs[name]):
        room = pane.canvas.room
        visible, made = _laid(graph, first_sight(graph, room, direction), direction, room)
        for theme in (LIGHT, DARK):
            pane.set_theme(theme)
            pane.canvas.set_scene(None)
            pane.canvas.set_scene(build_scene(graph, visible, made, direction))
            assert _covered(pane) == {}, script
            assert pane.heat_legend.isVisible()
            assert pane.canvas.camera.zoom >= READABLE_ZOOM, script


def _covered(pane: CanvasPane) -> dict[str, str]:
    """What lies over the canvas, with a card below it."""
    canvas, found = pane.canvas, {}
    scene, around = canvas.scene, pane.corners
    assert scene is not None
    over = (pane.selector, pane.breadcrumb, around.heat_legend, around.role_legend, around.minimap, around.map_button)
    for widget in over:
        place = widget.geometry().intersected(canvas.geometry())
        if widget.isHidden() or place.isEmpty():
            continue
        rects = canvas.camera.screen_rects(scene.rects[scene.cards])
        for item, (x, y, width, height) in zip(scene.cards.tolist(), rects.tolist(), strict=True):
            if QRectF(x, y, width, height).intersects(QRectF(place)):
                found[widget.accessibleName() or type(widget).__name__] = card_of(
                    scene.graph, scene.visible, item
                ).title
    return found


LAYERS = {f"model.layer{layer}" for layer in range(1, 5)}
BLOCKS = {f"{layer}.{block}" for layer in LAYERS for block in (0, 1)}
SHORTCUTS = {f"model.layer{layer}.0.downsample" for layer in (2, 3, 4)}


def _open(graph: GraphSnapshot, fold: FoldState) -> set[str]:
    """The layers and blocks that are boxes."""
    visible = visible_graph(graph, fold)
    boxes = visible.call[visible.kinds == ItemKind.OPEN_CALL].tolist()
    return {graph.calls[call].label for call in boxes} & (LAYERS | BLOCKS | SHORTCUTS)


def _call(graph: GraphSnapshot, label: str) -> int:
    return next(row for row, call in enumerate(graph.calls) if call.label == label)


def test_a_residual_net_opens_level_by_level_to_a_depth_and_below_a_layer(
    graphs: dict[str, list[GraphSnapshot]],
) -> None:
    graph = graphs["resnet18"][0]
    levels: list[set[str]] = [set(), LAYERS, LAYERS | BLOCKS, LAYERS | BLOCKS | SHORTCUTS]
    fold = moves.all_below_closed(graph, first_sight(graph, WIDE))
    for depth, wanted in enumerate(levels):
        assert _open(graph, fold) == _open(graph, moves.to_depth(graph, fold, depth)) == wanted
        fold = moves.level_opened(graph, fold)
    fold = moves.to_depth(graph, fold, len(levels) - 1)
    for wanted in reversed(levels[:-1]):
        fold = moves.level_closed(graph, fold)
        assert _open(graph, fold) == wanted
    below = moves.all_below_opened(graph, fold, _call(graph, "model.layer2"))
    assert _open(graph, below) == {f"model.layer2{inner}" for inner in ("", ".0", ".1", ".0.downsample")}
    shown = visible_graph(graph, below)
    own = [node for node in range(len(graph)) if (call := graph.call(node)) and call.module.startswith("model.layer2.")]
    kinds = shown.kinds[shown.item_of_node[own]]
    assert len(own) > 20
    assert ItemKind.CLOSED_CALL not in kinds.tolist(), "each node of the layer is seen itself"
    assert _open(graph, moves.all_below_closed(graph, below, _call(graph, "model.layer2"))) == set()


def test_all_that_are_alike_open_together(graphs: dict[str, list[GraphSnapshot]]) -> None:
    graph = graphs["gpt"][0]
    fold = moves.all_below_closed(graph, first_sight(graph, WIDE))
    opened = moves.all_alike_opened(graph, fold, _call(graph, "model.blocks.3"))
    visible = visible_graph(graph, opened)
    boxes = visible.call[visible.kinds == ItemKind.OPEN_CALL].tolist()
    assert sorted(graph.calls[call].label for call in boxes) == sorted(f"model.blocks.{block}" for block in range(12))
    assert moves.all_alike_closed(graph, opened, _call(graph, "model.blocks.7")).open <= fold.open
