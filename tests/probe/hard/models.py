"""Modules and tensors of many kinds: recurrent, attention, sparse, complex, half precision, scripted, deep."""

import torch
from torch import nn
from torch.nn import functional as F


def _step(model: nn.Module, loss: torch.Tensor) -> None:
    loss.backward()
    torch.optim.SGD(model.parameters(), lr=0.01).step()


def lstm() -> None:
    model = nn.LSTM(3, 4, num_layers=2, bidirectional=True)
    result, (hidden, _) = model(torch.randn(5, 2, 3))
    _step(model, result.sum() + hidden.square().sum())


def attention() -> None:
    model = nn.MultiheadAttention(8, 2)
    x = torch.randn(5, 2, 8)
    result, weights = model(x, x, x)
    _step(model, result.square().mean() + weights.max())


def transformer_encoder() -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
    model = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    loss = model(torch.randn(2, 5, 8)).square().mean()
    _step(model, loss)


def embedding_sparse() -> None:
    model = nn.Embedding(9, 3, sparse=True)
    loss = model(torch.tensor([1, 2, 1])).square().sum()
    _step(model, loss)


def embedding_bag() -> None:
    model = nn.EmbeddingBag(9, 3)
    loss = model(torch.tensor([[1, 2, 1]])).square().sum()
    _step(model, loss)


def sparse_product() -> None:
    w = torch.randn(3, 2, requires_grad=True)
    matrix = torch.eye(3).to_sparse()
    torch.sparse.mm(matrix, w).square().sum().backward()


def convolution() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(8, 1))
    _step(model, model(torch.randn(3, 1, 4, 4)).mean())


def complex_numbers() -> None:
    w = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    loss = (w * w.conj()).real.sum() + torch.view_as_real(w).sum()
    loss.backward()


def empty_and_scalar() -> None:
    empty = torch.empty(0, 3, requires_grad=True)
    scalar = torch.tensor(2.0, requires_grad=True)
    loss = empty.sum() * scalar + scalar
    loss.backward()


def number_types() -> None:
    for dtype in (torch.float64, torch.bfloat16, torch.float16):
        w = torch.tensor([1.0, 2.5], dtype=dtype, requires_grad=True)
        (w * w).sum().backward()


def autocast() -> None:
    model = nn.Linear(4, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model(torch.randn(2, 4)).square().mean()
    _step(model, loss)


def not_finite() -> None:
    w = torch.tensor([0.0, 1.0], requires_grad=True)
    loss = w.log().sum() * 0 + w.sqrt().sum()
    loss.backward()


def scripted() -> None:
    model = torch.jit.trace(nn.Sequential(nn.Linear(3, 4), nn.Tanh()), torch.randn(2, 3))
    loss = model(torch.randn(2, 3)).square().mean()
    loss.backward()


def evaluation_between() -> None:
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        model.eval()
        with torch.no_grad():
            model(torch.randn(2, 3))
        model.train()
        optimizer.zero_grad()
        loss = F.mse_loss(model(torch.randn(2, 3)), torch.zeros(2, 1))
        loss.backward()
        optimizer.step()


def functional_transforms() -> None:
    def energy(w: torch.Tensor) -> torch.Tensor:
        return w.square().sum()

    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.func.grad(energy)(w.detach())
    torch.func.vmap(torch.func.grad(energy))(torch.randn(3, 2))
    energy(w).backward()


def deep_chain() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(10_000):
        y = y + 1
    y.backward()


CASES = (
    lstm,
    attention,
    transformer_encoder,
    embedding_sparse,
    embedding_bag,
    sparse_product,
    convolution,
    complex_numbers,
    empty_and_scalar,
    number_types,
    autocast,
    not_finite,
    scripted,
    evaluation_between,
    functional_transforms,
    deep_chain,
)
