# The chain rule, one step at a time: two roads lead from x to the loss.
import torch

x = torch.tensor(2.0, requires_grad=True)

for step in range(5):
    a = 3 * x
    b = a**2
    loss = b + a
    x.grad = None
    loss.backward()
    with torch.no_grad():
        x -= 0.01 * x.grad
    print(f"step {step}  loss {loss.item():.3f}  x {x.item():.3f}")
