"""Synthetic graphs with the shapes of real ones: residual nets, transformers, unrolled cells, plain scripts."""

from __future__ import annotations

from dataclasses import dataclass, field

from gradscope.graph.snapshot import GraphSnapshot, Kind, Role
from gradscope.wire import messages as m
from gradscope.wire.table import Table


@dataclass
class Builder:
    """Writes a graph down operation by operation, as a probe would meet it."""

    strings: dict[str, int] = field(default_factory=dict)
    nodes: list[tuple[int, ...]] = field(default_factory=list)
    outputs: list[tuple[int, ...]] = field(default_factory=list)
    edges: list[tuple[int, ...]] = field(default_factory=list)
    calls: list[tuple[int, ...]] = field(default_factory=list)
    occurrences: dict[str, int] = field(default_factory=dict)
    leaves: dict[str, int] = field(default_factory=dict)

    def text(self, value: str) -> int:
        return self.strings.setdefault(value, len(self.strings))

    def call(self, module: str, kind: str, parent: int) -> int:
        occurrence = self.occurrences.get(module, 0)
        self.occurrences[module] = occurrence + 1
        self.calls.append((self.text(module), occurrence, self.text(kind), parent))
        return len(self.calls) - 1

    def node(
        self, kind: Kind, role: Role, op: str, title: str, call: int, scope: str = "forward", name: str = ""
    ) -> int:
        row = (kind, role, self.text(op), self.text(name) if name else -1, self.text(title), self.text(title), call)
        self.nodes.append((*row, self.text("train.py"), 10, self.text(scope), 0))
        self.outputs.append((len(self.nodes) - 1, 0, self.text("64,128"), self.text("float32"), self.text("cpu")))
        return len(self.nodes) - 1

    def op(self, name: str, call: int, *producers: int, role: Role = Role.INTERMEDIATE) -> int:
        made = self.node(Kind.OP, role, f"{name}Backward0", name.lower(), call)
        for slot, producer in enumerate(producers):
            self.edges.append((producer, 0, made, slot, int(self.nodes[producer][0] != Kind.INPUT)))
        return made

    def leaf(self, name: str, call: int) -> int:
        if name not in self.leaves:
            self.leaves[name] = self.node(Kind.LEAF, Role.LEAF, "AccumulateGrad", name, call, name=name)
        return self.leaves[name]

    def input(self, name: str, call: int = -1, scope: str = "<module>") -> int:
        return self.node(Kind.INPUT, Role.INPUT, "", name, call, scope, name)

    def linear(self, module: str, parent: int, x: int) -> int:
        call = self.call(module, "Linear", parent)
        weight, bias = self.leaf(f"{module}.weight", call), self.leaf(f"{module}.bias", call)
        return self.op("Addmm", call, bias, x, self.op("T", call, weight))

    def norm(self, module: str, kind: str, parent: int, x: int) -> int:
        call = self.call(module, kind, parent)
        weight, bias = self.leaf(f"{module}.weight", call), self.leaf(f"{module}.bias", call)
        return self.op(f"Native{kind}", call, x, weight, bias)

    def conv(self, module: str, parent: int, x: int) -> int:
        call = self.call(module, "Conv2d", parent)
        return self.op("Convolution", call, x, self.leaf(f"{module}.weight", call))

    def loss(self, x: int) -> None:
        self.op("NllLoss", -1, self.op("LogSoftmax", -1, x), self.input("y"), role=Role.ROOT)

    def message(self, partial: bool = False) -> m.GraphCaptured:
        def table(columns: tuple[str, ...], rows: list[tuple[int, ...]]) -> Table:
            return Table.from_columns(
                "i4", {name: [row[i] if i < len(row) else -1 for row in rows] for i, name in enumerate(columns)}
            )

        return m.GraphCaptured(
            "made",
            tuple(self.strings),
            table(m.NODE_COLUMNS, self.nodes),
            table(m.OUTPUT_COLUMNS, self.outputs),
            table(m.EDGE_COLUMNS, self.edges),
            table(m.CALL_COLUMNS, self.calls),
            partial,
        )

    def snapshot(self, partial: bool = False) -> GraphSnapshot:
        return GraphSnapshot.from_message(self.message(partial))


