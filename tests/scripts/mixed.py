"""Mixed precision: a convolutional autoencoder under bfloat16 autocast."""

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
encoder = nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.Flatten(), nn.Linear(256, 8))
decoder = nn.Sequential(nn.Linear(8, 256), nn.ReLU(), nn.Dropout(0.1), nn.Linear(256, 256), nn.Sigmoid())
parameters = [*encoder.parameters(), *decoder.parameters()]
optimizer = torch.optim.AdamW(parameters, lr=2e-3)
digest = Digest(parameters)

for i in range(args.iterations):
    images = (torch.rand(16, 1, 4, 4) > 0.5).float().repeat_interleave(4, 2).repeat_interleave(4, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        code = encoder(images)
        restored = decoder(code).view(16, 1, 16, 16)
    loss = nn.functional.mse_loss(restored.float(), images)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    digest.loss(loss)
    if args.print:
        print(f"iteration {i} loss {loss.item():.6f}", flush=True)
