"""The SVG of a graph: well-formed, complete, in the right colours, and no text wider than what it stands in."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
import pytest

from gradscope.export.picture import fold_to, picture_of
from gradscope.export.svg import PictureStyle, svg_picture
from gradscope.export.svg_pen import SvgPen, shortened, width_of
from gradscope.graph.heat import NONFINITE_BUCKET, UNKNOWN_BUCKET
from gradscope.graph.state import RunState
from gradscope.graph.visible import ItemKind
from gradscope.layout.sizes import HEADER_HEIGHT, text_width
from gradscope.palette import HEAT_ANCHORS, PALETTES, heat_rgb, hex_color, mixed
from tests.layout import graphs

from .scenes import NASTY, looks, spiral

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from gradscope.graph.marks import Marks
    from gradscope.layout.scene import Scene
    from gradscope.palette import ThemeName

SVG = "{http://www.w3.org/2000/svg}"


def drawn(scene: Scene, marks: Marks | None, **style: object) -> Element:
    return ElementTree.fromstring(svg_picture(scene, marks, PictureStyle(**style)).text)  # type: ignore[arg-type]


def items(root: Element) -> dict[str, Element]:
    return {group.get("id", ""): group for group in root.iter(f"{SVG}g") if "item" in group.get("class", "").split()}


def texts(element: Element) -> list[str]:
    return [text.text or "" for text in element.iter(f"{SVG}text")]


def named(root: Element, name: str) -> Element:
    return next(group for group in items(root).values() if group.get("data-name") == name)


def extent(text: Element) -> tuple[float, float]:
    """Left and right end by the table of widths."""
    pixels = float(text.get("font-size", "11"))
    mono = "Mono" in text.get("font-family", "")
    wide = text_width(text.text or "", pixels, bold=text.get("font-weight") == "600", mono=mono)
    left = float(text.get("x", "0")) - {"start": 0.0, "middle": wide / 2, "end": wide}[text.get("text-anchor", "start")]
    return left, left + wide


def large() -> Iterator[tuple[str, Scene, Marks]]:
    for name, graph in (("gpt", graphs.gpt(3)), ("resnet", graphs.resnet(4)), ("lstm", graphs.lstm(6))):
        for depth in (None, 0, 99):
            yield (f"{name}-{depth}", *picture_of(RunState(), graph, fold_to(graph, depth)))


ALL = [("spiral", *spiral()[1:]), ("looks", *looks()[1:]), *large()]
NAMES = [name for name, _, _ in ALL]


@pytest.mark.parametrize(("scene", "marks"), [case[1:] for case in ALL], ids=NAMES)
def test_every_item_is_one_group_with_a_title(scene: Scene, marks: Marks) -> None:
    found = items(drawn(scene, marks))
    assert len(found) == len(scene)
    for group in found.values():
        title = group.find(f"{SVG}title")
        assert title is not None
        assert title.text


@pytest.mark.parametrize(("scene", "marks"), [case[1:] for case in ALL], ids=NAMES)
def test_no_text_is_wider_than_its_card(scene: Scene, marks: Marks) -> None:
    found = items(drawn(scene, marks))
    checked = 0
    for item in range(len(scene)):
        kind, row = scene.target_of(item)
        group = found[f"{kind}-{row}" + (f"-at-{item}" if scene.visible.kinds[item] == ItemKind.REFERENCE else "")]
        x, y, width, height = scene.rects[item].tolist()
        for text in group.iter(f"{SVG}text"):
            left, right = extent(text)
            assert x + 3 <= left <= right <= x + width - 3, text.text
            assert y + 5 <= float(text.get("y", "0")) <= y + height - 2, text.text
            checked += 1
    assert checked >= len(scene) - len(scene.boxes)


def test_what_every_edge_of_the_graph_shows_is_drawn_once() -> None:
    _, scene, marks = spiral()
    root = drawn(scene, marks)
    routes = {
        group.get("class"): len(list(group)) for group in root.iter(f"{SVG}g") if "edges" in group.get("class", "")
    }
    tracked = int(scene.visible.tracked.sum())
    assert routes == {"edges": tracked - len(marks.lit), "edges untracked": len(scene.visible.source) - tracked}
    assert len(marks.lit) == 1
    assert svg_picture(scene, marks, PictureStyle()).text.count('stroke-width="2.6"') == 1


def test_the_lit_edge_points_to_the_leaf_where_its_gradient_goes() -> None:
    _, scene, marks = spiral()
    root = drawn(scene, marks)
    (lit,) = [path for path in root.iter(f"{SVG}path") if path.get("stroke-width") == "2.6"]
    places = [float(number) for number in re.findall(r"-?[\d.]+", lit.get("d", ""))]
    assert places[1] > places[-1], "from below, where the root is, upwards"
    heads = [path for path in root.iter(f"{SVG}path") if path.get("fill") == PALETTES["light"].halo]
    tips = [[float(number) for number in re.findall(r"-?[\d.]+", head.get("d", ""))][:2] for head in heads]
    assert places[-2:] in tips


def test_derivatives_and_what_flows_stand_on_their_edges() -> None:
    _, scene, marks = spiral()
    flowing = np.full(len(scene.visible.source), UNKNOWN_BUCKET, np.uint8)
    flowing[0] = NONFINITE_BUCKET
    told = replace(marks, lit=marks.lit[:0], derivatives={0: -2.5, 1: 0.5})
    told = replace(told, edge_widths=np.full(len(flowing), 3.0), edge_buckets=flowing)
    root = drawn(scene, told)
    assert {"×(-2.5)", "×0.5"} <= set(texts(root))  # noqa: RUF001 - the sign of multiplication
    strokes = [path.get("stroke") for path in root.iter(f"{SVG}path") if path.get("stroke-width") == "3"]
    light = PALETTES["light"]
    assert strokes.count(light.nonfinite) == 1
    assert set(strokes) == {light.nonfinite, light.edge}


def test_cards_say_what_the_canvas_says() -> None:
    _, scene, marks = spiral()
    root = drawn(scene, marks)
    assert texts(named(root, "loss"))[0] == "scalar"
    assert "loss = 0.6871" in texts(named(root, "loss"))
    assert texts(named(root, "linear"))[-1] == "2.31e-2"
    assert "grad: not yet" in texts(named(root, "net.0.weight"))
    assert "input, int64" in texts(named(root, "y"))
    assert "paused here: about to run" in (named(root, "linear").findtext(f"{SVG}title") or "")


def test_roles_are_told_apart_by_colour_shape_and_word() -> None:
    _, scene, marks = looks()
    root, palette = drawn(scene, marks), PALETTES["light"]
    first = {name: next(named(root, name).iter(f"{SVG}rect")) for name in ("x", "cut_here", "h", "loss")}
    leaf = next(group for group in items(root).values() if group.get("class") == "item leaf")
    assert float(next(leaf.iter(f"{SVG}rect")).get("rx", "0")) >= 20
    assert first["x"].get("stroke-dasharray")
    assert first["h"].get("stroke") == palette.intermediate
    assert len(list(named(root, "loss").iter(f"{SVG}rect"))) >= 2, "a root has a double border"
    assert any(path.get("stroke-opacity") for path in named(root, "cut_here").iter(f"{SVG}path")), "hatched"
    words = texts(root)
    assert {"leaf", "intermediate", "root", "input", "cut"} <= set(words)
    assert "detach, line 4" in words
    # The edge on which the path ends, and the legend's.
    assert sum(path.get("class") == "cut" for path in root.iter(f"{SVG}path")) == 2


def test_nan_never_blends_in() -> None:
    _, scene, marks = looks()
    root, light = drawn(scene, marks), PALETTES["light"]
    fills = [element.get("fill") for element in named(root, "h").iter()]
    assert light.nonfinite in fills, "the bar"
    assert light.nonfinite_text in fills, "the words"
    assert texts(named(root, "h"))[-1] == "6 NaN"


def test_names_that_break_xml_are_written_and_read_again() -> None:
    _, scene, marks = looks()
    found = items(drawn(scene, marks))
    assert found["node-0"].get("data-name") == NASTY.replace("\x00", "\ufffd").replace("\x1b", "\ufffd")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_is_of_the_theme(theme: ThemeName) -> None:
    _, scene, marks = looks()
    text = re.sub(r"<style>.*?</style>", "", svg_picture(scene, marks, PictureStyle(theme)).text)
    palette = PALETTES[theme]
    known = {getattr(palette, name) for name in palette.__slots__}
    known |= {hex_color(heat_rgb((bucket + 0.5) / 48)) for bucket in range(48)}
    used = set(re.findall(r"#[0-9a-f]{6}", text))
    assert used <= known
    other = PALETTES["dark" if theme == "light" else "light"]
    assert other.canvas not in used
    assert palette.canvas in used


def test_bars_take_the_roles_colour_where_heat_is_off() -> None:
    state, scene, _ = spiral()
    from gradscope.graph.marks import build_marks

    root = drawn(scene, build_marks(state, scene.graph, scene.visible, "role"))
    palette = PALETTES["light"]
    fills = {element.get("fill") for element in named(root, "linear").iter()}
    assert mixed(palette.intermediate, palette.intermediate_fill, 0.25) in fills
    assert not any("gradient norm" in text for text in texts(root)), "no scale where there is no heat"


def test_the_fonts_travel_inside_once_and_are_small() -> None:
    _, scene, marks = spiral()
    text = svg_picture(scene, marks, PictureStyle()).text
    fonts = re.findall(r"font-weight:(\d+);src:url\(data:font/woff2;base64,([^)]*)\)", text)
    assert [weight for weight, _ in fonts] == ["400", "600", "400"]
    assert all(base64.b64decode(data)[:4] == b"wOF2" for _, data in fonts)
    assert sum(len(data) for _, data in fonts) < 100_000


def test_a_view_holds_what_is_in_it_at_its_size() -> None:
    _, scene, marks = spiral()
    x, y, width, height = scene.rects[scene.item_of(("node", 10))].tolist()
    whole = svg_picture(scene, marks, PictureStyle())
    part = svg_picture(scene, marks, PictureStyle(view=(x - 200, y, width + 400, height), zoom=2.0))
    assert part.width == (width + 400) * 2
    shown = items(ElementTree.fromstring(part.text))
    assert "node-10" in shown
    assert "node-0" not in shown
    assert len(items(ElementTree.fromstring(whole.text))) == len(scene)
    assert "scale(2)" in part.text


def test_a_far_view_keeps_its_zoom() -> None:
    _, scene, marks = spiral()
    assert "scale(0.004)" in svg_picture(scene, marks, PictureStyle(view=(0, 0, 1e5, 1e5), zoom=0.004)).text


def test_heading_and_headers_stay_inside_the_page() -> None:
    _, scene, marks = spiral()
    title, detail = "a_script_with_a_very_long_name_" * 3 + ".py", "iteration 12 · " * 20
    picture = svg_picture(scene, marks, PictureStyle(title=title, detail=detail))
    root = ElementTree.fromstring(picture.text)
    assert all(extent(text)[1] <= picture.width for text in root if text.tag == f"{SVG}text")
    for item in scene.boxes.tolist():
        x, y, width, _ = scene.rects[item].tolist()
        label = next(t for t in root.iter(f"{SVG}text") if t.text == scene.card(item).title)
        assert x < extent(label)[0] <= extent(label)[1] < x + width
        assert y < float(label.get("y", "0")) < y + HEADER_HEIGHT


def test_the_same_graph_gives_the_same_document() -> None:
    assert svg_picture(*spiral()[1:], PictureStyle()).text == svg_picture(*spiral()[1:], PictureStyle()).text


def test_a_text_is_shortened_only_where_it_must_be() -> None:
    assert shortened("weight", "small", 200) == "weight"
    short = shortened("a_very_long_name_of_a_parameter", "small", 80)
    assert short.endswith("…")
    assert 60 < width_of(short, "small") <= 80
    assert shortened("weight", "small", 5) == ""
    pen = SvgPen(PALETTES["light"])
    assert pen.write("weight", (0, 0, 5), "small", "#000000") == 0
    assert pen.parts == []


def test_the_heat_map_begins_and_ends_with_its_anchors() -> None:
    assert hex_color(heat_rgb(0)) == f"#{HEAT_ANCHORS[0]}"
    assert hex_color(heat_rgb(1)) == f"#{HEAT_ANCHORS[-1]}"
