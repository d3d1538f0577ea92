"""The four models whose training step is priced: two that compute, two that mostly call."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable

Training = tuple[nn.Module, torch.optim.Optimizer, "Callable[[], torch.Tensor]"]


class ResidualBlock(nn.Module):
    """Two convolutions and a way around them."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        result: torch.Tensor = self.relu(inner + self.shortcut(x))
        return result


def resnet18(width: int = 32) -> nn.Sequential:
    """ResNet-18 for images of 32 x 32."""
    widths = [width, width, 2 * width, 2 * width, 4 * width, 4 * width, 8 * width, 8 * width]
    strides = [1, 1, 2, 1, 2, 1, 2, 1]
    blocks = [ResidualBlock(i, o, s) for i, o, s in zip([width, *widths], widths, strides, strict=False)]
    stem = (nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True))
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8 * width, 10))


class Attention(nn.Module):
    """Causal self-attention, written out."""

    mask: torch.Tensor

    def __init__(self, width: int, heads: int, context: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.register_buffer("mask", torch.ones(context, context, dtype=torch.bool).triu(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, time, width = x.shape
        q, k, v = (part.view(batch, time, self.heads, -1).transpose(1, 2) for part in self.qkv(x).split(width, dim=2))
        scores = (q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])).masked_fill(self.mask, -math.inf)
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, time, width)
        result: torch.Tensor = self.proj(mixed)
        return result


class Block(nn.Module):
    """Attention and a two-layer network, each around a normalised way past."""

    def __init__(self, width: int, heads: int, context: int) -> None:
        super().__init__()
        self.ln1 = nn.LayerNorm(width)
        self.attn = Attention(width, heads, context)
        self.ln2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.ln1(x))
        result: torch.Tensor = x + self.mlp(self.ln2(x))
        return result


class GPT(nn.Module):
    """A decoder of letters."""

    def __init__(self, layers: int, width: int, context: int, vocabulary: int = 96) -> None:
        super().__init__()
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(context, width)
        self.blocks = nn.Sequential(
            *(Block(width, width // 16 if width < 128 else width // 64, context) for _ in range(layers))
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.token(tokens) + self.position.weight[: tokens.shape[1]]
        result: torch.Tensor = self.head(self.norm(self.blocks(x)))
        return result


class Reader(nn.Module):
    """An LSTM cell taken step by step in Python."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.cell = nn.LSTMCell(inputs, hidden)
        self.head = nn.Linear(hidden, 10)

    def forward(self, sequence: torch.Tensor) -> torch.Tensor:
        state = (sequence.new_zeros(sequence.shape[1], self.hidden), sequence.new_zeros(sequence.shape[1], self.hidden))
        for step in sequence:
            state = self.cell(step, state)
        result: torch.Tensor = self.head(state[0])
        return result


def _of_resnet() -> Training:
    model = resnet18()
    images, labels = torch.randn(16, 3, 32, 32), torch.randint(10, (16,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    return model, optimizer, lambda: F.cross_entropy(model(images), labels)


def _of_gpt(layers: int, width: int, context: int, batch: int) -> Training:
    model = GPT(layers, width, context)
    tokens, targets = torch.randint(96, (2, batch, context))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    return model, optimizer, lambda: F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten())


def _of_lstm() -> Training:
    model = Reader(32, 64)
    sequence, labels = torch.randn(100, 16, 32), torch.randint(10, (16,))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    return model, optimizer, lambda: F.cross_entropy(model(sequence), labels)


MODELS: dict[str, Callable[[], Training]] = {
    "resnet18": _of_resnet,
    "gpt-384": lambda: _of_gpt(6, 384, 256, 4),
    "gpt-64": lambda: _of_gpt(12, 64, 64, 4),
    "lstm-100": _of_lstm,
}
TITLES = {
    "resnet18": "ResNet-18 (width 32, 16 x 32x32)",
    "gpt-384": "GPT (6 layers, 384 wide, 4 x 256)",
    "gpt-64": "GPT (12 layers, 64 wide, 4 x 64)",
    "lstm-100": "LSTMCell over 100 steps",
}


def step_of(name: str) -> Callable[[], None]:
    """One training step of a model, ready to run: forward, loss, backward, update."""
    torch.manual_seed(0)
    _, optimizer, loss_of = MODELS[name]()

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss_of().backward()
        optimizer.step()

    return step
