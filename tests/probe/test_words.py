"""Warnings and tracebacks that a script reads itself are word by word what they are without GradScope."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from .place import Place

if TYPE_CHECKING:
    from pathlib import Path

    from .place import Level

LEVELS: tuple[Level, ...] = ("light", "detail")
BETWEEN = "--- caught"

WARNS = """
import traceback, warnings
import torch
import torch.nn.functional as F
from torch import nn
import losses

class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        warnings.warn("in forward", stacklevel=3)
        return x * 2
    @staticmethod
    def backward(ctx, g):
        warnings.warn("in backward", stacklevel=2)
        return g * 2

def show(message, category, file, line, *_):
    print(" ", category.__name__, file, line, str(message)[:60])

def grad(y):
    return y.grad

def resize(y):
    with torch.no_grad():
        torch.add(torch.zeros(3), torch.zeros(3), out=torch.zeros(5))

def loss(y):
    F.mse_loss(y.sum(1), torch.zeros(2, 1))

ACTS = (grad, resize, loss, losses.loss, lambda y: F.softmax(y), lambda y: Twice.apply(y).sum().backward())

def calm():
    pass

WAYS = {
    "as it is": calm,
    "default": lambda: warnings.simplefilter("default"),
    "always": lambda: warnings.simplefilter("always"),
    "once": lambda: warnings.simplefilter("once"),
    "error": lambda: warnings.simplefilter("error"),
    "a module's": lambda: warnings.filterwarnings("ignore", module="losses"),
    "a line's": lambda: warnings.filterwarnings("ignore", lineno=grad.__code__.co_firstlineno + 1),
}
model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for step in range(2):
    for name, set_filters in WAYS.items():
        with warnings.catch_warnings():
            warnings.showwarning = show
            set_filters()
            for act in ACTS * 2:
                print(step, name, act.__name__)
                try:
                    act(model(torch.ones(2, 3)))
                except Warning as warning:
                    lines = [(at.filename, at.lineno) for at in traceback.extract_tb(warning.__traceback__)]
                    print("  raised", str(warning)[:60], [line for line in lines if "site-packages" not in line[0]])
    model(torch.ones(2, 3)).sum().backward()
    optimizer.step()
"""
LOSSES = """
import torch

def loss(y):
    return torch.nn.functional.l1_loss(y.sum(1), torch.zeros(2, 1))
"""

CATCHES = """
import sys, traceback, warnings
import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
warnings.simplefilter("ignore")

class Bad(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, where):
        if where == "forward":
            raise ValueError("no forward")
        return x * 2
    @staticmethod
    def backward(ctx, g):
        raise ValueError("no backward")

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)
    def forward(self, x, how="well"):
        y = self.layer(x)
        if how == "raises":
            raise ValueError("mine")
        if how == "loses":
            return F.cross_entropy(y, torch.zeros(5, dtype=torch.long))
        return y

class Items(torch.utils.data.Dataset):
    def __len__(self):
        return 3
    def __getitem__(self, index):
        raise KeyError(index)

model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

def boom(_):
    raise RuntimeError("hook")

def chained(x):
    try:
        model(torch.ones(1, 4))
    except RuntimeError as error:
        raise KeyError("other") from error

def hooked(x):
    y = model(x)
    y.register_hook(boom)
    y.sum().backward()

def twice(x):
    y = (model(x) ** 2).sum()
    y.backward()
    y.backward()

ACTS = {
    "a shape in a module": lambda x: model(torch.ones(1, 4)),
    "a module's own": lambda x: model(x, "raises"),
    "a loss in a module": lambda x: model(x, "loses"),
    "an operation": lambda x: x @ torch.ones(5, 5, requires_grad=True),
    "an operation of Python's": lambda x: F.mse_loss(model(x), torch.ones(7, 3)),
    "a forward": lambda x: Bad.apply(model(x), "forward"),
    "a backward": lambda x: Bad.apply(model(x), "backward").sum().backward(),
    "no scalar": lambda x: model(x).backward(),
    "a second time": twice,
    "no gradient": lambda x: torch.ones(1).backward(),
    "unused": lambda x: torch.autograd.grad(model(x).sum(), torch.ones(1, requires_grad=True)),
    "chained": chained,
    "a loader": lambda x: list(torch.utils.data.DataLoader(Items())),
    "a hook": hooked,
}
for step in range(2):
    x = torch.randn(4, 3)
    for name, act in ACTS.items():
        print(step, name)
        try:
            act(x)
        except Exception:
            traceback.print_exc(file=sys.stdout)
    optimizer.zero_grad()
    model(x).sum().backward()
    optimizer.step()
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory, warm_python: Path) -> dict[str, tuple[str, str]]:
    """What both scripts wrote in one process after the other: alone, and at each level."""
    del warm_python
    place = Place(tmp_path_factory.mktemp("words"))
    for name, text in {"warns.py": WARNS, "losses.py": LOSSES, "catches.py": CATCHES}.items():
        place.write(name, text)
    place.write("train.py", f"import warns\nprint({BETWEEN!r})\nimport catches\n")
    written = {"alone": place.alone("train.py").stdout}
    for level in LEVELS:
        place.record("train.py", level=level)
        written[level] = "\n".join(place.out)
    return {way: (text.partition(BETWEEN)[0], text.partition(BETWEEN)[2]) for way, text in written.items()}


def test_a_warning_names_the_line_that_it_is_about_and_filters_do_what_they_do(
    said: dict[str, tuple[str, str]],
) -> None:
    alone = said["alone"][0].splitlines()
    assert sum("UserWarning" in line for line in alone) > 20
    for level in LEVELS:
        assert said[level][0].splitlines() == alone


def test_a_caught_exception_has_no_line_of_ours_in_its_traceback(said: dict[str, tuple[str, str]]) -> None:
    alone = _undispatched(said["alone"][1])
    assert alone.count("Traceback (most recent call last)") == 2 * 15  # one of them is two
    for level in LEVELS:
        assert _undispatched(said[level][1]) == alone


def _undispatched(text: str) -> str:
    """Without what torch's functions in Python do where a mode is on: they ask a dispatcher, and are called by it."""
    lines = [line for line in text.splitlines() if not re.fullmatch(r"\s+[\^~]+", line)]
    frames = re.split(r"(?m)^(?=  File )", "\n".join(lines))
    return "".join(frame for frame in frames if "handle_torch_function" not in frame).rstrip()
