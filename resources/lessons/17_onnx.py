# What leaves the training: a model's numbers, and the operations that use them.
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Dropout(0.5), nn.Linear(3, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
inputs = torch.randn(5, 4)  # five examples of four features
target = torch.tensor([0, 1, 1, 0, 1])

for step in range(20):
    optimizer.zero_grad()
    logits = model(inputs)
    loss = nn.functional.cross_entropy(logits, target)
    loss.backward()
    optimizer.step()
print(f"loss {loss.item():.4f}")
