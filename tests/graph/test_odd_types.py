"""A card says dtype and device where they change, and nowhere else."""

from __future__ import annotations

from gradscope.graph.fold import FoldState, visible_graph
from gradscope.graph.odd_types import odd_types
from gradscope.layout.texts import card_of
from tests.layout.graphs import Builder


def test_only_the_operations_at_which_a_type_changes_say_it() -> None:
    b = Builder()
    weight = b.leaf("w", -1)
    half = b.op("ToCopy", -1, weight)
    product = b.op("Mm", -1, b.input("ids"), half)
    moved = b.op("Exp", -1, product)
    whole = b.op("ToCopy", -1, moved)
    b.loss(whole)
    for node, column, text in (
        (half, 3, "bfloat16"),
        (product, 3, "bfloat16"),
        (moved, 3, "bfloat16"),
        (1 + half, 3, "int64"),
    ):
        row = list(b.outputs[node])
        row[column] = b.text(text)
        b.outputs[node] = tuple(row)
    for node in range(moved, len(b.outputs)):
        b.outputs[node] = (*b.outputs[node][:4], b.text("cuda:1"))
    graph = b.snapshot()
    assert odd_types(graph) == {half: "bfloat16", moved: "cuda:1", whole: "float32"}
    visible = visible_graph(graph, FoldState(chips=False))
    details = [card_of(graph, visible, int(visible.item_of_node[node])).detail for node in (half, product, moved)]
    assert details == ["ToCopyBackward0, bfloat16", "MmBackward0", "ExpBackward0, cuda:1"]
