# Vanishing and exploding gradients: the same ten layers, with sigmoids and with weights that are too large.
import torch
from torch import nn

torch.manual_seed(0)


def tower(layers, scale, activation):
    parts = []
    for _ in range(layers):
        linear = nn.Linear(16, 16)
        nn.init.orthogonal_(linear.weight, gain=scale)  # multiplies lengths by exactly this
        parts += [linear, activation()]
    return nn.Sequential(*parts)


vanishing = tower(10, 1.0, nn.Sigmoid)
exploding = tower(10, 3.0, nn.Identity)
optimizer = torch.optim.SGD([*vanishing.parameters(), *exploding.parameters()], lr=1e-12)
x = torch.randn(32, 16)

for step in range(20):
    optimizer.zero_grad()
    loss = vanishing(x).mean() + exploding(x).mean()
    loss.backward()
    optimizer.step()
    first, last = vanishing[0].weight.grad.norm(), vanishing[-2].weight.grad.norm()
    print(f"step {step}  vanishing: first layer {first:.1e}, last {last:.1e}")
