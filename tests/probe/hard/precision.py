"""Mixed precision: autocast, scaled losses, steps that are skipped, gradients clipped between backward and update."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import clip_grad_norm_


def _scaler(scale: float = 1024.0) -> torch.amp.GradScaler:
    return torch.amp.GradScaler("cpu", init_scale=scale, growth_interval=1000)


def scaled_loss() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = _scaler()
    for _ in range(2):
        optimizer.zero_grad()
        loss = model(torch.randn(5, 3)).square().mean()
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()


def scaled_loss_with_a_step_skipped() -> None:
    model = nn.Linear(3, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    scaler = _scaler()
    for number in range(3):
        optimizer.zero_grad()
        loss = model(torch.randn(5, 3)).square().mean()
        scaler.scale(loss * (float("inf") if number == 1 else 1.0)).backward()
        scaler.step(optimizer)
        scaler.update()


def unscaled_and_clipped() -> None:
    model = nn.Linear(3, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = _scaler(8.0)
    for _ in range(2):
        optimizer.zero_grad()
        scaler.scale(model(torch.ones(5, 3)).square().sum()).backward()
        scaler.unscale_(optimizer)
        clip_grad_norm_(model.parameters(), 0.5)
        scaler.step(optimizer)
        scaler.update()


def autocast_to_bfloat16() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 3))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for _ in range(2):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = F.cross_entropy(model(torch.randn(6, 4)), torch.tensor([0, 1, 2, 0, 1, 2]))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()


def a_model_in_bfloat16() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)).bfloat16()
    loss = model(torch.randn(3, 4).bfloat16()).float().square().mean()
    loss.backward()


def a_model_in_float16() -> None:
    model = nn.Linear(4, 2).half()
    model(torch.randn(3, 4).half()).sum().backward()


CASES = (
    scaled_loss,
    scaled_loss_with_a_step_skipped,
    unscaled_and_clipped,
    autocast_to_bfloat16,
    a_model_in_bfloat16,
    a_model_in_float16,
)
