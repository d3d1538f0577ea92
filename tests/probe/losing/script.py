"""One iteration for each way to lose a gradient. A comment ``# REASON`` marks the line at fault.

The last line of the output is what torch itself says of every case: the parameters without ``.grad`` at the end of the
pass, those that ``next_functions`` comes to, and how many nodes there are.
"""

import gc
import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

x, y = torch.randn(8, 3), torch.zeros(())


class Net(nn.Module):
    """Two layers; ``between`` is what a case does to what lies between them.

    Each case has its own width, so that its graph is one of its own.
    """

    wide = 0

    def __init__(self, between):
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.last = nn.Linear(4, Net.wide)
        self.between = between

    def forward(self, data):
        return self.last(self.between(torch.tanh(self.first(data))))  # forward


def detach(h):
    return h.detach()  # detach


def detach_in_place(h):
    h.detach_()  # detach
    return h


def data(h):
    return h.data  # data


def no_grad(h):
    with torch.no_grad():  # off
        return h * 2  # no_grad


def set_grad_enabled(h):
    with torch.set_grad_enabled(False):  # off
        return h + 1  # no_grad


def inference_mode(h):
    with torch.inference_mode():
        k = h * 2  # inference_mode
    return k.clone()


def item(h):
    scale = h.mean().item()  # item
    return torch.full((8, 4), scale)


def tolist(h):
    return torch.tensor(h.tolist())  # tolist


def numpy_shared(h):
    array = h.detach().numpy()  # detach
    return torch.from_numpy(array)


def numpy_copied(h):
    array = h.detach().numpy()  # detach
    return torch.tensor(array[:])


def new_tensor(h):
    return torch.tensor(h)  # tensor


def argmax(h):
    return F.one_hot(h.argmax(1), 4).float()  # integer


def comparison(h):
    return (h > 0).float()  # integer


def indices(h):
    return h.sort(dim=1).indices.float()  # integer


def long(h):
    return h.long().float()  # integer


def new_leaf(h):
    return h.detach().requires_grad_()  # detach


def new_parameter(h):
    return nn.Parameter(h.data)  # data


BETWEEN = (
    detach, detach_in_place, data, no_grad, set_grad_enabled, inference_mode, item, tolist, numpy_shared, numpy_copied,
    new_tensor, argmax, comparison, indices, long, new_leaf, new_parameter,
)  # fmt: skip


def frozen():
    net = Net(nn.Identity())
    net.first.requires_grad_(False)  # frozen
    return net, lambda: (net(x) - y).square().mean()


def frozen_by_attribute():
    net = Net(nn.Identity())
    for parameter in net.first.parameters():
        parameter.requires_grad = False  # frozen
    return net, lambda: (net(x) - y).square().mean()


def never_used():
    net = Net(nn.Identity())
    net.spare = nn.Linear(2, 2)
    return net, lambda: (net(x) - y).square().mean()


def unused_result():
    net = Net(nn.Identity())
    net.aside = nn.Linear(3, 2)

    def loss():
        net.aside(x)  # unused_result
        return (net(x) - y).square().mean()

    return net, loss


def target_network():
    net, target = Net(nn.Identity()), Net(nn.Identity())
    both = nn.ModuleDict({"net": net, "target": target})

    def loss():
        with torch.no_grad():  # off
            best = y + 0.9 * target(x)
        return (net(x) - best).square().mean()

    return both, loss


def generator():
    both = nn.ModuleDict({"g": Net(nn.Identity()), "d": nn.Linear(Net.wide, 1)})

    def loss():
        fake = both["g"](x)
        return both["d"](fake.detach()).mean()  # detach

    return both, loss


CASES = (*BETWEEN, frozen, frozen_by_attribute, never_used, unused_result, target_network, generator)
truth = {}


def reached(loss):
    """The leaves that ``next_functions`` comes to, and the number of nodes on the way."""
    waiting, seen, leaves = [loss.grad_fn], {loss.grad_fn}, set()
    while waiting:
        node = waiting.pop()
        leaves |= {id(node.variable)} if hasattr(node, "variable") else set()
        for child, _ in node.next_functions:
            if child is not None and child not in seen:
                seen.add(child)
                waiting.append(child)
    return leaves, len(seen)


def train(case):
    torch.manual_seed(0)
    Net.wide += 1
    net, make = case() if case not in BETWEEN else (Net(case), None)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = make() if make is not None else (net(x) - y).square().mean()
    loss.backward()
    leaves, nodes = reached(loss)
    names = dict(net.named_parameters())
    truth[case.__name__] = {
        "none": sorted(name for name, parameter in names.items() if parameter.grad is None),
        "unreached": sorted(name for name, parameter in names.items() if id(parameter) not in leaves),
        "nodes": nodes,
    }
    optimizer.step()


if __name__ == "__main__":
    for each in CASES:
        train(each)
        gc.collect()  # a name is free again when what it stood for is gone
    print(json.dumps(truth), file=sys.stdout)
