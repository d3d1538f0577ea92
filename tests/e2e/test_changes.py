"""Changes at a pause come to what the same lines written by hand would have come to; taken back, they leave nothing."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from gradscope.export.json_export import export_json
from gradscope.session.recording import Recording
from gradscope.wire import messages as m
from tests.e2e.driving import Driver
from tests.scripts.changed import nothing, train

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("warm_python")

SCRIPT = Path(__file__).parents[1] / "scripts" / "changed.py"


class Hand:
    """A person who changes things in a driven run."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self._numbers = count(1)

    def change(self, target: m.ChangeTarget, how: m.ChangeHow = "set", **what: Any) -> m.Changed:
        request = next(self._numbers)
        return self._ask(m.Change(request, target, how, **what), request)

    def undo(self) -> m.Changed:
        before = len(self._told())
        self.driver.session.order(m.UndoChange(next(self._numbers)))
        self.driver.until(lambda: len(self._told()) > before, "answer")
        return self._told()[-1]

    def preview(self) -> m.UpdateTold:
        request = next(self._numbers)
        self.driver.session.order(m.RequestUpdate(request))
        told: m.UpdateTold = self.driver.until(
            lambda: next((x for x in self._all(m.UpdateTold) if x.request == request), None), "preview"
        )
        return told

    def told_of(self, request: int) -> list[m.Changed]:
        return [told for told in self._told() if told.request == request]

    def node(self, name: str) -> int:
        graph = self.driver.state.graph
        assert graph is not None
        return next(node for node in range(len(graph)) if name in (graph.text(node, "name"), graph.text(node, "op")))

    def _ask(self, order: m.Change, request: int) -> m.Changed:
        self.driver.session.order(order)
        told: m.Changed = self.driver.until(lambda: next(iter(self.told_of(request)), None), "answer")
        return told

    def _told(self) -> list[m.Changed]:
        return self._all(m.Changed)

    def _all(self, kind: type) -> list[Any]:
        return [message for message in self.driver.messages if isinstance(message, kind)]


@pytest.fixture
def hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hand]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("RESULT", str(tmp_path / "result.pt"))
    with Driver(tmp_path) as driver:
        yield Hand(driver)


def begin(hand: Hand, kind: str, iterations: int, nap: float = 0.0) -> None:
    hand.driver.start(SCRIPT, kind, str(iterations), str(nap))
    assert hand.driver.paused() is not None


def came_to(hand: Hand) -> dict[str, Any]:
    assert hand.driver.run_on() == 0
    assert not hand.driver.state.lost_features
    result: dict[str, Any] = torch.load(hand.driver.folder / "result.pt")
    return result


