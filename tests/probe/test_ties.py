"""What ties nodes together beside edges, against torch: anomaly mode knows a node's parent in backward."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gradscope.export.json_export import export_json
from gradscope.graph.leaf_uses import use_words
from gradscope.graph.tie_words import tie_words
from gradscope.session.recording import Recording

from .place import Place

if TYPE_CHECKING:
    from gradscope.graph.state import RunState
    from tests.oracle import Json

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPT = """
import torch
from torch.utils.checkpoint import checkpoint

def scale(gradient):
    return gradient * 1.5

def scale_all(gradients):
    return (gradients[0] * 2,)

def look(inner, outer):
    pass

class Watch:
    def __call__(self, *values):
        pass

def penalised(w, layer, hooked=True):
    hidden = (w * 2).exp()
    if hooked:
        hidden.register_hook(lambda gradient: None).remove()
        hidden.register_hook(scale)
        hidden.grad_fn.register_prehook(scale_all)
        hidden.grad_fn.register_hook(look)
        hidden.grad_fn.register_hook(look).remove()
    loss = (hidden * w).sum() + layer(w).sum()
    (slope,) = torch.autograd.grad(loss, w, create_graph=True)
    return slope.square().sum()

torch.manual_seed(0)
w = torch.tensor([0.5, 0.25], requires_grad=True)
w.register_post_accumulate_grad_hook(Watch())
layer = torch.nn.Linear(2, 2)
layer.register_forward_hook(Watch())
layer.register_full_backward_hook(Watch())
penalised(w, layer).backward()

x = torch.ones(2, requires_grad=True)
checkpoint(lambda x: (x * w).sin(), x, use_reentrant=True).sum().backward()

(w.exp() + w.square() - 3 * w).sum().backward()
"""
# Torch's own words: who was running when a node of the second graph was made, and each use's gradient, one by one.
TRUTH = """
import json
from train import *
with torch.autograd.set_detect_anomaly(True):
    root = penalised(w, layer)
nodes = [root.grad_fn]
for node in nodes:
    nodes += [child for child, _ in node.next_functions if child is not None and child not in nodes]
parents = [[node.name(), p.name() if (p := node.metadata.get("parent_")) is not None else None] for node in nodes]
copies = [w.detach().double().requires_grad_() for _ in range(3)]
(copies[0].exp() + copies[1].square() - 3 * copies[2]).sum().backward()
parts = [copy.grad for copy in copies]
total = sum(parts)
uses = [[float(p.norm()), float(p @ total / (total @ total)), float(p @ total / (p.norm() * total.norm()))]
        for p in parts]
print(json.dumps({"parents": parents, "uses": uses}))
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = Place(tmp_path_factory.mktemp("ties"))
    folder.write("train.py", SCRIPT)
    folder.write("truth.py", TRUTH)
    return folder


@pytest.fixture(scope="module")
def truth(place: Place) -> Json:
    told: Json = json.loads(place.alone("truth.py").stdout.splitlines()[-1])
    return told


@pytest.fixture(scope="module")
def state(place: Place) -> RunState:
    return place.record("train.py", level="detail", holds=True)  # what nobody may look at keeps no tensors


@pytest.fixture(scope="module")
def document(place: Place, state: RunState) -> Json:
    assert state.lost_features == ()
    recording = Recording.open(place.folder / "run.gscope")
    exported = export_json(recording, "all")
    recording.close()
    return exported


def _graph(document: Json, index: int) -> Json:
    passes = [told for iteration in document["iterations"] for told in iteration["passes"]]
    graph: Json = document["graphs"][passes[index]["fingerprint"]]
    return graph


def test_second_order_nodes_are_linked_to_those_that_made_them(document: Json, truth: Json) -> None:
    first, second = _graph(document, 0), _graph(document, 1)
    operations = [node["op"] for node in second["nodes"] if node["kind"] in ("leaf", "op")]
    assert operations == [name.rpartition("::")[2] for name, _ in truth["parents"]]
    made_by = {link["node"]: link for link in second["links"]}
    for row, (name, parent) in enumerate(truth["parents"]):
        maker = made_by[row]["made_by"]["op"] if row in made_by else None
        assert maker == (parent and parent.rpartition("::")[2]), name
    assert len(made_by) >= 8
    for link in made_by.values():
        assert link["kind"] == "derivative"
        assert first["nodes"][link["made_by"]["node"]]["op"] == link["made_by"]["op"]
        if link["here"] is not None:
            assert operations[link["here"]] == link["made_by"]["op"]


def test_what_a_checkpoint_computes_again_is_linked_to_its_node(document: Json) -> None:
    outer, again = _graph(document, 2), _graph(document, 3)
    (link, other) = again["links"]
    assert {again["nodes"][entry["node"]]["op"] for entry in (link, other)} == {"SinBackward0", "MulBackward0"}
    assert link["kind"] == other["kind"] == "recomputed"
    assert outer["nodes"][link["made_by"]["node"]]["op"] == "CheckpointFunctionBackward"
    assert link["made_by"] == other["made_by"]


def test_each_use_of_a_leaf_has_its_part_in_the_gradient(document: Json, truth: Json) -> None:
    told = document["stats"][-1]["passes"][-1]["nodes"]
    operations = {node["id"]: node["op"] for node in _graph(document, 4)["nodes"]}
    (uses,) = [node["uses"] for node in told.values() if node["uses"]]
    by_operation = {operations[use["node"]]: use for use in uses}
    for operation, expected in zip(("ExpBackward0", "PowBackward0", "MulBackward0"), truth["uses"], strict=True):
        use = by_operation[operation]
        assert [use["norm"], use["share"], use["cosine"]] == pytest.approx(expected, rel=1e-5)
    assert sum(use["share"] for use in uses) == pytest.approx(1)


def test_hooks_of_the_users_are_named_and_those_removed_are_not(document: Json) -> None:
    graph = _graph(document, 0)
    titles = {node["id"]: node["title"] for node in graph["nodes"]}
    shown = {(titles.get(hook["node"], hook["call"]), hook["kind"], hook["name"]) for hook in graph["hooks"]}
    assert shown == {
        ("hidden", "tensor hook", "scale"),
        ("hidden", "node pre-hook", "scale_all"),
        ("hidden", "node hook", "look"),
        ("w", "post-accumulate hook", "Watch"),
        ("#0", "forward hook", "Watch"),
        ("#0", "backward hook", "Watch"),
    }


def test_the_inspector_has_words_for_all_of_it(state: RunState, document: Json) -> None:
    fingerprints = [told["fingerprint"] for iteration in document["iterations"] for told in iteration["passes"]]
    first, second, last = (state.graphs[fingerprints[index]] for index in (0, 1, 4))
    exponential = next(node for node in range(len(first)) if first.text(node, "op") == "ExpBackward0")
    words = tie_words(state.graphs, first, exponential)
    assert "made: " in words
    assert "hooks: tensor hook scale" in words
    made = next(link.node for link in second.links if link.operation == "ExpBackward0")
    assert tie_words(state.graphs, second, made) == "made by: the backward of hidden, pass 0, order 2"
    leaf = next(node for node in range(len(last)) if last.text(node, "title") == "w")
    sentence = use_words(state.passes[-1].uses, last, leaf)
    assert sentence.startswith("Its gradient sums 3 uses: ")
    assert "against the sum" in sentence
