# Dropout and batch norm: two layers that behave differently in training and in evaluation.
import torch
from torch import nn

torch.manual_seed(0)
dropout, norm = nn.Dropout(0.5), nn.BatchNorm1d(1)
batch = torch.tensor([[1.0], [3.0]])  # two examples of one feature
ones = torch.ones(1000)
strength = torch.tensor(1.0, requires_grad=True)

for turn in range(3):
    dropout.train(), norm.train()
    dropped = dropout(ones * strength)  # half of it is 0, the rest is doubled
    normed = norm(batch * strength)  # mean 0 and variance 1 over this batch
    running_mean = norm.running_mean[0].clone()  # what it remembers of the batches so far
    dropout.eval()
    whole = dropout(ones * strength)  # nothing happens in evaluation
    loss = dropped.mean() + normed.sum() + whole.mean()
    loss.backward()
    print(f"dropped {(dropped == 0).float().mean():.2f}  running mean {running_mean:.3f}  whole {whole.mean().item():.1f}")
