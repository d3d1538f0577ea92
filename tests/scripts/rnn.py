"""An LSTMCell in a loop that learns to add up a sequence: one module called many times in one pass."""

import argparse

import torch
from digest import Digest
from torch import nn


class Adder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.cell = nn.LSTMCell(1, width)
        self.dropout = nn.Dropout(0.1)
        self.out = nn.Linear(width, 1)

    def forward(self, sequence):
        h = c = sequence.new_zeros(sequence.shape[1], self.cell.hidden_size)
        for step in sequence:
            h, c = self.cell(step, (h, c))
        return self.out(self.dropout(h))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--iterations", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--length", type=int, default=20)
    parser.add_argument("--print", action="store_true")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    model = Adder(32)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
    digest = Digest(model.parameters())
    for i in range(args.iterations):
        sequence = torch.rand(args.length, 16, 1)
        loss = nn.functional.smooth_l1_loss(model(sequence), sequence.mean(0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        digest.loss(loss)
        if args.print:
            print(f"iteration {i} loss {loss.item():.6f}", flush=True)


if __name__ == "__main__":
    main()
