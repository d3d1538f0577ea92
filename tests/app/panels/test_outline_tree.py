"""What stands where in the outline, and what a search finds."""

from __future__ import annotations

from gradscope.app.panels.outline_tree import OutlineTree, build_tree, with_ancestors
from gradscope.graph.search import parse
from gradscope.graph.snapshot import GraphSnapshot
from tests.samples import SPIRAL_CALLS, SPIRAL_EDGES, SPIRAL_NODES, graph_message, spiral_graph


def titles(tree: OutlineTree, entry: int = -1) -> list[str]:
    """Names of what stands under an entry."""
    names = []
    for child in tree.children_of(entry).tolist():
        node = tree.node_of(child)
        group = tree.group_of(child)
        names.append(tree.graph.text(node, "title") if node >= 0 else group.name if group else tree.key_of(child))
    return names


def test_calls_hold_leaves_first_and_the_rest_stands_by_line_and_as_inputs() -> None:
    tree = build_tree(GraphSnapshot.from_message(spiral_graph()))
    assert titles(tree) == ["SpiralNet", "loss", "inputs"]
    assert titles(tree, tree.child(tree.child(-1, 0), 0)) == ["net.0", "net.1", "net.2"]
    assert titles(tree, 1) == ["net.0.weight", "net.0.bias", "T", "linear"]
    assert titles(tree, tree.child(-1, 1)) == ["log_softmax", "loss"]
    assert titles(tree, tree.child(-1, 2)) == ["x", "y"]
    assert tree.group_of(tree.child(-1, 1)).detail == "line 30"


def test_ids_given_from_the_root_read_the_same() -> None:
    last = len(SPIRAL_NODES) - 1
    edges = [(last - edge[0], edge[1], last - edge[2], *edge[3:]) for edge in SPIRAL_EDGES]
    turned = build_tree(GraphSnapshot.from_message(graph_message(SPIRAL_NODES[::-1], edges, SPIRAL_CALLS)))
    straight = build_tree(GraphSnapshot.from_message(spiral_graph()))
    for entry in (-1, 0, 1, 2, 3, 4, 5):
        assert titles(turned, entry) == titles(straight, entry)


def test_leaves_without_a_module_stand_together_and_a_lone_operation_needs_no_group() -> None:
    nodes = [
        (0, 0, "AccumulateGrad", "w", "w", "", -1, 3, "<module>", "", "float32"),
        (1, 1, "MulBackward0", "", "w*x", "mul", -1, 5, "<module>", "", "float32"),
        (1, 1, "SubBackward0", "", "y - t", "sub", -1, 6, "<module>", "", "float32"),
        (1, 2, "PowBackward0", "loss", "loss", "pow", -1, 6, "<module>", "", "float32"),
    ]
    tree = build_tree(GraphSnapshot.from_message(graph_message(nodes, [(0, 0, 1, 0, 1)], [])))
    assert titles(tree) == ["leaves", "w*x", "loss"]
    assert titles(tree, tree.child(-1, 2)) == ["y - t", "loss"]


def test_every_entry_stands_at_the_place_that_its_parent_lists() -> None:
    tree = build_tree(GraphSnapshot.from_message(spiral_graph()))
    for entry in range(len(tree.parent)):
        assert tree.child(int(tree.parent[entry]), int(tree.position[entry])) == entry


def test_what_holds_a_found_node_is_kept_and_nothing_else() -> None:
    whole = build_tree(GraphSnapshot.from_message(spiral_graph()))
    tree = whole.kept(with_ancestors(whole, parse("relu").find(whole.graph)))
    assert titles(tree) == ["SpiralNet"]
    assert titles(tree, 0) == ["net"]
    assert titles(tree, 4) == ["net.1"]
    assert titles(tree, 2) == ["relu"]
    assert tree.position[tree.entry_of(0)] == -1


def test_a_graph_of_fifty_thousand_nodes_is_arranged_and_searched() -> None:
    layers = 2_000
    calls = [("", 0, "Model", -1)] + [(f"layers.{index}", 0, "Linear", 0) for index in range(layers)]
    nodes = []
    for index in range(layers):
        row = (index + 1, 10, "forward", "64,64", "float32")
        nodes += [(0, 0, "AccumulateGrad", f"layers.{index}.weight", f"layers.{index}.weight", "", *row)]
        nodes += [(1, 1, "AddmmBackward0", "", "linear", "linear", *row)] * 24
    tree = build_tree(GraphSnapshot.from_message(spread(nodes, calls)))
    assert len(tree.graph) == 50_000
    assert tree.child_count(0) == layers
    assert [tree.key_of(entry) for entry in tree.children_of(0)[[0, 1, -1]].tolist()] == [
        "layers.0", "layers.1", "layers.1999",
    ]  # fmt: skip
    assert int(parse("layers.1999").find(tree.graph).sum()) == 25


def spread(nodes: list[tuple], calls: list[tuple]):
    """``graph_message`` without its search for repeated strings, which is slow for many names."""
    from gradscope.wire import messages as m
    from gradscope.wire.table import Table

    numbers: dict[str, int] = {}

    def text(value: str) -> int:
        return numbers.setdefault(value, len(numbers))

    rows = [(n[0], n[1], text(n[2]), text(n[3]), text(n[4]), text(n[5]), n[6], -1, n[7], -1, 0) for n in nodes]
    outputs = [(index, 0, text(node[9]), text("float32"), text("cpu")) for index, node in enumerate(nodes)]
    made = [(text(module), occurrence, text(kind), parent) for module, occurrence, kind, parent in calls]

    def table(names: tuple[str, ...], values: list[tuple]) -> Table:
        return Table.from_columns(
            "i4", {name: [row[i] if i < len(row) else -1 for row in values] for i, name in enumerate(names)}
        )

    tables = table(m.NODE_COLUMNS, rows), table(m.OUTPUT_COLUMNS, outputs), table(m.EDGE_COLUMNS, [])
    return m.GraphCaptured("big", tuple(numbers), *tables, table(m.CALL_COLUMNS, made))