def resnet(blocks: int) -> GraphSnapshot:
    """Residual blocks of two convolutions in layers of two, the first of each layer with a shortcut of its own."""
    b = Builder()
    root = b.call("", "ResNet", -1)
    x = b.norm("bn1", "BatchNorm2d", root, b.conv("conv1", root, b.input("x")))
    for layer in range((blocks + 1) // 2):
        outer = b.call(f"layer{layer}", "Sequential", root)
        for index in range(min(2, blocks - 2 * layer)):
            name = f"layer{layer}.{index}"
            block = b.call(name, "BasicBlock", outer)
            y = b.norm(f"{name}.bn1", "BatchNorm2d", block, b.conv(f"{name}.conv1", block, x))
            y = b.op("Relu", b.call(f"{name}.relu", "ReLU", block), y)
            y = b.norm(f"{name}.bn2", "BatchNorm2d", block, b.conv(f"{name}.conv2", block, y))
            skip = x
            if index == 0:
                down = b.call(f"{name}.downsample", "Sequential", block)
                skip = b.norm(f"{name}.downsample.1", "BatchNorm2d", down, b.conv(f"{name}.downsample.0", down, x))
            x = b.op("Relu", b.call(f"{name}.relu", "ReLU", block), b.op("Add", block, y, skip))
    b.loss(b.linear("fc", root, b.op("View", root, b.op("Mean", root, x))))
    return b.snapshot()


def gpt(blocks: int) -> GraphSnapshot:
    """Transformer blocks on a tied embedding, with a mask that every block uses."""
    return gpt_builder(blocks).snapshot()


def gpt_builder(blocks: int) -> Builder:
    """The same, not yet a snapshot."""
    b = Builder()
    root = b.call("", "GPT", -1)
    embed = b.call("wte", "Embedding", root)
    x = b.op("Embedding", embed, b.leaf("wte.weight", embed), b.input("ids"))
    mask = b.input("mask", root, "forward")
    for index in range(blocks):
        name = f"h.{index}"
        block = b.call(name, "Block", root)
        y = b.norm(f"{name}.ln_1", "LayerNorm", block, x)
        attn = b.call(f"{name}.attn", "Attention", block)
        split = b.op("Split", attn, b.op("View", attn, b.linear(f"{name}.attn.c_attn", attn, y)))
        q, k, v = (b.op("Transpose", attn, b.op("View", attn, split)) for _ in range(3))
        scores = b.op("MaskedFill", attn, b.op("Bmm", attn, q, b.op("Transpose", attn, k)), mask)
        y = b.op("Bmm", attn, b.op("Softmax", attn, scores), v)
        x = b.op("Add", block, x, b.linear(f"{name}.attn.c_proj", attn, b.op("View", attn, y)))
        y = b.norm(f"{name}.ln_2", "LayerNorm", block, x)
        mlp = b.call(f"{name}.mlp", "MLP", block)
        y = b.op("Gelu", b.call(f"{name}.mlp.act", "GELU", mlp), b.linear(f"{name}.mlp.c_fc", mlp, y))
        x = b.op("Add", block, x, b.linear(f"{name}.mlp.c_proj", mlp, y))
    head = b.call("lm_head", "Linear", root)
    b.loss(b.op("Mm", head, b.norm("ln_f", "LayerNorm", root, x), b.op("T", head, b.leaf("wte.weight", head))))
    return b


def lstm(steps: int) -> GraphSnapshot:
    """One cell called over and over with the same four leaves."""
    b = Builder()
    root = b.call("", "Model", -1)
    xs = b.input("xs")
    h, c = b.input("h", root, "forward"), b.input("c", root, "forward")
    for _ in range(steps):
        call = b.call("cell", "LSTMCell", root)
        names = ("cell.weight_ih", "cell.weight_hh", "cell.bias_ih", "cell.bias_hh")
        w_ih, w_hh, b_ih, b_hh = (b.leaf(name, call) for name in names)
        left = b.op("Addmm", call, b_ih, xs, b.op("T", call, w_ih))
        right = b.op("Addmm", call, b_hh, h, b.op("T", call, w_hh))
        gates = b.op("UnsafeSplit", call, b.op("Add", call, left, right))
        i, f, o = (b.op("Sigmoid", call, gates) for _ in range(3))
        c = b.op("Add", call, b.op("Mul", call, f, c), b.op("Mul", call, i, b.op("Tanh", call, gates)))
        h = b.op("Mul", call, o, b.op("Tanh", call, c))
    b.loss(b.linear("out", root, h))
    return b.snapshot()


def line() -> GraphSnapshot:
    """``loss = ((w*x + b - y)**2).mean()`` and a penalty on w: no module, and w used twice."""
    b = Builder()
    w, bias = b.leaf("w", -1), b.leaf("b", -1)
    x, y = b.input("x"), b.input("y")
    error = b.op("Pow", -1, b.op("Sub", -1, b.op("Add", -1, b.op("Mul", -1, w, x), bias), y))
    b.op("Add", -1, b.op("Mean", -1, error), b.op("Pow", -1, w), role=Role.ROOT)
    return b.snapshot()


def leaves(count: int) -> GraphSnapshot:
    """What is known before the first forward."""
    b = Builder()
    for index in range(count):
        b.leaf(f"layer{index}.weight", -1)
    return b.snapshot(partial=True)


def maml(tasks: int, steps: int) -> GraphSnapshot:
    """Inner steps of gradient descent through which the outer gradient flows: no modules, weights used everywhere."""
    b = Builder()
    weights = [b.leaf(f"w{layer}", -1) for layer in range(3)]
    losses = []
    for _ in range(tasks):
        fast, x, y = list(weights), b.input("x"), b.input("y")
        for _ in range(steps):
            outs = [x]
            for weight in fast:
                outs.append(b.op("Relu", -1, b.op("Mm", -1, outs[-1], b.op("T", -1, weight))))
            grad = b.op("MseLoss", -1, outs[-1], y)
            for layer in (2, 1, 0):
                grad = b.op("ThresholdBackward", -1, grad, outs[layer + 1])
                change = b.op("Mm", -1, b.op("T", -1, grad), outs[layer])
                grad = b.op("Mm", -1, grad, fast[layer])
                fast[layer] = b.op("Sub", -1, fast[layer], b.op("Mul", -1, change))
        losses.append(b.op("MseLoss", -1, b.op("Mm", -1, b.op("Mm", -1, x, fast[0]), fast[2]), y))
    b.op("Mean", -1, b.op("Stack", -1, *losses), role=Role.ROOT)
    return b.snapshot()


def script(steps: int) -> GraphSnapshot:
    """A loop over two states without any module, as in a simulation, whose every tenth state goes into the loss."""
    b = Builder()
    rate, place, speed = b.leaf("rate", -1), b.input("place"), b.input("speed")
    kept = []
    for step in range(steps):
        force = b.op("Sin", -1, b.op("Mul", -1, place, rate))
        speed = b.op("Sub", -1, speed, force)
        place = b.op("Add", -1, place, b.op("Mul", -1, speed))
        if step % 10 == 9:
            kept.append(place)
    b.op("Mean", -1, b.op("Stack", -1, *kept), role=Role.ROOT)
    return b.snapshot()


def towers(count: int, blocks: int) -> GraphSnapshot:
    """Models side by side on one batch, as in an ensemble."""
    b = Builder()
    root = b.call("", "Ensemble", -1)
    x = b.input("x", root)
    ends = []
    for tower in range(count):
        outer, y = b.call(f"models.{tower}", "Net", root), x
        for block in range(blocks):
            y = b.norm(f"models.{tower}.{block}.norm", "LayerNorm", outer, y)
            y = b.op("Add", outer, y, b.linear(f"models.{tower}.{block}.fc", outer, y))
        ends.append(y)
    b.loss(b.op("Stack", root, *ends))
    return b.snapshot()
