"""A picture of a model's answers, chosen by what goes in and what comes out.

Two numbers in and a class out is a plane with a boundary, one number in and one out a curve, pictures in and a class
out the pictures with what they were taken for, codes in and a logit for each code out a text. Anything else is shown by
its answers beside the targets, where the targets are known.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLES = 600
GRID = 48
CURVE = 200
PICTURES = 12
LETTERS = 60
NOTHING = (
    "its answers have no picture: two numbers, one number, pictures or codes of characters in, and classes or one "
    "number out, have one"
)


class Examples:
    """The last inputs of a run with their targets, on the host; small ones only."""

    def __init__(self) -> None:
        self.inputs: list[torch.Tensor] = []
        self.targets: list[torch.Tensor | None] = []
        self._count = 0

    def add(self, question: torch.Tensor, space: Mapping[str, Any]) -> None:
        """A batch, whose targets are looked for among the variables of the user's frame."""
        if question.dim() != 2 or not question.dtype.is_floating_point or question.shape[1] > 64:
            return
        target = target_of(question, space)
        with torch.no_grad():
            self.inputs.append(question.detach().to("cpu", torch.float32, copy=True))
            self.targets.append(None if target is None else target.detach().to("cpu", torch.float32, copy=True))
        self._count += len(question)
        while self._count - len(self.inputs[0]) >= EXAMPLES:
            self._count -= len(self.inputs.pop(0))
            self.targets.pop(0)

    def together(self) -> tuple[torch.Tensor, torch.Tensor]:
        """(count, features) inputs and (count,) targets, NaN where unknown."""
        inputs = torch.cat(self.inputs)[-EXAMPLES:]
        known = [
            torch.full((len(one),), float("nan"), device="cpu")
            if target is None
            else target.reshape(len(one), -1)[:, 0]
            for one, target in zip(self.inputs, self.targets, strict=True)
        ]
        return inputs, torch.cat(known)[-EXAMPLES:]


@dataclass(frozen=True)
class Asked:
    """A model to ask, in evaluation mode and free of hooks, the last batch, and the variables beside it."""

    model: torch.nn.Module
    question: torch.Tensor
    space: Mapping[str, Any]
    examples: Examples

    def answer(self, inputs: torch.Tensor) -> torch.Tensor:
        """The model's answer, on the host in float32; a tuple's or a dictionary's first tensor."""
        found: Any = self.model(inputs.to(self.question.device, self.question.dtype))
        while isinstance(found, (tuple, list, dict)):
            found = next(iter(found.values() if isinstance(found, dict) else found))
        answer: torch.Tensor = found.detach().to("cpu", torch.float32)
        return answer


def target_of(question: torch.Tensor, space: Mapping[str, Any]) -> torch.Tensor | None:
    """The variable that holds one target an example: one named so first, else whole numbers, else any number."""
    rows = len(question)
    found = [
        (name, value)
        for name, value in list(space.items())
        if type(value) is torch.Tensor
        and value is not question
        and value.dim() >= 1
        and value.shape[0] == rows
        and value.numel() == rows
        and not value.requires_grad
        and not value.is_complex()
    ]
    named = [pair for pair in found if pair[0] in ("target", "targets", "y", "label", "labels", "t")]
    whole = [pair for pair in found if not pair[1].dtype.is_floating_point]
    for pairs in (named, whole, found):
        if pairs:
            return pairs[0][1]
    return None


def likeness(asked: Asked) -> dict[str, Any]:
    """The fields of a ``LearnedTold`` that hold the picture.

    Raises:
        Exception: whatever the model raises when it is asked.
    """
    question = asked.question
    if question.dim() == 2 and question.dtype.is_floating_point:
        inputs, targets = asked.examples.together()
        return _of_rows(asked, inputs, targets)
    if question.dim() == 4 and question.shape[1] in (1, 3) and question.dtype.is_floating_point:
        return _pictures(asked)
    if question.dim() == 2 and not question.dtype.is_floating_point:
        return _text(asked)
    return {"kind": "none", "why": NOTHING}


def _of_rows(asked: Asked, inputs: torch.Tensor, targets: torch.Tensor) -> dict[str, Any]:
    answers = asked.answer(inputs)
    answers = answers.reshape(len(inputs), -1)
    whole = bool((targets == targets.round()).all())
    classes = answers.shape[1] > 1 or (whole and bool(((targets == 0) | (targets == 1)).all()))
    if not classes and inputs.shape[1] == 1:
        return _curve(asked, inputs, targets)
    if not classes:
        known = ~targets.isnan()
        if not known.any():
            return {"kind": "none", "why": NOTHING}
        return {"kind": "quantities", **_examples(targets[known], answers[known, 0])}
    taken, _ = _classes(answers)
    if inputs.shape[1] == 2:
        return _boundary(asked, inputs, targets, taken)
    return {"kind": "classes", "names": _names(asked.space, answers.shape[1]), **_examples(_whole(targets), taken)}


