# Three ways to switch gradient tracking off: for a tensor, for a result, for a block.
import torch

x = torch.tensor(3.0)
a = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(4.0, requires_grad=True)
c = torch.tensor(5.0, requires_grad=True)
d = torch.tensor(1.0, requires_grad=True)

b.requires_grad_(False)  # 1. this tensor: frozen from now on
for turn in range(3):
    kept = (c * x).detach()  # 2. this result: the same number, without its history
    with torch.no_grad():  # 3. this block: nothing in it is tracked
        silent = d * x
    loss = a * x + b * x + kept + silent
    loss.backward()
    print(f"turn {turn}  a.grad {a.grad}  b.grad {b.grad}  c.grad {c.grad}  d.grad {d.grad}")
