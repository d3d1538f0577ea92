"""The part of a script that is its model: a class ``Net`` and how it is made."""

from __future__ import annotations

from .plan import Plan, PlanError

ACTIVATION = {
    "relu": "nn.ReLU()",
    "sigmoid": "nn.Sigmoid()",
    "tanh": "nn.Tanh()",
    "gelu": "nn.GELU()",
    "leaky_relu": "nn.LeakyReLU()",
}
MLP = '''
class Net(nn.Module):
    """An MLP: (batch, {features}) to (batch, {outputs})."""

    def __init__(self, dropout):
        super().__init__()
        self.layers = nn.Sequential({flatten}
            nn.Linear({features}, 32),
            {activation},
            nn.Dropout(dropout),
            nn.Linear(32, 32),
            {activation},
            nn.Dropout(dropout),
            nn.Linear(32, {outputs}),{end}
        )

    def forward(self, x):
        return self.layers(x)
'''
CNN = '''
class Net(nn.Module):
    """A CNN: pictures (batch, 3, 16, 16) to (batch, {outputs})."""

    def __init__(self, dropout):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, kernel_size=3, padding=1),
            nn.BatchNorm2d(16),
            {activation},
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, kernel_size=3, padding=1),
            nn.BatchNorm2d(32),
            {activation},
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(32 * 4 * 4, {outputs}),{end}
        )

    def forward(self, x):
        return self.classifier(self.features(x))
'''
RECURRENT = '''
class Net(nn.Module):
    """{title}: codes (batch, time) to (batch, time, {outputs})."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding({outputs}, 32)
        self.{name} = nn.{title}(32, 64, batch_first=True)
        self.head = nn.Linear(64, {outputs})

    def forward(self, x):
        hidden, _ = self.{name}(self.embedding(x))
        return {answer}
'''
TRANSFORMER = '''
class Block(nn.Module):
    """Self-attention that looks only backwards, then two layers for each place: (batch, time, 32) to the same."""

    def __init__(self, dropout):
        super().__init__()
        self.norm1 = nn.LayerNorm(32)
        self.attention = nn.MultiheadAttention(32, num_heads=4, dropout=dropout, batch_first=True)
        self.norm2 = nn.LayerNorm(32)
        self.mlp = nn.Sequential(nn.Linear(32, 64), {activation}, nn.Linear(64, 32), nn.Dropout(dropout))

    def forward(self, x):
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).triu(1)
        y = self.norm1(x)
        x = x + self.attention(y, y, y, attn_mask=later, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class Net(nn.Module):
    """A tiny transformer: codes (batch, time) to (batch, time, {outputs})."""

    def __init__(self, dropout):
        super().__init__()
        self.embedding = nn.Embedding({outputs}, 32)
        self.place = nn.Embedding(64, 32)
        self.blocks = nn.Sequential(Block(dropout), Block(dropout))
        self.head = nn.Linear(32, {outputs})

    def forward(self, x):
        x = self.embedding(x) + self.place(torch.arange(x.shape[1], device=x.device))
        x = self.head(self.blocks(x))
        return {answer}
'''

BESIDE = """
from {module} import {function}
"""
OWN = """
import sys

sys.path.insert(0, {folder!r})  # {module} lies here
from {module} import {function}
"""


def model_block(plan: Plan, features: str, outputs: str) -> str:
    """The text of the model's class. ``features`` and ``outputs`` are expressions of the script."""
    log = plan.loss == "nll"
    words = {
        "features": features,
        "outputs": outputs,
        "activation": ACTIVATION[plan.activation],
        "flatten": "\n            nn.Flatten()," if plan.data == "shapes" else "",
        "end": "\n            nn.LogSoftmax(dim=1)," if log else "",
    }
    if plan.model == "mlp":
        return MLP.format(**words)
    if plan.model == "cnn":
        return CNN.format(**words)
    if plan.model == "transformer":
        return TRANSFORMER.format(answer="torch.log_softmax(x, dim=-1)" if log else "x", **words)
    if plan.model in ("lstm", "gru"):
        answer = "torch.log_softmax(self.head(hidden), dim=-1)" if log else "self.head(hidden)"
        return RECURRENT.format(title=plan.model.upper(), name=plan.model, outputs=outputs, answer=answer)
    module, function = factory_of(plan)
    text = OWN if plan.folder else BESIDE
    return text.format(module=module, function=function, folder=plan.folder)


def model_call(plan: Plan) -> str:
    """The expression that makes the model."""
    if plan.model == "own":
        return f"{factory_of(plan)[1]}()"
    return "Net(args.dropout)" if takes_dropout(plan) else "Net()"


def takes_dropout(plan: Plan) -> bool:
    """Whether the model has a place for dropout."""
    return plan.model in ("mlp", "cnn", "transformer")


def factory_of(plan: Plan) -> tuple[str, str]:
    """Module and function of the user's own model.

    Raises:
        PlanError: the text is not ``module:callable``.
    """
    module, _, function = plan.factory.partition(":")
    if not all(part.isidentifier() for part in module.split(".")) or not function.isidentifier():
        wrong = f"{plan.factory} names no model" if plan.factory else "Nothing names the model yet"
        raise PlanError(f"{wrong}. Choose its file, or write module:callable, such as my_models:make_net.")
    return module, function