def _boundary(asked: Asked, inputs: torch.Tensor, targets: torch.Tensor, taken: torch.Tensor) -> dict[str, Any]:
    low, high = inputs.amin(0), inputs.amax(0)
    room = (high - low).clamp(min=1e-6) * 0.08
    (x0, y0), (x1, y1) = (low - room).tolist(), (high + room).tolist()
    x = torch.linspace(x0, x1, GRID, device="cpu")
    y = torch.linspace(y1, y0, GRID, device="cpu")  # the first row is the highest
    plane = torch.stack([x.repeat(GRID), y.repeat_interleave(GRID)], dim=1)
    grid = torch.stack(_classes(asked.answer(plane).reshape(len(plane), -1)), dim=1)
    return {
        "kind": "boundary",
        "rows": GRID,
        "columns": GRID,
        "grid": _floats(grid),
        "bounds": (x0, x1, y0, y1),
        **_examples(inputs[:, 0], inputs[:, 1], _whole(targets), taken),
    }


def _curve(asked: Asked, inputs: torch.Tensor, targets: torch.Tensor) -> dict[str, Any]:
    low, high = float(inputs.min()), float(inputs.max())
    x = torch.linspace(low, high, CURVE, device="cpu").unsqueeze(1)
    curve = torch.cat([x, asked.answer(x).reshape(len(x), -1)[:, :1]], dim=1)
    known = ~targets.isnan()
    return {"kind": "curve", "rows": CURVE, "grid": _floats(curve), **_examples(inputs[known, 0], targets[known])}


def _pictures(asked: Asked) -> dict[str, Any]:
    batch = asked.question.detach()[:PICTURES]
    answers = asked.answer(batch)
    if answers.dim() != 2 or answers.shape[1] < 2:
        return {"kind": "none", "why": NOTHING}
    taken, sure = _classes(answers)
    target = target_of(asked.question, asked.space)
    shown = batch.to("cpu", torch.float32)
    low, high = shown.amin((1, 2, 3), keepdim=True), shown.amax((1, 2, 3), keepdim=True)
    shown = ((shown - low) / (high - low).clamp(min=1e-12) * 255).to(torch.uint8).expand(-1, 3, -1, -1)
    truth = torch.full_like(taken, -1) if target is None else target.detach()[:PICTURES].to("cpu", torch.float32)
    return {
        "kind": "pictures",
        "rows": shown.shape[2],
        "columns": shown.shape[3],
        "pictures": bytes(shown.permute(0, 2, 3, 1).flatten().tolist()),
        "names": _names(asked.space, answers.shape[1]),
        **_examples(truth.flatten(), taken, sure),
    }


def _text(asked: Asked) -> dict[str, Any]:
    window = asked.question.detach()[:1]
    answers = asked.answer(window)
    letters = _names(asked.space, answers.shape[-1], letters=True) if answers.dim() == 3 else ()
    if not letters:
        why = "no variable of the script says which character each code stands for"
        return {"kind": "none", "why": NOTHING if answers.dim() != 3 else why}
    prompt = "".join(letters[code] for code in window[0].tolist())
    written = []
    generator = torch.Generator("cpu").manual_seed(0)
    for _ in range(LETTERS):
        chances = torch.softmax(asked.answer(window)[0, -1] / 0.7, dim=-1)
        code = torch.multinomial(chances, 1, generator=generator)
        written.append(letters[int(code)])
        window = torch.cat([window[:, 1:], code.view(1, 1).to(window)], dim=1)
    return {"kind": "text", "prompt": prompt, "text": "".join(written)}


def _classes(answers: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(count,) class and its probability, from logits or their logarithms; one logit is the second of two classes."""
    if answers.shape[1] == 1:
        chance = torch.sigmoid(answers[:, 0])
        taken = (chance > 0.5).float()
        return taken, torch.where(taken > 0, chance, 1 - chance)
    sure, taken = torch.softmax(answers, dim=1).max(dim=1)
    return taken.float(), sure


def _names(space: Mapping[str, Any], count: int, letters: bool = False) -> tuple[str, ...]:
    """The script's words for the classes: a sequence of as many texts as there are, of one character each for codes."""
    for name, value in list(space.items()):
        if name.startswith("_") or type(value) not in (list, tuple, str) or len(value) != count:
            continue
        if all(type(item) is str and (len(item) == 1 if letters else len(item) < 40) for item in value):
            return tuple(value)
    return ()


def _whole(targets: torch.Tensor) -> torch.Tensor:
    return torch.where(targets.isnan(), torch.full_like(targets, -1), targets)


def _examples(*columns: torch.Tensor) -> dict[str, Any]:
    table = torch.stack([column.to("cpu", torch.float32) for column in columns], dim=1)
    return {"count": len(table), "examples": _floats(table)}


def _floats(table: torch.Tensor) -> bytes:
    """The numbers as little-endian float32. By way of Python: a training environment may have no numpy."""
    numbers = array("f", table.contiguous().flatten().tolist())
    return numbers.tobytes() if struct.pack("=f", 1.0) == struct.pack("<f", 1.0) else _swapped(numbers)


def _swapped(numbers: array[float]) -> bytes:
    numbers.byteswap()
    return numbers.tobytes()
