"""The scripts. Where one follows a public report, its address stands beside it."""

from __future__ import annotations

from .case import HEAD, Case
from .data_cases import DATA_CASES

__all__ = ("CASES", "HEAD")

CASES: dict[str, Case] = {
    # https://github.com/AggMan96/RK-Net/issues/9: an attention map is cut at its edges after it was used.
    "inplace_slice": Case(
        "inplace-on-saved",
        ("att",),
        """
x = torch.randn(2, 1, 6, 6)
conv = nn.Conv2d(1, 1, 3, padding=1)
att = torch.relu(conv(x))
out = att * att
att[:, :, :, 0] = 0  # fault
out.sum().backward()
""",
    ),
    # https://github.com/lyongo/NWPU-MOC/issues/4: laterals of a feature pyramid are summed with += .
    "inplace_helper": Case(
        "inplace-on-saved",
        ("low",),
        "from helper_inplace_helper import Pyramid\nnet = Pyramid()\nnet(torch.randn(2, 4)).sum().backward()\n",
        """
class Pyramid(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)
        self.b = nn.Linear(4, 4)

    def forward(self, x):
        low = torch.relu(self.a(x))
        high = self.b(low)
        low += high  # fault
        return low
""",
    ),
    # https://github.com/osmr/imgclsmob/issues/13: nn.ReLU(inplace=True) on what a skip connection uses too.
    "inplace_library": Case(
        "inplace-on-saved",
        ("h",),
        """
act = nn.ReLU(inplace=True)
fc = nn.Linear(4, 4)
h = torch.sigmoid(fc(torch.randn(3, 4)))
skip = h * 2
out = act(h) + skip  # fault
out.sum().backward()
""",
    ),
    "inplace_second_iteration": Case(
        "inplace-on-saved",
        ("state",),
        """
w = nn.Parameter(torch.ones(3))
opt = torch.optim.SGD([w], lr=0.1)
for i in range(2):
    state = torch.exp(w)
    loss = (state * state).sum()
    if i == 1:
        state.mul_(0.5)  # fault
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    ),
    # https://github.com/MorvanZhou/PyTorch-Tutorial/issues/57: the hidden state of an RNN is carried on.
    "again_hidden": Case(
        "second-backward",
        ("h_state",),
        """
cell, head = nn.RNNCell(3, 5), nn.Linear(5, 1)
opt = torch.optim.SGD([*cell.parameters(), *head.parameters()], lr=0.1)
h_state = torch.zeros(2, 5)
for i in range(3):
    h_state = cell(torch.randn(2, 3), h_state)  # fault
    loss = head(h_state).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
""",
    ),
    # https://github.com/norse/norse/pull/131: state that a module keeps from one batch to the next.
    "again_helper": Case(
        "second-backward",
        ("self.state",),
        "from helper_again_helper import Keeper\nnet = Keeper()\nfor _ in range(2):\n"
        "    loss = net(torch.randn(2, 3)).sum()\n    loss.backward()\n",
        """
class Keeper(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.Linear(3, 3)
        self.state = torch.zeros(2, 3)

    def forward(self, x):
        self.state = torch.tanh(self.cell(x + self.state))  # fault
        return self.state.pow(2)
""",
    ),
    "again_twice": Case(
        "second-backward",
        ("loss",),
        """
fc = nn.Linear(3, 1)
loss = fc(torch.randn(4, 3)).pow(2).mean()  # fault
loss.backward()
loss.backward()
""",
    ),
    # https://github.com/ronghuaiyang/arcface-pytorch/issues/56: the loss has no graph; here by a detach.
    "lost_detach": Case(
        "no-graph",
        ("loss", "pred"),
        """
fc = nn.Linear(3, 2)
pred = fc(torch.randn(4, 3))
out = pred.detach()  # fault
loss = out.pow(2).mean()
loss.backward()
""",
    ),
    # https://github.com/Lightning-AI/pytorch-lightning/issues/19910: backward of what was computed under no_grad.
    "lost_no_grad": Case(
        "no-graph",
        ("loss", "recording is switched off"),
        """
fc = nn.Linear(3, 2)
with torch.no_grad():  # fault
    loss = fc(torch.randn(4, 3)).pow(2).mean()
loss.backward()
""",
    ),
    "lost_helper": Case(
        "no-graph",
        ("loss", "argmax"),
        "from helper_lost_helper import Chooser\nnet = Chooser()\n"
        "loss = (net(torch.randn(4, 3)).float() - 1).pow(2).mean()\nloss.backward()\n",
        """
class Chooser(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 4)

    def forward(self, x):
        return self.fc(x).argmax(dim=1)  # fault
""",
    ),
    # The line is in a plain function elsewhere, and detach() stands on a line that is not to blame.
    "lost_seen": Case(
        "no-graph",
        ("loss", "out.detach()"),
        "from helper_lost_seen import targets\nfc = nn.Linear(3, 2)\nout = fc(torch.randn(4, 3))\n"
        "shown = out.detach().mean()\nloss = (targets(fc, torch.randn(4, 3)) - 1).pow(2).mean()\nloss.backward()\n",
        """
def targets(model, x):
    out = model(x)
    kept = out.detach()  # fault
    return kept * 2
""",
    ),
    "lost_inference": Case(
        "no-graph",
        ("loss", "inference mode"),
        "from helper_lost_inference import features\nhead = nn.Linear(3, 1)\n"
        "loss = features(head, torch.randn(4, 3)).mean()\nloss.backward()\n",
        """
def features(model, x):
    with torch.inference_mode():
        return model(x)  # fault
""",
    ),
    "flag": Case(
        "flag-called",
        ("requires_grad",),
        "fc = nn.Linear(2, 2)\nclass Freezing(nn.Module):\n    def forward(self, x):\n        p = fc.weight\n"
        "        p.requires_grad(False)  # fault\nFreezing()(fc(torch.ones(1, 2)))\n",
    ),
    # https://github.com/pytorch/pytorch/pull/21192: the type hints said that these were methods.
    "flag_leaf": Case(
        "flag-called",
        ("is_leaf", "weight"),
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc = nn.Linear(2, 2)\n    def forward(self, x):\n        weight = self.fc.weight\n"
        "        return self.fc(x) if weight.is_leaf() else x  # fault\nNet()(torch.ones(1, 2)).sum().backward()\n",
    ),
    # https://github.com/DeepLink-org/deeplink.framework/pull/283: a backend had it as a method.
    "flag_device": Case(
        "flag-called",
        ("is_cuda", "batch"),
        "from helper_flag_device import placed\nclass Net(nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.fc = nn.Linear(2, 2)\n    def forward(self, x):\n"
        "        return self.fc(placed(x))\nfor _ in range(2):\n    Net()(torch.ones(1, 2)).sum().backward()\n",
        """
def placed(batch):
    return batch.cpu() if batch.is_cuda() else batch  # fault
""",
    ),
    # https://github.com/BaiTheBest/SparseLLM/issues/13
    "leaf_update": Case(
        "inplace-on-leaf",
        ("s_batch",),
        "s_batch = torch.ones(3, requires_grad=True)\nloss_s = (s_batch * 2).sum()\nloss_s.backward()\n"
        "s_batch -= 0.1 * s_batch.grad  # fault\n",
    ),
    # https://github.com/Atcold/NYU-DLSP20/issues/765: sinusoids are written into an embedding's weight.
    "leaf_view": Case(
        "inplace-on-leaf",
        ("leaf",),
        "emb = nn.Embedding(4, 6)\nE = emb.weight\nE[:, 0::2] = torch.ones(4, 3)  # fault\n",
    ),
    # https://github.com/sh0416/bpr/issues/13
    "not_scalar": Case(
        "not-scalar",
        ("loss", "4×3"),  # noqa: RUF001  # the sign that shapes take
        "fc = nn.Linear(6, 3)\nloss = (fc(torch.randn(4, 6)) - 1) ** 2\nloss.backward()  # fault\n",
    ),
    # https://github.com/eriklindernoren/PyTorch-YOLOv3/issues/331: one loss a replica.
    "not_scalar_loop": Case(
        "not-scalar",
        ("losses",),
        "fc = nn.Linear(6, 1)\nfor i in range(2):\n    losses = torch.stack([fc(torch.randn(6)).sum()] * 2)\n"
        "    (losses.sum() if i == 0 else losses).backward()  # fault\n",
    ),
    "own": Case(
        "exception",
        ("ValueError", "no such class"),
        "fc = nn.Linear(2, 2)\nclass Picky(nn.Module):\n    def forward(self, x):\n"
        "        raise ValueError('no such class')  # fault\nPicky()(fc(torch.ones(1, 2)))\n",
    ),
    **DATA_CASES,
}
