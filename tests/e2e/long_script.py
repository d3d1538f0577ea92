"""A script that trains for as long as a test needs, and writes down by itself that it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Prints every iteration, writes a file for it, and goes on until it has been alone for a while.
SCRIPT = """
import os, time
from pathlib import Path
import torch
from torch import nn

Path("pid").write_text(str(os.getpid()))
model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
stamps = open("stamps", "w", buffering=1)
iteration = alone = 0
while alone < 30 and iteration < 5000:
    x = torch.randn(16, 3)
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), x.sum(1, keepdim=True))
    loss.backward()
    optimizer.step()
    stamps.write(f"{time.time()}\\n")
    print("iteration", iteration)
    time.sleep(0.01)
    iteration += 1
    alone += Path("killed").exists()
Path("done").write_text(str(iteration))
print("the last line")
"""


def stamps(folder: Path) -> list[float]:
    """When each iteration ended, by the script's own clock."""
    file = folder / "stamps"
    return [float(line) for line in file.read_text().splitlines()] if file.exists() else []
