"""A student and its teacher: a frozen backbone, a teacher under no_grad, a detached baseline, a stray item()."""

import argparse

import torch
import torch.nn.functional as F
from digest import Digest
from torch import nn


class Student(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
        self.policy = nn.Linear(32, 4)
        self.value = nn.Linear(32, 1)
        self.unused = nn.Linear(32, 1)

    def forward(self, x):
        features = self.backbone(x)
        return self.policy(features), self.value(features).squeeze(-1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--iterations", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    student, teacher = Student(), Student()
    student.backbone.requires_grad_(False)
    optimizer = torch.optim.Adam([p for p in student.parameters() if p.requires_grad], lr=1e-3)
    digest = Digest(student.parameters())
    for _ in range(args.iterations):
        states, actions, rewards = torch.randn(16, 8), torch.randint(0, 4, (16,)), torch.rand(16)
        logits, values = student(states)
        with torch.no_grad():
            goal = teacher(states)[0].softmax(-1)
        advantage = rewards - values.detach()
        chosen = logits.log_softmax(-1).gather(1, actions[:, None]).squeeze(1)
        scale = values.std().item()
        loss = -(chosen * advantage).mean() + F.mse_loss(values, rewards) / (1 + scale)
        loss = loss + F.kl_div(logits.log_softmax(-1), goal, reduction="batchmean")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        digest.loss(loss)


if __name__ == "__main__":
    main()
