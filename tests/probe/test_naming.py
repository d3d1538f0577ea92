"""Names as the user wrote them, read without running anything of the user's."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import partial

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from gradscope.probe import naming


class Calls(TorchFunctionMode):
    """What naming says at every torch call: (function, expression, variable, scope)."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, str, str, str]] = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        frame = naming.user_frame(start=sys._getframe(1))
        name = getattr(func, "__name__", "")
        if frame is not None and name != "__get__":
            self.seen.append((name, naming.expression(frame), naming.assigned_name(frame), frame.f_code.co_name))
        return func(*args, **(kwargs or {}))


@contextmanager
def recorded(result: list):
    with Calls() as mode:
        yield
    result.extend(mode.seen)


def test_expressions_and_variables_of_a_line():
    x, w, b, t = (torch.tensor(value, requires_grad=True) for value in (1.0, 2.0, 3.0, 4.0))
    seen: list = []
    with recorded(seen):
        y = w*x + b  # fmt: skip
        loss = (y - t)**2  # fmt: skip
        loss += torch.mul(
            w.sin(),
            b,
        )  # fmt: skip
        first = second = torch.relu(loss)
        print(last := first.neg(), second.dim())
    assert [(expression, variable) for _, expression, variable, _ in seen if "dim" not in expression][:8] == [
        ("w*x", ""),
        ("w*x + b", "y"),
        ("y - t", ""),
        ("(y - t)**2", "loss"),
        ("w.sin()", ""),
        ("torch.mul( w.sin(), b, )", ""),
        ("loss += torch.mul( w.sin(), b, )", "loss"),
        ("torch.relu(loss)", "first"),
    ]
    assert ("neg", "first.neg()", "last") in [entry[:3] for entry in seen]
    assert last.requires_grad


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 2)
        self.state = None

    def forward(self, x):
        self.state = torch.tanh(x)
        h, c = torch.chunk(self.state, 2)
        out = self.fc(x)
        return out + (h * c).sum()


def test_attributes_tuples_and_calls_inside_torch():
    seen: list = []
    with recorded(seen):
        Recurrent()(torch.ones(2))
    by_function = {name: (expression, variable, scope) for name, expression, variable, scope in seen}
    assert by_function["tanh"][1:] == ("self.state", "forward")
    assert by_function["chunk"][1:] == ("", "forward")
    assert by_function["linear"][1:] == ("out", "forward")
    assert by_function["linear"][0] == "self.fc(x)"
    assert by_function["sum"][0] == "(h * c).sum()"


def test_global_and_free_variables_of_generated_code():
    scope: dict = {"torch": torch}
    seen: list = []
    source = "a = torch.ones(2)\ndef f():\n    n = a.exp()\n    def g():\n        nonlocal n\n        n = n.sqrt()\n"
    source += "    g()\nf()"
    with recorded(seen):
        exec(compile(source, "<generated>", "exec"), scope)
    assert [entry[2] for entry in seen] == ["a", "n", "n"]
    assert {entry[1] for entry in seen} == {""}, "there is no source text to quote"


def test_a_long_expression_is_cut():
    seen: list = []
    with recorded(seen):
        torch.stack([torch.zeros(1), torch.zeros(1), torch.zeros(1), torch.zeros(1), torch.zeros(1)])
    expression = seen[-1][1]
    assert expression.startswith("torch.stack([torch.zeros(1)")
    assert expression.endswith("…")
    assert len(expression) <= naming.LONGEST_EXPRESSION


def test_columns_are_those_of_characters_not_bytes(tmp_path):
    script = tmp_path / "größe.py"
    script.write_text("import torch\nδ = torch.ones(1); größe = δ.exp() + δ\n", encoding="utf-8")
    seen: list = []
    with recorded(seen):
        exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), {})
    assert [entry[1:3] for entry in seen] == [("torch.ones(1)", "δ"), ("δ.exp()", ""), ("δ.exp() + δ", "größe")]


