"""MAML on sine waves: the outer gradient flows through two inner steps of gradient descent, a double backward."""

import argparse

import torch
from digest import Digest
from torch import nn
from torch.func import functional_call

parser = argparse.ArgumentParser()
parser.add_argument("--iterations", type=int, default=20)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--tasks", type=int, default=2)
parser.add_argument("--inner", type=int, default=2)
args = parser.parse_args()

torch.manual_seed(args.seed)
model = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
digest = Digest(model.parameters())


def waves(phase):
    x = 10 * torch.rand(10, 1) - 5
    return x, torch.sin(x + phase)


for _ in range(args.iterations):
    losses = []
    for _task in range(args.tasks):
        phase = torch.rand(1) * torch.pi
        weights = dict(model.named_parameters())
        x, y = waves(phase)
        for _step in range(args.inner):
            inner_loss = nn.functional.mse_loss(functional_call(model, weights, x), y)
            gradients = torch.autograd.grad(inner_loss, list(weights.values()), create_graph=True)
            weights = {
                name: weight - 0.01 * gradient
                for (name, weight), gradient in zip(weights.items(), gradients)
            }
        x, y = waves(phase)
        losses.append(nn.functional.mse_loss(functional_call(model, weights, x), y))
    outer_loss = torch.stack(losses).mean()
    optimizer.zero_grad()
    outer_loss.backward()
    optimizer.step()
    digest.loss(outer_loss)
