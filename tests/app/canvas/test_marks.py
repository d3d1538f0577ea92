"""Marks: what a step changes, in figures and in words."""

from __future__ import annotations

import numpy as np
import pytest

from gradscope.graph import fold
from tests.app.canvas.scenes import line_state, marks_of, scene_of, spiral


def test_the_halo_stands_on_the_node_about_to_run_and_its_edge_is_lit() -> None:
    state, scene = spiral()
    marks = marks_of(state, scene)
    assert scene.target_of(marks.halo) == ("node", 3)
    lit = [
        (scene.target_of(int(scene.visible.source[e])), scene.target_of(int(scene.visible.target[e])))
        for e in marks.lit
    ]
    assert lit == [(("node", 3), ("node", 4))]


def test_numbers_words_and_titles() -> None:
    state, scene = spiral()
    marks = marks_of(state, scene)
    words = {node: marks.words(scene.item_of(("node", node))).text for node in (0, 4, 11)}
    assert words == {0: "grad: not yet", 4: "3.02e-2", 11: ""}
    assert marks.title(scene.item_of(("node", 10)), "loss") == "loss = 0.6871"
    assert marks.values[scene.item_of(("node", 4))] == pytest.approx(0.0302)


def test_a_closed_call_shows_what_is_inside() -> None:
    state, _ = spiral()
    assert state.graph is not None
    folding = fold.initial(state.graph).closed(3)
    scene = scene_of(state.graph, folding)
    marks = marks_of(state, scene)
    item = scene.item_of(("call", 3))
    assert scene.card(item).detail == "2 nodes, 2 leaves"
    assert marks.values[item] == pytest.approx(np.hypot(0.0034, 0.05))
    assert marks.words(item).text == "5.01e-2"


def test_activation_mode_takes_forward_values() -> None:
    state, scene = spiral()
    marks = marks_of(state, scene, "activation")
    assert marks.values[scene.item_of(("node", 3))] == pytest.approx(4.2)
    assert np.isnan(marks.values[scene.item_of(("node", 0))])
    assert marks.words(scene.item_of(("node", 0))).text == ""


def test_one_element_nodes_show_value_and_gradient_as_numbers_and_their_edges_the_local_derivative() -> None:
    gradients = {2: {"norm": 1.0, "v0": 1.0}, 1: {"norm": 12.0, "v0": 12.0}, 0: {"norm": 36.0, "v0": 36.0}}
    state = line_state(gradients)
    assert state.graph is not None
    scene = scene_of(state.graph)
    marks = marks_of(state, scene)
    w = scene.item_of(("node", 0))
    assert marks.title(w, "w") == "w = 2.0"
    assert marks.words(w).text == "grad = 36.0"
    ends = {(int(scene.visible.source[e]), int(scene.visible.target[e])): d for e, d in marks.derivatives.items()}
    item = {node: scene.item_of(("node", node)) for node in (0, 1, 2)}
    assert ends == {(item[0], item[1]): 3.0, (item[1], item[2]): 12.0}


def test_nan_is_marked_and_never_on_the_scale() -> None:
    state = line_state({2: {"norm": 1.0, "v0": 1.0}, 1: {"norm": float("nan"), "v0": float("nan"), "nan": 1.0}})
    assert state.graph is not None
    scene = scene_of(state.graph)
    marks = marks_of(state, scene)
    item = scene.item_of(("node", 1))
    assert marks.nonfinite[item]
    assert marks.words(item).status == "nonfinite"
    assert not marks.nonfinite[scene.item_of(("node", 2))]
