"""A script with a mistake: the last batch of its data has another width, so its third iteration raises."""

import argparse

import torch
from digest import Digest
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--iterations", type=int, default=50)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--print", action="store_true")
args = parser.parse_args()

torch.manual_seed(args.seed)
model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Dropout(0.2), nn.Linear(12, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
digest = Digest(model.parameters())
batches = [torch.randn(4, 6), torch.randn(4, 6), torch.randn(4, 5)]

for i in range(args.iterations):
    x = batches[i % 3]
    target = torch.randint(3, (4,))
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), target)
    loss.backward()
    optimizer.step()
    digest.loss(loss)
    if args.print:
        print(f"iteration {i} loss {loss.item():.6f}", flush=True)
