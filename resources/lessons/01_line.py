# A straight line: two numbers to learn, one step at a time. Nothing but tensors.
import torch

x, target = torch.tensor(3.0), torch.tensor(10.0)  # one point that the line should meet
w = torch.tensor(2.0, requires_grad=True)  # a leaf: the slope
b = torch.tensor(1.0, requires_grad=True)  # a leaf: the height
lr = 0.02

for epoch in range(20):
    y = w * x + b  # forward: intermediates
    loss = (y - target) ** 2  # the root: how wrong the line is
    w.grad = b.grad = None  # clear the old gradients
    loss.backward()  # fills w.grad and b.grad
    with torch.no_grad():  # the update itself is not part of the graph
        w -= lr * w.grad
        b -= lr * b.grad
    print(f"epoch {epoch}  loss {loss.item():.4f}  w {w.item():.3f}  b {b.item():.3f}")
