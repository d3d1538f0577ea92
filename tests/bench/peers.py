"""Other tools that show a graph, priced on the same models: what one drawing takes, in plain forwards."""

from __future__ import annotations

import importlib.util
import time
from typing import TYPE_CHECKING

import torch

from .models import MODELS

if TYPE_CHECKING:
    from collections.abc import Callable

_TRIES = 3


def installed() -> list[str]:
    """Those that can be priced here."""
    return [name for name in PEERS if importlib.util.find_spec(name) is not None]


def _torchviz(model: str) -> float:
    """``make_dot``: DOT from the ``grad_fn`` of the loss; no layout, no picture yet."""
    from torchviz import make_dot

    torch.manual_seed(0)
    _, _, loss_of = MODELS[model]()
    return _best(lambda: make_dot(loss_of())) / _best(loss_of)


def _torchlens(model: str) -> float:
    """``trace`` of the network as a whole."""
    import torchlens

    torch.manual_seed(0)
    network, _, loss_of = MODELS[model]()
    seen: list[torch.Tensor] = []
    handle = network.register_forward_pre_hook(lambda _, inputs: seen.extend(inputs))
    loss_of()
    handle.remove()
    return _best(lambda: torchlens.trace(network, seen[0])) / _best(lambda: network(seen[0]))


def _best(call: Callable[[], object]) -> float:
    seconds = []
    for _ in range(_TRIES):
        began = time.thread_time()
        call()
        seconds.append(time.thread_time() - began)
    return min(seconds)


PEERS: dict[str, Callable[[str], float]] = {"torchviz": _torchviz, "torchlens": _torchlens}
