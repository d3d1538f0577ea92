"""Operations of many kinds, and two functions of somebody's own: one whose backward is right, one where it is not."""

from __future__ import annotations

import os
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F


class Right(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return x.exp() * x

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        (x,) = ctx.saved_tensors
        return gradient * (x.exp() * x + x.exp())


class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, factor: float) -> torch.Tensor:
        ctx.save_for_backward(x)
        ctx.factor = factor
        return x.square() * factor

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> Any:  # type: ignore[override]
        (x,) = ctx.saved_tensors
        slope = 2 * x * ctx.factor
        slope[2, 1] *= 1.5
        return gradient * slope, None


torch.manual_seed(3)
conv, norm, linear, layer = nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Linear(27, 4), nn.LayerNorm(4)
parameters = [p for module in (conv, norm, linear, layer) for p in module.parameters()]
optimizer = torch.optim.SGD(parameters, lr=0.01)
for _ in range(2):
    optimizer.zero_grad()
    x, y = torch.randn(6, 2, 5, 5), torch.randint(0, 4, (6,))
    h = F.dropout(F.relu(norm(conv(x)), inplace=True), 0.3)
    h = Right.apply(h.flatten(1) * 0.1)
    h = layer(Wrong.apply(linear(h), 3.0))
    loss = F.cross_entropy(h, y) + h.max(-1).values.sum()
    loss.backward()
    optimizer.step()
if "RESULT" in os.environ:
    state = {"norm": norm.state_dict(), "random": torch.get_rng_state()}
    torch.save({"parameters": [p.detach() for p in parameters], **state}, os.environ["RESULT"])
