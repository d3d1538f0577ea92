"""Whole networks, as one writes them: a ResNet-18, a GPT, a recurrent one, a GAN, MAML, models that return records."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.bench.models import resnet18 as build_resnet18


def resnet18() -> None:
    model = build_resnet18(width=4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(2):
        loss = F.cross_entropy(model(torch.randn(2, 3, 16, 16)), torch.tensor([1, 2]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.ln = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.qkv(self.ln(x)).chunk(3, dim=-1)
        attended = F.scaled_dot_product_attention(q[:, None], k[:, None], v[:, None], is_causal=True)
        x = x + self.out(attended[:, 0])
        result: torch.Tensor = x + self.mlp(x)
        return result


class GPT(nn.Module):
    def __init__(self, width: int = 8, vocabulary: int = 11) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(torch.zeros(6, width))
        self.blocks = nn.ModuleList(Block(width) for _ in range(2))
        self.head = nn.Linear(width, vocabulary, bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.tokens(tokens) + self.positions[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        result: torch.Tensor = self.head(x)
        return result


def gpt() -> None:
    model = GPT()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    tokens = torch.randint(0, 11, (2, 6))
    for _ in range(2):
        logits = model(tokens[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(3, 4, bidirectional=True, batch_first=True)
        self.cell = nn.GRUCell(8, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features, _ = self.lstm(x)
        state = x.new_zeros(len(x), 4)
        for step in features.unbind(1):
            state = self.cell(step, state)
        result: torch.Tensor = self.head(state)
        return result


def recurrent() -> None:
    model = Tagger()
    optimizer = torch.optim.Adam(model.parameters())
    loss = F.cross_entropy(model(torch.randn(3, 4, 3)), torch.tensor([0, 1, 1]))
    loss.backward()
    optimizer.step()


def gan() -> None:
    generator = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 2))
    critic = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
    of_generator = torch.optim.Adam(generator.parameters(), lr=0.01)
    of_critic = torch.optim.Adam(critic.parameters(), lr=0.01)
    for _ in range(2):
        fake = generator(torch.randn(4, 2))
        of_critic.zero_grad()
        F.softplus(-critic(torch.randn(4, 2))).mean().backward()
        F.softplus(critic(fake.detach())).mean().backward()
        of_critic.step()
        of_generator.zero_grad()
        F.softplus(-critic(fake)).mean().backward()
        of_generator.step()


def maml() -> None:
    model = nn.Sequential(nn.Linear(1, 6), nn.Tanh(), nn.Linear(6, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(2):
        losses = []
        for task in range(2):
            x = torch.linspace(-1, 1, 5).unsqueeze(1)
            y = torch.sin(x + task)
            fast = dict(model.named_parameters())
            for _ in range(2):
                inner = F.mse_loss(torch.func.functional_call(model, fast, (x,)), y)
                gradients = torch.autograd.grad(inner, list(fast.values()), create_graph=True)
                fast = {name: p - 0.1 * g for (name, p), g in zip(fast.items(), gradients, strict=True)}
            losses.append(F.mse_loss(torch.func.functional_call(model, fast, (x,)), y))
        outer = torch.stack(losses).mean()
        optimizer.zero_grad()
        outer.backward()
        optimizer.step()


@dataclass
class Output:
    loss: torch.Tensor
    logits: torch.Tensor


class Classifier(nn.Module):
    """Computes its own loss, as models of a hub do."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(4, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> Output:
        logits = self.head(self.body(x).relu())
        return Output(F.cross_entropy(logits, labels), logits)


class DictClassifier(Classifier):
    def forward(self, x: torch.Tensor, labels: torch.Tensor) -> Any:
        output = super().forward(x, labels)
        return {"loss": output.loss, "logits": output.logits}


def model_that_returns_a_record() -> None:
    model = Classifier()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        output = model(torch.randn(2, 4), torch.tensor([0, 2]))
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()


def model_that_returns_a_dict() -> None:
    model = DictClassifier()
    output = model(torch.randn(2, 4), labels=torch.tensor([0, 2]))
    output["loss"].backward()


CASES = (
    resnet18,
    gpt,
    recurrent,
    gan,
    maml,
    model_that_returns_a_record,
    model_that_returns_a_dict,
)
