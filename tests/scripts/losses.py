"""Losses in every way that scripts hold them; each iteration's truth goes to the file named by the first argument."""
import json
import sys

import torch

torch.manual_seed(0)
truth = []
gain = torch.nn.Parameter(torch.tensor(1.0))
model = torch.nn.Linear(3, 2)
optimizer = torch.optim.SGD([*model.parameters(), gain], lr=0.05)


class Trainer:
    def step(self, x):
        self.loss_cls = (model(x) ** 2).mean()
        self.loss_box = (model(x) - gain).abs().mean()
        self.total = 0.5 * self.loss_cls + self.loss_box / 3
        self.total.backward()
        optimizer.step()
        optimizer.zero_grad()
        return {"self.total": self.total, "self.loss_cls": self.loss_cls, "self.loss_box": self.loss_box}


def elbow(x):
    parts = {"recon": (model(x) - 1).pow(2).sum(), "kl": gain**2}
    both = parts["recon"] + 0.1 * parts["kl"] + 3
    both.backward()
    optimizer.step()
    optimizer.zero_grad()
    return {"both": both, "parts['recon']": parts["recon"], "parts['kl']": parts["kl"]}


def stacked(x):
    losses = [(model(x)[:, column] - gain).pow(2).mean() for column in range(2)]
    loss = torch.stack(losses).mean()
    product = loss * gain  # nothing of this was only added up
    product.backward()
    optimizer.step()
    optimizer.zero_grad()
    return {"product": product}


def summed(x):
    losses = [(model(x)[:, column] - gain).pow(2).mean() for column in range(2)]
    mean = torch.stack(losses).mean()
    mean.backward()
    optimizer.step()
    optimizer.zero_grad()
    return {"mean": mean, "losses[0]": losses[0], "losses[1]": losses[1]}


def unnamed(x):
    (model(x).mean() + gain).backward()
    optimizer.step()
    optimizer.zero_grad()
    return {}


trainer = Trainer()
for turn in range(4):
    for way in (trainer.step, elbow, stacked, summed, unnamed):
        told = way(torch.randn(4, 3))
        truth.append({"losses": {name: value.item() for name, value in told.items()}, "leaves": {"gain": gain.item()}})

w = torch.tensor(2.0, requires_grad=True)
for turn in range(5):
    gap = w - 5
    rise = gap**2
    fine = rise + 0.01 * w.abs()
    w.grad = None
    fine.backward()
    told = {"fine": fine.item(), "rise": rise.item()}
    with torch.no_grad():
        w -= 0.1 * w.grad
    truth.append({"losses": told, "leaves": {"gain": gain.item(), "w": w.item()}})
json.dump(truth, open(sys.argv[1], "w"))
