# One hill, three learning rates: too small, good, too large. Each number wants to reach 0.
import torch

small = torch.tensor(4.0, requires_grad=True)
good = torch.tensor(4.0, requires_grad=True)
large = torch.tensor(4.0, requires_grad=True)

for epoch in range(6):
    for batch in range(2):
        loss = small**2 + good**2 + large**2
        small.grad = good.grad = large.grad = None
        loss.backward()
        with torch.no_grad():
            small -= 0.01 * small.grad
            good -= 0.3 * good.grad
            large -= 1.05 * large.grad
    print(f"epoch {epoch}  small {small.item():7.3f}  good {good.item():7.3f}  large {large.item():7.3f}")
