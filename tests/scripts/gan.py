"""A GAN on a ring of points: two optimizers, and a discriminator that learns from a real and a fake half."""

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
generator = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
discriminator = nn.Sequential(
    nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Dropout(0.2), nn.Linear(32, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1)
)
optimizer_g = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))
criterion = nn.BCEWithLogitsLoss()
digest = Digest([*generator.parameters(), *discriminator.parameters()])
ones, zeros = torch.ones(32, 1), torch.zeros(32, 1)

for i in range(args.iterations):
    angle = 2 * torch.pi * torch.rand(32)
    real = torch.stack((angle.cos(), angle.sin()), 1) + 0.05 * torch.randn(32, 2)
    noise = torch.randn(32, 8)

    optimizer_d.zero_grad()
    loss_real = criterion(discriminator(real), ones)
    loss_real.backward()
    fake = generator(noise)
    loss_fake = criterion(discriminator(fake.detach()), zeros)
    loss_fake.backward()
    optimizer_d.step()

    optimizer_g.zero_grad()
    loss_g = criterion(discriminator(fake), ones)
    loss_g.backward()
    optimizer_g.step()

    digest.loss(loss_real + loss_fake)
    digest.loss(loss_g)
    if args.print:
        print(f"iteration {i} D {(loss_real + loss_fake).item():.6f} G {loss_g.item():.6f}", flush=True)
