"""Scripts whose shapes, types, devices or numbers do not fit, and those that run out of memory or workers."""

from __future__ import annotations

from .case import Case

DATA_CASES: dict[str, Case] = {
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
    # A table that was moved, opened by a library: the line is the script's own.
    "left_no_file": Case(
        "no-such-file",
        ("moved.pt", "folder that it runs in"),
        "state = torch.load('weights/moved.pt')  # fault\n",
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
}
