"""Scripts whose memory is watched: ten lines that learn a line, and a network that is never built alike."""

from __future__ import annotations

import random
import sys

import torch
import torch.nn.functional as F
from torch import nn


def line(iterations: int) -> None:
    """The lesson: ``y = w*x + b``, and the update by hand."""
    x = torch.linspace(-1, 1, 32)
    y = 2.0 * x + 0.5
    w, b = torch.tensor(0.0, requires_grad=True), torch.tensor(0.0, requires_grad=True)
    for _ in range(iterations):
        loss = ((w * x + b - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            b -= 0.1 * b.grad
        w.grad = b.grad = None


def shapes(iterations: int) -> None:
    """Another batch size and another number of layers in every iteration."""
    choose = random.Random(0)
    layers = nn.ModuleList(nn.Linear(16, 16) for _ in range(6))
    optimizer = torch.optim.Adam(layers.parameters(), lr=1e-3)
    for _ in range(iterations):
        x = torch.randn(choose.randrange(1, 400), 16)
        for _ in range(choose.randrange(1, 12)):
            x = torch.tanh(layers[choose.randrange(6)](x))
        optimizer.zero_grad()
        F.mse_loss(x, torch.zeros_like(x)).backward()
        optimizer.step()


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(1)
    {"line": line, "shapes": shapes}[sys.argv[1]](int(sys.argv[2]))
