"""A ResNet-18 of 16 channels trained on generated images through a DataLoader."""

import argparse

import torch
from digest import Digest
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += identity
        return self.relu(out)


class ResNet18(nn.Module):
    def __init__(self, width=16, classes=10):
        super().__init__()
        conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.stem = nn.Sequential(conv1, nn.BatchNorm2d(width), nn.ReLU(inplace=True))
        self.layer1 = self.stage(width, width, 1)
        self.layer2 = self.stage(width, 2 * width, 2)
        self.layer3 = self.stage(2 * width, 4 * width, 2)
        self.layer4 = self.stage(4 * width, 8 * width, 2)
        self.dropout = nn.Dropout(0.1)
        self.fc = nn.Linear(8 * width, classes)

    @staticmethod
    def stage(inputs, outputs, stride):
        return nn.Sequential(Block(inputs, outputs, stride), Block(outputs, outputs, 1))

    def forward(self, x):
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.stem(x)))))
        return self.fc(self.dropout(x.mean((2, 3))))


def images(count, classes=10, size=16):
    """Each class is a grating of its own direction, under noise."""
    labels = torch.arange(count) % classes
    angle = labels.float() * torch.pi / classes
    row, column = torch.meshgrid(torch.linspace(-3, 3, size), torch.linspace(-3, 3, size), indexing="ij")
    wave = torch.sin(3 * (row * angle.cos()[:, None, None] + column * angle.sin()[:, None, None]))
    return wave[:, None].repeat(1, 3, 1, 1) + 0.3 * torch.randn(count, 3, size, size), labels


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--iterations", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--print", action="store_true")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    model = ResNet18()
    loader = DataLoader(TensorDataset(*images(80)), batch_size=8, shuffle=True)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    digest = Digest(model.parameters())

    iteration = 0
    while iteration < args.iterations:
        for batch, labels in loader:
            optimizer.zero_grad()
            logits = model(batch)
            loss = criterion(logits, labels)
            loss.backward()
            optimizer.step()
            digest.loss(loss)
            if args.print:
                print(f"iteration {iteration} loss {loss.item():.6f}", flush=True)
            iteration += 1
            if iteration == args.iterations:
                break


if __name__ == "__main__":
    main()
