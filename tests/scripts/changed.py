"""A small training that can be told from outside what to do where, so that a test can repeat what a person did by hand.

Run as a script it trains without any such thing, and saves what it came to.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable


def train(
    kind: str, iterations: int, meanwhile: Callable[[str, int, dict[str, Any]], None], nap: float = 0.0
) -> dict[str, Any]:
    """``meanwhile(where, iteration, what there is)`` is called wherever a person could have been."""
    torch.manual_seed(7)
    model = torch.nn.Sequential(
        torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Dropout(0.25), torch.nn.Linear(8, 1)
    )
    optimizer: torch.optim.Optimizer
    if kind == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    else:
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    inputs, targets = torch.randn(16, 4), torch.randn(16, 1)
    for iteration in range(iterations):
        optimizer.zero_grad()
        meanwhile("forward", iteration, locals())
        predictions = model(inputs)
        loss = ((predictions - targets) ** 2).mean()
        meanwhile("loss", iteration, locals())
        loss.backward()
        meanwhile("update", iteration, locals())
        optimizer.step()
        meanwhile("end", iteration, locals())
        time.sleep(nap)
    parameters = {name: parameter.detach() for name, parameter in model.named_parameters()}
    return parameters | {"random": torch.get_rng_state(), "state": optimizer.state_dict()["state"]}


def nothing(_: str, __: int, ___: dict[str, Any]) -> None:
    """Nobody is there."""


if __name__ == "__main__":
    torch.save(train(sys.argv[1], int(sys.argv[2]), nothing, float(sys.argv[3])), os.environ["RESULT"])