def equal(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    return bool(one == other)


def test_each_change_is_what_the_same_line_by_hand_would_be(hand: Hand) -> None:
    begin(hand, "sgd", 4)
    driver = hand.driver
    driver.to("backward")
    pause = driver.step("node", node=hand.node("TanhBackward0"))
    assert pause is not None
    assert hand.change("gradient", "scale", node=pause.node, number=-3.0).done
    bias = hand.node("3.bias")
    assert not hand.change("gradient", "scale", node=bias, number=2.0).done  # it is not in front of this node
    driver.to("update")
    assert hand.change("option", option="lr", text="0.03").done
    assert hand.change("accumulated", "clip", name="3.weight", number=0.01).done
    driver.to("end")
    assert hand.change("value", values=(0.25,), name="3.bias").done
    driver.to("forward")
    assert hand.change("requires_grad", name="0.weight", number=0).done
    driver.to("backward")
    pause = driver.step("into")
    assert pause is not None
    later = hand.change("value", "scale", name="3.weight", number=0.5)
    assert (later.done, later.waiting) == (True, True)
    driver.to("update")
    assert [told.waiting for told in hand.told_of(later.request)] == [True, False]
    driver.to("forward")
    assert hand.change("requires_grad", name="0.weight", number=1).done
    driver.to("update")
    assert hand.change("accumulated", "clear", name="0.bias").done
    driver.to("backward")
    pause = driver.step("node", node=hand.node("TanhBackward0"))
    assert pause is not None
    assert hand.change("gradient", "clear", node=pause.node).done

    def meanwhile(where: str, iteration: int, there: dict[str, Any]) -> None:
        model, optimizer = there["model"], there["optimizer"]
        if (where, iteration) == ("loss", 0):
            tanh_of(there["loss"]).register_prehook(lambda gradients: (gradients[0] * -3.0,))
        if (where, iteration) == ("update", 0):
            optimizer.param_groups[0]["lr"] = 0.03
            norm = torch.linalg.vector_norm(model[3].weight.grad.double())
            model[3].weight.grad *= float(min(1.0, 0.01 / norm))
        if (where, iteration) == ("end", 0):
            model[3].bias.data.fill_(0.25)
        if (where, iteration) == ("forward", 1):
            model[0].weight.requires_grad_(False)
        if (where, iteration) == ("update", 1):
            model[3].weight.data.mul_(0.5)
        if (where, iteration) == ("forward", 2):
            model[0].weight.requires_grad_(True)
        if (where, iteration) == ("update", 2):
            model[0].bias.grad = None
        if (where, iteration) == ("loss", 3):
            tanh_of(there["loss"]).register_prehook(lambda _: (None,))

    by_hand = train("sgd", 4, meanwhile)
    assert not equal(by_hand, train("sgd", 4, nothing))
    assert equal(came_to(hand), by_hand)
    told = export_json(Recording.open(driver.folder / "run.gscope"))["iterations"]
    assert [
        [event["text"] for event in entry["events"] if event["event"] == "changed by the user"] != [] for entry in told
    ] == [True] * 4


def tanh_of(loss: torch.Tensor) -> Any:
    waiting = [loss.grad_fn]
    for node in waiting:
        assert node is not None
        if node.name() == "TanhBackward0":
            return node
        waiting += [child for child, _ in node.next_functions if child is not None]
    raise AssertionError("no tanh in this graph")


def test_what_is_taken_back_and_what_is_only_asked_leaves_no_trace(hand: Hand) -> None:
    parameters: list[dict[str, torch.Tensor]] = []

    def watch(where: str, _: int, there: dict[str, Any]) -> None:
        if where in ("update", "end"):
            parameters.append({name: p.detach().clone() for name, p in there["model"].named_parameters()})

    plain = train("adam", 3, watch)
    begin(hand, "adam", 3)
    driver = hand.driver
    for iteration in range(3):
        driver.to("backward")
        pause = driver.step("node", node=hand.node("TanhBackward0"))
        assert pause is not None
        done = [
            hand.change("gradient", "noise", node=pause.node, number=1.0),
            hand.change("value", "noise", name="0.weight", number=1.0, at_once=True),
            hand.change("value", "scale", name="3.weight", number=2.0),
            hand.change("requires_grad", name="3.bias", number=0),
            hand.change("option", option="betas", text="(0.5, 0.6)"),
        ]
        assert all(change.done and change.can_undo for change in done)
        assert [hand.undo().request for _ in done] == [change.request for change in done][::-1]
        assert not hand.undo().done
        driver.to("update")
        would = hand.preview()
        assert hand.change("accumulated", "clear", name="0.weight").done
        assert hand.change("accumulated", "set", name="0.bias", values=(1.0,)).done
        assert hand.undo().undone
        assert hand.undo().undone
        assert hand.preview().table == would.table
        driver.to("end")
        did = hand.preview()
        assert (would.available, would.done, did.done) == (True, False, True)
        names = {parameter.index: parameter.name for parameter in driver.state.parameters}
        before, after = parameters[2 * iteration], parameters[2 * iteration + 1]
        last = parameters[2 * iteration - 2], parameters[2 * iteration - 1]
        for table in (would.table, did.table):
            assert sorted(names[int(index)] for index in table.column("parameter")) == sorted(before)
            for row, index in enumerate(table.column("parameter")):
                name = names[int(index)]
                change = after[name] - before[name]
                column = {key: table.column(key)[row] for key in table.columns}
                assert column["before_norm"] == pytest.approx(float(before[name].norm()), rel=1e-5)
                assert column["after_norm"] == pytest.approx(float(after[name].norm()), rel=1e-5)
                assert column["update_norm"] == pytest.approx(float(change.norm()), rel=1e-4)
                assert column["ratio"] == pytest.approx(float(change.norm() / before[name].norm()), rel=1e-4)
                if iteration > 0:
                    earlier = (last[1][name] - last[0][name]).flatten()
                    cosine = torch.nn.functional.cosine_similarity(change.flatten(), earlier, dim=0)
                    assert column["cosine"] == pytest.approx(float(cosine), abs=1e-4)
    assert equal(came_to(hand), plain)


def test_what_cannot_be_is_said_and_nothing_is_touched(hand: Hand) -> None:
    begin(hand, "adam", 2)
    driver = hand.driver
    driver.to("backward")
    look_at_the_stack(driver)
    refused = {
        "negative": hand.change("option", option="lr", text="-1"),
        "no number": hand.change("option", option="lr", text="fast"),
        "two": hand.change("option", option="betas", text="0.9"),
        "unknown": hand.change("option", option="speed", text="1"),
        "shape": hand.change("value", name="0.bias", values=(1.0, 2.0, 3.0)),
        "not a leaf": hand.change("requires_grad", node=hand.node("TanhBackward0"), number=0),
        "nobody": hand.change("value", name="nobody", values=(1.0,)),
        "none": hand.change("accumulated", "scale", name="0.bias", number=2.0),
        "nowhere": hand.change("gradient", "clear", node=hand.node("TanhBackward0")),
    }
    assert [name for name, answer in refused.items() if answer.done] == []
    assert "8 elements" in refused["shape"].text
    assert "not a leaf" in refused["not a leaf"].text
    assert not hand.preview().available
    driver.step("iteration")
    driver.to("backward")
    amsgrad = hand.change(
        "option", option="amsgrad", text="True"
    )  # its state was made without: the next step would raise
    assert (amsgrad.done, "max_exp_avg_sq" in amsgrad.text) == (False, True)
    assert driver.state.changes == ()
    assert equal(came_to(hand), train("adam", 2, nothing))


def look_at_the_stack(driver: Driver) -> None:
    """Each frame has its own tensors, and each of them can be looked at."""
    pause = driver.state.pause
    assert pause is not None
    assert [frame.function for frame in pause.frames] == ["train", "<module>"]
    torch.manual_seed(7)
    found: dict[str, torch.Tensor] = {}
    train("adam", 1, lambda _, __, there: found.update(inputs=there["inputs"]))
    told = driver.tensor("variable", name="inputs", frame=0)
    assert torch.frombuffer(bytearray(told.data), dtype=torch.float64).reshape(16, 4).equal(found["inputs"].double())
    turned = driver.tensor("variable", name="inputs", axes=(-1, 1, 0, -1), rows=2)
    assert (turned.rows, turned.row_step, turned.columns) == (2, 2, 16)
    wanted = found["inputs"].double().T[::2].contiguous()
    assert torch.frombuffer(bytearray(turned.data), dtype=torch.float64).reshape(2, 16).equal(wanted)
    assert not driver.tensor("variable", name="inputs", frame=1).available
    driver.session.order(m.RequestVariables(1))
    outer = driver.until(
        lambda: next((x for x in driver.messages if isinstance(x, m.VariablesTold) and x.depth == 1), None), "frame"
    )
    assert (outer.frame.function, outer.variables) == ("<module>", ())


def test_a_learning_rate_changed_while_training_runs_holds_from_the_next_update_on(hand: Hand) -> None:
    begin(hand, "sgd", 60, 0.02)
    hand.driver.session.order(m.Step("continue"))
    hand.driver.until(lambda: hand.driver.state.iteration >= 3, "third iteration")
    asked = hand.change("option", option="lr", text="0.002")
    assert asked.waiting
    refused = hand.change("value", "clear", name="0.bias")
    assert (refused.done, "pause" in refused.text) == (False, True)
    made = hand.driver.until(lambda: [told for told in hand.told_of(asked.request) if not told.waiting], "change")[0]
    assert hand.driver.session.wait(60) == 0

    def meanwhile(where: str, iteration: int, there: dict[str, Any]) -> None:
        if (where, iteration) == ("update", made.iteration):
            there["optimizer"].param_groups[0]["lr"] = 0.002

    assert equal(torch.load(hand.driver.folder / "result.pt"), train("sgd", 60, meanwhile))
