# One line, y = w * x, learnt three times: with a learning rate too small, a good one, and one too large.
import torch

inputs = torch.tensor([[1.0, 2.0], [2.0, 1.0]])  # two batches of two examples
targets = 3 * inputs  # so the number to be found is 3
small = torch.tensor(0.0, requires_grad=True)
good = torch.tensor(0.0, requires_grad=True)
large = torch.tensor(0.0, requires_grad=True)

for epoch in range(12):
    for x, y in zip(inputs, targets):
        small_loss = ((small * x - y) ** 2).mean()
        good_loss = ((good * x - y) ** 2).mean()
        large_loss = ((large * x - y) ** 2).mean()
        loss = small_loss + good_loss + large_loss
        small.grad = good.grad = large.grad = None
        loss.backward()
        with torch.no_grad():
            small -= 0.01 * small.grad
            good -= 0.1 * good.grad
            large -= 0.44 * large.grad
    print(f"epoch {epoch}  small {small.item():8.3f}  good {good.item():8.3f}  large {large.item():8.3f}")
