# Two spirals again, with a mistake in it. Which one, --bug says; find it in the graph, then mend it here.
import argparse

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

BUGS = ("inplace", "detach", "zero_grad", "dead_relu", "broadcast", "none")

parser = argparse.ArgumentParser(description="Two spirals, and a mistake.")
parser.add_argument("--bug", choices=BUGS, default="detach", help="the mistake that is made")
parser.add_argument("--device", default="cpu", help="where to train: cpu, cuda:0, mps")
parser.add_argument("--lr", type=float, default=0.05, help="learning rate")
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--width", type=int, default=16, help="neurons in the hidden layer")
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.manual_seed(args.seed)
device = torch.device(args.device)


def spirals(points):
    """``points`` of each class on two arms of a spiral; the classes are called -1 and 1."""
    angle = torch.sqrt(torch.rand(points)) * 2 * torch.pi
    arm = torch.stack([-torch.cos(angle) * angle, torch.sin(angle) * angle], dim=1)
    both = torch.cat([arm, -arm]) / 4 + 0.03 * torch.randn(2 * points, 2)
    return both, torch.cat([-torch.ones(points), torch.ones(points)])


class BrokenNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.hidden = nn.Linear(2, width)
        self.out = nn.Linear(width, 1)
        if args.bug == "dead_relu":
            nn.init.constant_(self.hidden.bias, -20.0)

    def forward(self, x):
        h = F.relu(self.hidden(x))
        if args.bug == "detach":
            h = h.detach()
        score = torch.tanh(self.out(h))
        if args.bug == "inplace":
            h -= h.mean()
        return score


batches = DataLoader(TensorDataset(*spirals(640)), batch_size=args.batch_size, shuffle=True)
model = BrokenNet(args.width).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)

for epoch in range(args.epochs):
    for x, y in batches:
        x, y = x.to(device), y.to(device)
        if args.bug != "zero_grad":
            optimizer.zero_grad()
        score = model(x)
        if args.bug != "broadcast":
            score = score.squeeze(1)
        loss = F.mse_loss(score, y)
        loss.backward()
        optimizer.step()
    accuracy = (score.reshape(-1).sign() == y).float().mean()
    print(f"epoch {epoch + 1:2d}  loss {loss.item():.4f}  accuracy of the last batch {accuracy:.0%}")
