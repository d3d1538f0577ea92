"""Leaves used twice, several roots, views, in-place chains, nodes with several outputs."""

import torch
from torch import nn


def leaf_used_twice() -> None:
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    loss = (w * w + w).sum()
    loss.backward()


def tied_weights() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(7, 4)
            self.head = nn.Linear(4, 7, bias=False)
            self.head.weight = self.embedding.weight

        def forward(self, tokens: torch.Tensor) -> torch.Tensor:
            result: torch.Tensor = self.head(self.embedding(tokens))
            return result

    model = Tied()
    loss = nn.functional.cross_entropy(model(torch.tensor([1, 5, 1])), torch.tensor([2, 3, 4]))
    loss.backward()


def one_module_called_twice() -> None:
    layer = nn.Linear(3, 3)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    hidden = layer(torch.ones(2, 3))
    loss = layer(hidden.tanh()).square().mean()
    loss.backward()
    optimizer.step()


def several_roots() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    first = w.exp().sum()
    second = (w * 3).sum()
    torch.autograd.backward((first, second))


def one_root_twice() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = w.sin().sum()
    torch.autograd.backward((loss, loss))


def a_leaf_is_the_root() -> None:
    w = torch.tensor(3.0, requires_grad=True)
    w.backward()


def several_outputs() -> None:
    x = torch.arange(12.0).reshape(3, 4).requires_grad_()
    first, second, _ = x.unbind(0)
    left, right = x.split(2, 1)
    values, _ = x.max(1)
    loss = (first * second).sum() + left.sum() * right[0, 0] + values.prod()
    loss.backward()


def one_of_several_outputs_is_the_root() -> None:
    x = torch.arange(4.0).requires_grad_()
    _, second = (x * 2).split(2)
    second.backward(torch.ones(2))


def in_place_chain() -> None:
    x = torch.linspace(0.1, 1, 5, requires_grad=True)
    y = x.clone()
    y.mul_(2)
    y.add_(1).neg_()
    y[1:3] = 0
    y[0] *= 5
    y.sum().backward()


def views_of_views() -> None:
    x = torch.linspace(0, 1, 24, requires_grad=True)
    y = x * 2
    block = y.view(4, 6)[1:].t()
    block[2:4].mul_(3)
    row = block.select(0, 1)
    row.add_(1)
    loss = (y * y).sum() + block.sum()
    loss.backward()


def no_path_through_an_argument() -> None:
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0)
    loss = torch.addcmul(b, a, b) * torch.stack([a, b]).sum()
    loss.backward()


CASES = (
    leaf_used_twice,
    tied_weights,
    one_module_called_twice,
    several_roots,
    one_root_twice,
    a_leaf_is_the_root,
    several_outputs,
    one_of_several_outputs_is_the_root,
    in_place_chain,
    views_of_views,
    no_path_through_an_argument,
)
