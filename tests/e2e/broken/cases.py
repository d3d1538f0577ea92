"""The scripts. Where one follows a public report, its address stands beside it."""

from __future__ import annotations

from typing import NamedTuple

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


class Case(NamedTuple):
    """``says`` are words that title and sentence must hold; ``helper`` is a module of the user's beside the script."""

    rule: str
    says: tuple[str, ...]
    script: str
    helper: str = ""


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
    # https://github.com/ekosman/AnomalyDetectionCVPR2018-Pytorch/issues/229
    "shape_linear": Case(
        "shape-mismatch",
        ("h", "12", "10", "fc2"),
        "from helper_shape_linear import Net\nnet = Net()\nnet(torch.randn(4, 6))\n",
        """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 12)
        self.fc2 = nn.Linear(10, 3)

    def forward(self, x):
        h = torch.relu(self.fc1(x))
        return self.fc2(h)  # fault
""",
    ),
    "shape_sizes": Case(
        "shape-mismatch",
        ("x", "w", "3 against 5"),
        "w = torch.randn(5, requires_grad=True)\nx = torch.randn(4, 3)\ny = x * w  # fault\n",
    ),
    "shape_conv": Case(
        "shape-mismatch",
        ("img", "1 channels", "3"),
        "net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())\nimg = torch.randn(2, 1, 9, 9)\nnet(img)  # fault\n",
    ),
    # https://github.com/pytorch/pytorch/issues/139037: features of several inputs joined along the batch.
    "shape_cat": Case(
        "shape-mismatch",
        ("joined", "4", "8", "head"),
        """
cnn, head = nn.Linear(6, 4), nn.Linear(8, 2)
first, second = torch.randn(3, 6), torch.randn(3, 6)
joined = torch.cat((cnn(first), cnn(second)), 0)
out = head(joined)  # fault
""",
    ),
    # https://github.com/milesial/Pytorch-UNet/issues/93
    # https://github.com/jfzhang95/pytorch-video-recognition/issues/71
    "dtype_target": Case(
        "dtype-mismatch",
        ("target", "int32"),
        "fc = nn.Linear(6, 3)\nlogits = fc(torch.randn(4, 6))\ntarget = torch.tensor([0, 1, 2, 1], dtype=torch.int32)\n"
        "loss = F.cross_entropy(logits, target)  # fault\n",
    ),
    # https://github.com/sebsk/CS224N-Project/pull/2: numpy's doubles.
    "dtype_double": Case(
        "dtype-mismatch",
        ("x is float64",),
        "fc = nn.Linear(6, 3)\nx = torch.randn(4, 6).double()\nout = fc(x)  # fault\n",
    ),
    # https://github.com/seigot/tetris/issues/56: what is fed in stays on another device than the model.
    "device": Case(
        "device-mismatch",
        ("x is on meta",),
        "fc = nn.Linear(6, 3)\nx = torch.randn(4, 6, device='meta')\nout = fc(x)  # fault\n",
    ),
    # https://github.com/syuu1987/geekTime-semantic-segmentation/issues/1: a layer that is made inside forward.
    "device_made_late": Case(
        "device-mismatch",
        ("h is on meta", "scale"),
        "from helper_device_made_late import Net\nNet().to('meta')(torch.randn(4, 6, device='meta'))\n",
        """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        h = self.fc(x)
        scale = torch.ones(4, 3)
        return h * scale  # fault
""",
    ),
    # https://github.com/milesial/Pytorch-UNet/issues/291: a mask of grey values for class numbers.
    "target": Case(
        "target-out-of-range",
        ("mask", "192"),
        "fc = nn.Linear(6, 2)\nmask = torch.tensor([0, 192, 1])\n"
        "loss = nn.CrossEntropyLoss()(fc(torch.randn(3, 6)), mask)  # fault\n",
    ),
    # https://github.com/pytorch/pytorch/issues/39769
    "target_nll": Case(
        "target-out-of-range",
        ("target", "5"),
        "w = nn.Parameter(torch.ones(3, 5))\ntarget = torch.tensor([1, 0, 5])\n"
        "output = nn.NLLLoss()(F.log_softmax(w, dim=1), target)  # fault\n",
    ),
    # https://github.com/DEEP-PolyU/KEQA_WSDM19/issues/26
    "embedding": Case(
        "index-out-of-range",
        ("text", "12", "10 rows"),
        "embed = nn.Embedding(10, 4)\ntext = torch.tensor([[1, 5, 12]])\nx = embed(text)  # fault\n",
    ),
    # https://github.com/kongds/E5-V/issues/7: the number of an added token is the size of the vocabulary.
    "embedding_added": Case(
        "index-out-of-range",
        ("input_ids", "16", "16 rows"),
        "from helper_embedding_added import Reader\n"
        "input_ids = torch.tensor([[1, 5, 3], [2, 16, 0]])\nReader()(input_ids)\n",
        """
class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(16, 4)

    def forward(self, input_ids):
        return self.words(input_ids)  # fault
""",
    ),
    # https://github.com/karpathy/nanoGPT/issues/281, https://github.com/pytorch/pytorch/issues/28111
    "no_device": Case(
        "no-such-device",
        ("CUDA",),
        "x = torch.ones(3)\ny = x.to('cuda:7')  # fault\n",
    ),
    # https://github.com/richzhang/PerceptualSimilarity/issues/121: the length of features that are all zero.
    "anomaly": Case(
        "nan-in-backward",
        ("SqrtBackward0",),
        "torch.autograd.set_detect_anomaly(True)\nx = torch.zeros(3, requires_grad=True)\n"
        "y = torch.sqrt(x) * 0  # fault\n"
        "y.sum().backward()\n",
    ),
    # https://github.com/asteroid-team/asteroid/issues/90: a root by a power, of a sum that is zero.
    "anomaly_power": Case(
        "nan-in-backward",
        ("PowBackward0",),
        "torch.autograd.set_detect_anomaly(True)\nx = torch.zeros(2, 3, requires_grad=True)\nsquares = x**2  # fault\n"
        "length = squares.sum(1) ** 0.5\nlength.sum().backward()\n",
    ),
    # https://github.com/pytorch/pytorch/pull/20618, https://github.com/facebookresearch/Mask2Former/issues/185
    "memory": Case(
        "out-of-memory",
        ("att", "keeps", "alive for its backward"),
        "fc = nn.Linear(64, 256)\nh = torch.relu(fc(torch.randn(128, 64)))\nscores = h * h\n"
        "att = scores.repeat(1 << 32, 1)  # fault\n",
    ),
    # Torch has this error for every accelerator; it is raised here as an allocator does, inside a module.
    "memory_device": Case(
        "out-of-memory",
        ("raise torch.OutOfMemoryError", "keeps"),
        "from helper_memory_device import Greedy\nGreedy()(torch.randn(128, 64))\n",
        """
class Greedy(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 256)

    def forward(self, x):
        h = torch.tanh(self.fc(x))
        scores = h * h
        if scores.requires_grad:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")  # fault
        return scores
""",
    ),
    # https://github.com/xuebinqin/BASNet/issues/32, https://github.com/patrickloeber/pytorchTutorial/issues/3
    "left_worker_died": Case(
        "loader-worker",
        ("DataLoader worker", "died"),
        """
import os
class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return 4
    def __getitem__(self, index):
        os._exit(1)
for batch in torch.utils.data.DataLoader(Rows(), batch_size=2, num_workers=1):  # fault
    pass
""",
    ),
    "left_worker_raised": Case(
        "loader-worker",
        ("IndexError", "list index out of range"),
        "from helper_left_worker_raised import Rows\n"
        "for batch in torch.utils.data.DataLoader(Rows(), batch_size=2, num_workers=1):\n    pass\n",
        """
class Rows(torch.utils.data.Dataset):
    words = ["one", "two", "three"]

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return self.words[index]  # fault
""",
    ),
    "own": Case(
        "exception",
        ("ValueError", "no such class"),
        "fc = nn.Linear(2, 2)\nclass Picky(nn.Module):\n    def forward(self, x):\n"
        "        raise ValueError('no such class')  # fault\nPicky()(fc(torch.ones(1, 2)))\n",
    ),
}
