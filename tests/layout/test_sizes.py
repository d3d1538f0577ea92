"""Cards are as large as their texts need, by the same measure as the window's fonts."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QFont, QFontMetricsF

from gradscope.graph.fold import initial, visible_graph
from gradscope.graph.repeats import repeats
from gradscope.graph.snapshot import GraphSnapshot
from gradscope.graph.visible import ItemKind
from gradscope.layout.sizes import (
    CARD_HEIGHT,
    CARD_WIDTHS,
    HEADER_HEIGHT,
    INPUT_HEIGHT,
    chip_text,
    gathered_header,
    item_sizes,
    text_width,
)
from tests.layout import graphs
from tests.samples import graph_message, spiral_state

TEXTS = ["net.0.weight", "AddmmBackward0", "transformer.h.11.attn.c_attn", "WWW iii {}~ 0.6871"]


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("family", "bold", "mono"), [("Inter", False, False), ("Inter", True, False), ("JetBrains Mono", False, True)]
)
def test_widths_are_those_of_the_fonts(text: str, family: str, bold: bool, mono: bool) -> None:
    font = QFont(family)
    font.setPixelSize(100)
    font.setBold(bold)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    drawn = QFontMetricsF(font).horizontalAdvance(text)
    assert text_width(text, 100, bold, mono) == pytest.approx(drawn, rel=0.04)


def test_every_kind_of_item_has_its_size() -> None:
    graph = spiral_state().graph
    assert graph is not None
    visible = visible_graph(graph, initial(graph).closed(3))
    sizes = item_sizes(graph, visible)
    cards = sizes[(visible.kinds == ItemKind.NODE) & (visible.node != 11) & (visible.node != 12)]
    assert (cards[:, 1] == CARD_HEIGHT).all()
    assert ((cards[:, 0] >= CARD_WIDTHS[0]) & (cards[:, 0] <= CARD_WIDTHS[1])).all()
    assert (cards % 2 == 0).all()
    assert (sizes[np.isin(visible.node, (11, 12)), 1] == INPUT_HEIGHT).all(), "data has no gradient to tell"
    (chip,) = sizes[visible.kinds == ItemKind.CHIP]
    assert chip[0] < 60
    assert chip[1] < CARD_HEIGHT / 2
    assert (sizes[visible.kinds == ItemKind.OPEN_CALL][:, 1] == HEADER_HEIGHT).all()


def test_a_long_name_makes_a_wider_card_up_to_a_limit() -> None:
    b = graphs.Builder()
    for name in ("w", "encoder.3.weight_matrix", "encoder.layers.11.self_attention.output_projection.weight"):
        b.leaf(name, -1)
    graph = b.snapshot()
    widths = item_sizes(graph, visible_graph(graph, initial(graph)))[:, 0]
    assert widths[0] == CARD_WIDTHS[0] < widths[1] < widths[2] == CARD_WIDTHS[1]


def test_cards_of_one_name_are_as_wide_as_each_ones_shape() -> None:
    nodes = [
        (0, 0, "AccumulateGrad", "weight", "a weight of some length", "", -1, 3, "forward", shape, "float32")
        for shape in ("4", "1024,2048,16,16")
    ]
    graph = GraphSnapshot.from_message(graph_message(nodes, [], []))
    widths = item_sizes(graph, visible_graph(graph, initial(graph)))[:, 0]
    assert widths[0] < widths[1]


def test_a_number_has_room_beside_its_name() -> None:
    node = (1, 2, "NllLossBackward0", "", "regularised loss", "", -1, 3, "forward", "", "float32")
    graph = GraphSnapshot.from_message(graph_message([node], [], []))
    ((width, _),) = item_sizes(graph, visible_graph(graph, initial(graph)))
    written = text_width("regularised loss = -0.6871", 13, bold=True) + text_width("scalar", 11, mono=True)
    assert written + 28 <= width


def test_calls_that_are_gathered_are_counted_as_numbers_are() -> None:
    graph = graphs.gpt(12)
    visible = visible_graph(graph, initial(graph, gathered=frozenset(repeats(graph).runs)))
    items = [int(visible.item_of_call(call)) for call in {*visible.heads.values()}]
    (item,) = [one for one in items if one >= 0 and graph.calls[int(visible.call[one])].type == "Block"]
    title, names = gathered_header(graph, visible, item)
    assert title == "12 × Block"  # noqa: RUF001 - the sign of multiplication
    assert names.endswith("0 … 11")


def test_chips_say_what_they_do_in_a_word() -> None:
    assert [chip_text(op) for op in ("TBackward0", "ViewBackward0", "UnsafeViewBackward0")] == [
        "T",
        "view",
        "unsafeView",
    ]


def test_an_empty_graph_has_no_sizes() -> None:
    graph = graphs.Builder().snapshot()
    assert item_sizes(graph, visible_graph(graph, initial(graph))).shape == (0, 2)
    assert np.array_equal(visible_graph(graph, initial(graph)).member_start, [0])
