"""A straight line fitted by hand: no module, no optimizer."""

import argparse

import torch
from digest import Digest

parser = argparse.ArgumentParser()
parser.add_argument("--iterations", type=int, default=50)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--print", action="store_true")
args = parser.parse_args()

torch.manual_seed(args.seed)
x = torch.linspace(-1, 1, 16)
t = 3 * x + 0.5 + 0.1 * torch.randn(16)
w = torch.tensor(0.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
lr = 0.1
digest = Digest([w, b])

for i in range(args.iterations):
    y = w * x + b
    loss = ((y - t) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    w.grad = None
    b.grad = None
    digest.loss(loss)
    if args.print:
        print(f"iteration {i} loss {loss.item():.6f}", flush=True)
