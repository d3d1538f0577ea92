"""A training to be disturbed: checkpoints, a backward in another thread, a hook that raises, a nap; prints a digest."""

import hashlib
import sys
import threading
import time

way = sys.argv[1]  # "train", "nap" after a while, report "late", or "never"
iterations = int(sys.argv[2])
if way == "late":
    time.sleep(1.0)
if way == "never":
    time.sleep(0.2)
    sys.exit(3)

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

torch.manual_seed(0)
torch.set_num_threads(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 1)
        self.drop = nn.Dropout(0.2)

    def inner(self, h):
        return torch.relu(self.fc2(h)) * 1.5

    def forward(self, x, recompute):
        h = self.drop(torch.tanh(self.fc1(x)))
        h = checkpoint(self.inner, h, use_reentrant=recompute == "reentrant") if recompute else self.inner(h)
        return self.fc3(h)


def refuse(_):
    raise ValueError("a hook of the script's own")


def backward(loss):
    loss.backward()


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
losses = []
for step in range(iterations):
    x = torch.randn(8, 4)
    recompute = {3: "reentrant", 6: "plain"}.get(step % 10, "")
    output = model(x, recompute)
    loss = (output - x.sum(1, keepdim=True)).pow(2).mean()
    optimizer.zero_grad()
    if step % 10 == 5:
        thread = threading.Thread(target=backward, args=(loss,))
        thread.start()
        thread.join()
    elif step % 10 == 7:
        output.register_hook(refuse)
        try:
            loss.backward()
        except ValueError:
            losses.append(-1.0)
            continue
    else:
        loss.backward()
    optimizer.step()
    losses.append(loss.item())
    if step % 5 == 4:
        print("iteration", step, flush=True)
    if way == "nap" and step == 5:
        print("nap", flush=True)
        time.sleep(2.5)
digest = hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in model.parameters()))
digest.update(repr(losses).encode())
digest.update(torch.get_rng_state().numpy().tobytes())
print("digest", digest.hexdigest(), flush=True)
