"""From a plan to the text of a plain training script: data, model, and the five steps as five commented blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .catalogue import DATA, LOSSES, MODELS, OPTIMIZERS, form_of, target_of
from .data_blocks import data_block
from .model_blocks import factory_of, model_block, model_call, takes_dropout
from .tables import look_at

if TYPE_CHECKING:
    from .plan import Plan

HEAD = """
# {title}
#
# A plain PyTorch script: it needs nothing but {needs}. Run it with: python {name}
import argparse

{numpy}import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser(description="{description}")
parser.add_argument("--device", default="{device}", help="where to train: cpu, cuda:0, mps")
parser.add_argument("--lr", type=float, default={lr!r}, help="learning rate: how far each update goes")
parser.add_argument("--epochs", type=int, default={epochs}, help="how often all examples are seen")
parser.add_argument("--batch-size", type=int, default={batch_size}, help="examples an iteration")
{dropout}parser.add_argument("--seed", type=int, default={seed}, help="one seed, one run")
args = parser.parse_args()
torch.manual_seed(args.seed)
device = torch.device(args.device)
"""
DROPOUT = (
    'parser.add_argument("--dropout", type=float, default={dropout!r}, help="share of values set to 0 in training")\n'
)
SPLIT = """
{cast}order = torch.randperm(len(inputs))
train, test = order[len(order) // 5 :], order[: len(order) // 5]
batches = DataLoader(TensorDataset(inputs[train], targets[train]), batch_size=args.batch_size, shuffle=True)
"""
SETUP = """
model = {model}.to(device{dtype})
criterion = {criterion}
optimizer = {optimizer}
"""
STEPS = """
for epoch in range(args.epochs):
    model.train()
    for x, target in batches:
        x, target = x.to(device), target.to(device)

        # 1. Clear the gradients: backward() adds to what it finds.
        optimizer.zero_grad()

        # 2. Forward: the model's answer, and the graph that led to it.
        output = model(x)

        # 3. Loss: how wrong the answer is, as one number.
        loss = {loss}

        # 4. Backward: from the loss back to a gradient for every parameter.
        loss.backward()

        # 5. Update: every parameter moves a little against its gradient.
        optimizer.step()
"""
CLOSURE = """
for epoch in range(args.epochs):
    model.train()
    for x, target in batches:
        x, target = x.to(device), target.to(device)

        def closure():
            # 1. Clear the gradients: backward() adds to what it finds.
            optimizer.zero_grad()

            # 2. Forward: the model's answer, and the graph that led to it.
            output = model(x)

            # 3. Loss: how wrong the answer is, as one number.
            loss = {loss}

            # 4. Backward: from the loss back to a gradient for every parameter.
            loss.backward()
            return loss

        # 5. Update: L-BFGS asks for the loss and its gradients several times before it moves.
        loss = optimizer.step(closure)
"""
TEST = """{schedule}
    model.eval()
    with torch.no_grad():  # only looking: no graph is built here
        answer = model(inputs[test].to(device)){answer}
        {figure}
    print(f"epoch {{epoch + 1}}  loss {{loss.item():.4f}}  {shown}")
"""
OPTIMIZER = {
    "sgd": "torch.optim.SGD(model.parameters(), lr=args.lr)",
    "momentum": "torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)",
    "adam": "torch.optim.Adam(model.parameters(), lr=args.lr)",
    "adamw": "torch.optim.AdamW(model.parameters(), lr=args.lr)",
    "rmsprop": "torch.optim.RMSprop(model.parameters(), lr=args.lr)",
    "lbfgs": "torch.optim.LBFGS(model.parameters(), lr=args.lr, max_iter=5)",
}
SCHEDULE = {
    "step": "torch.optim.lr_scheduler.StepLR(optimizer, step_size=max(1, args.epochs // 3), gamma=1 / 3)",
    "cosine": "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=args.epochs)",
}
CRITERION = {
    "cross_entropy": "nn.CrossEntropyLoss()",
    "nll": "nn.NLLLoss()",
    "bce": "nn.BCEWithLogitsLoss()",
    "mse": "nn.MSELoss()",
    "l1": "nn.L1Loss()",
}


def write_script(plan: Plan) -> str:
    """The script that trains as the plan says.

    Raises:
        PlanError: the user's file or factory cannot be used.
    """
    features, outputs = _sizes(plan)
    parts = [
        _head(plan),
        data_block(plan),
        _split(plan),
        "\n" + model_block(plan, features, outputs),
        "\n" + _setup(plan),
    ]
    loop = CLOSURE if plan.optimizer == "lbfgs" else STEPS
    parts += [loop.format(loss=_loss(plan)), _test(plan)]
    return "".join(parts).lstrip("\n")


def script_name(plan: Plan) -> str:
    """A file name that says what is trained: ``shapes_cnn.py``."""
    return f"{plan.data}_{plan.model}.py"


def title_of(plan: Plan) -> str:
    """``Two spirals: an MLP, cross entropy, Adam.``"""
    names = (MODELS[plan.model].label, LOSSES[plan.loss].label, OPTIMIZERS[plan.optimizer].label)
    return f"{DATA[plan.data].choice.label}: {', '.join(names)}."


def _head(plan: Plan) -> str:
    numpy = plan.data == "file"
    return HEAD.format(
        title=title_of(plan),
        needs=_needs(plan),
        name=script_name(plan),
        numpy="import numpy as np\n" if numpy else "",
        description=title_of(plan),
        device=plan.device,
        lr=plan.lr,
        epochs=plan.epochs,
        batch_size=plan.batch_size,
        seed=plan.seed,
        dropout=DROPOUT.format(dropout=plan.dropout) if takes_dropout(plan) else "",
    )


def _needs(plan: Plan) -> str:
    names = ["torch"]
    if plan.data == "file":
        names.append("numpy")
    if plan.model == "own":
        names.append(f"your {factory_of(plan)[0]}")
    return " and ".join(names)


def _split(plan: Plan) -> str:
    cast = ""
    if plan.dtype != "float32" and form_of(plan) != "text":
        cast += f"inputs = inputs.to(torch.{plan.dtype})\n"
        if target_of(plan) == "quantity":
            cast += f"targets = targets.to(torch.{plan.dtype})\n"
    return SPLIT.format(cast=cast)


def _sizes(plan: Plan) -> tuple[str, str]:
    """What goes in and what comes out, as text of the script."""
    form = form_of(plan)
    if form == "text":
        return "", "len(characters)"
    if form == "images":
        return "3 * 16 * 16", "3"
    if plan.data == "file":
        table = look_at(plan.file)
        return str(table.features), "1" if plan.loss == "bce" or not table.classes else str(table.classes)
    if form == "curve":
        return "1", "1"
    return "2", "1" if plan.loss == "bce" else "2"


def _setup(plan: Plan) -> str:
    dtype = f", torch.{plan.dtype}" if plan.dtype != "float32" else ""
    text = SETUP.format(
        model=model_call(plan), dtype=dtype, criterion=CRITERION[plan.loss], optimizer=OPTIMIZER[plan.optimizer]
    )
    if plan.schedule in SCHEDULE:
        text += f"schedule = {SCHEDULE[plan.schedule]}\n"
    return text


def _loss(plan: Plan) -> str:
    if plan.loss == "bce":
        return "criterion(output.squeeze(1), target.to(output.dtype))"
    if form_of(plan) == "text":
        return "criterion(output.flatten(0, 1), target.flatten())"
    return "criterion(output, target)"


def _test(plan: Plan) -> str:
    if target_of(plan) == "quantity":
        answer, figure = "", "error = (answer - targets[test].to(device)).abs().mean().item()"
        shown = "mean absolute error {error:.4f}"
    else:
        answer = ".squeeze(1) > 0" if plan.loss == "bce" else ".argmax(dim=-1)"
        figure, shown = (
            "accuracy = (answer == targets[test].to(device)).float().mean().item()",
            "accuracy {accuracy:.1%}",
        )
    schedule = "    schedule.step()\n" if plan.schedule in SCHEDULE else ""
    return TEST.format(schedule=schedule, answer=answer, figure=figure, shown=shown)