def test_equal_code_of_two_files_keeps_its_own_text(tmp_path):
    seen: list = []
    for name, text in (
        ("one.py", "import torch\nx = torch.ones(2)\n"),
        ("two.py", "import torch\ny = torch.ones(2)\n"),
    ):
        (tmp_path / name).write_text(text)
        with recorded(seen):
            exec(compile(text, str(tmp_path / name), "exec"), {})
    assert [entry[2] for entry in seen] == ["x", "y"]


def test_frames_of_torch_and_of_skipped_files_are_passed_over():
    frames: list = []
    model = nn.Sequential(nn.Identity())
    model[0].register_forward_hook(lambda *_: frames.append((naming.user_frame(), naming.user_frame((__file__,)))))
    model(torch.ones(1))
    inner, outer = frames[0]
    assert inner.f_code.co_name == "<lambda>"
    assert outer is not None
    assert outer.f_code.co_filename != __file__
    names = [frame.f_code.co_name for frame in naming.user_frames()]
    assert names[0] == "test_frames_of_torch_and_of_skipped_files_are_passed_over"
    assert naming.user_frame(start=frames[0][0]) is inner


class Hostile:
    """Anything but ``type()`` and ``__dict__`` of it raises."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")

    def __hash__(self) -> int:
        raise AssertionError("hashed")

    @property
    def __class__(self):
        raise AssertionError("asked for its class")

    def __getattr__(self, name: str):
        raise AssertionError(f"asked for {name}")

    @property
    def weight(self):
        raise AssertionError("ran a property")


somewhere = torch.ones(3)


def test_names_of_tensors_local_before_global_and_members():
    x, xs, table = torch.ones(1), [torch.ones(1), torch.ones(2)], {"w": torch.ones(1), 3: torch.ones(1)}
    _hidden = x
    somewhere_else = somewhere
    hostile, mixed = Hostile(), [Hostile(), torch.ones(1)]
    table[("tuple",)] = torch.ones(1)  # type: ignore[index]
    names = naming.tensor_names(sys._getframe())
    assert names[id(x)] == "x"
    assert (names[id(xs[0])], names[id(xs[1])]) == ("xs[0]", "xs[1]")
    assert (names[id(table["w"])], names[id(table[3])]) == ("table['w']", "table[3]")
    assert names[id(somewhere)] == "somewhere_else"
    assert names[id(mixed[1])] == "mixed[1]"
    called = partial(naming.name_of, sys._getframe())
    seen = list(map(called, [x, *xs, table["w"], table[3], somewhere, mixed[1], torch.ones(1)]))
    assert seen == ["x", "xs[0]", "xs[1]", "table['w']", "table[3]", "somewhere_else", "mixed[1]", ""]
    _only = torch.ones(1)
    assert naming.name_of(sys._getframe(), _only) == "_only"
    assert type(hostile) is Hostile
    assert _hidden is x
    assert somewhere_else is somewhere


def test_a_named_variable_beats_the_list_it_stands_in():
    everything = [torch.ones(1)]
    w = everything[0]
    assert naming.tensor_names(sys._getframe())[id(w)] == "w"
    assert naming.name_of(sys._getframe(), w) == "w"


class Trainer:
    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.other = Hostile()

    def frame(self):
        again = self.model
        return naming.modules_of(sys._getframe()), again


def test_modules_of_a_frame():
    net, nets, hostile = nn.Linear(1, 1), [nn.Linear(1, 1)], Hostile()
    same = net
    assert naming.modules_of(sys._getframe()) == [("net", net), ("nets[0]", nets[0])]
    found, again = Trainer(net).frame()
    assert found == [("again", net)]
    assert again is same
    assert type(hostile) is Hostile


def test_modules_held_by_self():
    class Holder(Trainer):
        def frame(self):
            return naming.modules_of(sys._getframe())

    net = nn.Linear(1, 1)
    assert [name for name, module in Holder(net).frame() if module is net] == ["self.model"]
