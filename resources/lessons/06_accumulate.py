# Gradients accumulate: backward() adds to .grad, and only clearing starts from nothing.
import torch

w = torch.tensor(2.0, requires_grad=True)

for turn in range(4):
    loss = 3 * w
    if turn == 2:
        w.grad = None  # cleared, once; optimizer.zero_grad() does the same for all its parameters
    loss.backward()
    print(f"turn {turn}  w.grad {w.grad.item():.1f}")
