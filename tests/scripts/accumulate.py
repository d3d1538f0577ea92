"""Gradients of four micro-batches added up, clipped and applied together."""

import argparse

import torch
from digest import Digest
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--iterations", type=int, default=50)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--micro-batches", type=int, default=4)
parser.add_argument("--print", action="store_true")
args = parser.parse_args()

torch.manual_seed(args.seed)
model = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Dropout(0.1), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=20, gamma=0.5)
digest = Digest(model.parameters())
teacher = torch.randn(10, 1)

for i in range(args.iterations):
    total = 0.0
    for _ in range(args.micro_batches):
        x = torch.randn(8, 10)
        y = torch.sin(x @ teacher)
        loss = nn.functional.mse_loss(model(x), y) / args.micro_batches
        loss.backward()
        total += loss.item()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    optimizer.zero_grad()
    digest.loss(total)
    if args.print:
        print(f"iteration {i} loss {total:.6f} norm {norm.item():.6f}", flush=True)
