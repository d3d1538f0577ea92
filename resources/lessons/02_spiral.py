# Two spirals, one class each: a small network learns to tell them apart.
import argparse

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser(description="Two spirals, one class each.")
parser.add_argument("--device", default="cpu", help="where to train: cpu, cuda:0, mps")
parser.add_argument("--lr", type=float, default=0.1, help="learning rate")
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--width", type=int, default=16, help="neurons in the hidden layer")
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.manual_seed(args.seed)
device = torch.device(args.device)


def spirals(points):
    """``points`` of each class on two arms of a spiral, with a little noise."""
    angle = torch.sqrt(torch.rand(points)) * 2 * torch.pi
    arm = torch.stack([-torch.cos(angle) * angle, torch.sin(angle) * angle], dim=1)
    both = torch.cat([arm, -arm]) / 4 + 0.03 * torch.randn(2 * points, 2)
    return both, torch.cat([torch.zeros(points), torch.ones(points)]).long()


class SpiralNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, 2))

    def forward(self, x):
        return self.net(x)


batches = DataLoader(TensorDataset(*spirals(640)), batch_size=args.batch_size, shuffle=True)
model = SpiralNet(args.width).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)

for epoch in range(args.epochs):
    for x, y in batches:
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()  # 1. clear the old gradients
        logits = model(x)  # 2. forward
        loss = F.cross_entropy(logits, y)  # 3. loss
        loss.backward()  # 4. backward
        optimizer.step()  # 5. update
    accuracy = (logits.argmax(dim=1) == y).float().mean()
    print(f"epoch {epoch + 1:2d}  loss {loss.item():.4f}  accuracy of the last batch {accuracy:.0%}")
