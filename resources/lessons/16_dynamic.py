# A dynamic graph: the program decides, each time anew, what is computed. So the graph changes with its input.
import torch

w = torch.tensor(0.9, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.01)

for words in (1, 3, 2, 5, 4, 1):  # sentences of different lengths
    state = torch.tensor(0.5)
    for word in range(words):
        state = torch.tanh(w * state)  # one step more for each word
    loss = (state - 1) ** 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"{words} words  loss {loss.item():.4f}  w.grad {w.grad.item():.4f}")
