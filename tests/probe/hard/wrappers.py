"""Models inside of other modules that only pass calls on: data parallel, distributed, adapters, compiled modules."""

from typing import Any

import torch
import torch.distributed as dist
from torch import nn


def _net() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))


def data_parallel() -> None:
    net = _net()
    model = nn.DataParallel(net)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        loss = model(torch.randn(4, 3)).square().mean()
        loss.backward()
        optimizer.step()
    assert net is model.module


def distributed() -> None:
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        net = _net()
        model = nn.parallel.DistributedDataParallel(net)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            loss = model(torch.randn(4, 3)).square().mean()
            loss.backward()
            optimizer.step()
        assert net is model.module
    finally:
        dist.destroy_process_group()


class Adapter(nn.Module):
    """Passes calls on under the names that PEFT gives: ``base_model.model``."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.base_model = nn.ModuleDict({"model": net})

    def forward(self, x: torch.Tensor) -> Any:
        return self.base_model["model"](x)


def adapter() -> None:
    net = _net()
    model = Adapter(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = model(torch.randn(4, 3)).square().mean()
    loss.backward()
    optimizer.step()


class Optimized(nn.Module):
    """Holds its module as ``torch.compile`` does."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self._orig_mod = net

    def forward(self, x: torch.Tensor) -> Any:
        return self._orig_mod(x)


def held_by_a_compiled_module() -> None:
    net = _net()
    model = nn.DataParallel(Optimized(net))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = model(torch.randn(4, 3)).square().mean()
    loss.backward()
    optimizer.step()


CASES = (data_parallel, distributed, adapter, held_by_a_compiled_module)
