"""The part of a script that makes its data: functions and the tensors ``inputs`` and ``targets``.

Each block is text of a script. It leaves ``inputs`` (examples first) and ``targets``; for pictures also ``names``, for
text ``characters``.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from .tables import look_at

if TYPE_CHECKING:
    from .plan import Plan

MOONS = '''
def moons(points):
    """``points`` in the plane, two half circles that interlock: (points, 2) and their classes (points,)."""
    angle = torch.rand(points // 2) * torch.pi
    upper = torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)
    lower = torch.stack([1 - torch.cos(angle), 0.5 - torch.sin(angle)], dim=1)
    both = torch.cat([upper, lower]) - torch.tensor([0.5, 0.25])
    return both + 0.1 * torch.randn(points, 2), torch.arange(points) // (points // 2)


inputs, targets = moons(800)
'''
SPIRAL = '''
def spirals(points):
    """``points`` in the plane, two arms of a spiral: (points, 2) and their classes (points,)."""
    angle = torch.sqrt(torch.rand(points // 2)) * 2 * torch.pi
    arm = torch.stack([-torch.cos(angle) * angle, torch.sin(angle) * angle], dim=1) / 4
    return torch.cat([arm, -arm]) + 0.03 * torch.randn(points, 2), torch.arange(points) // (points // 2)


inputs, targets = spirals(800)
'''
CIRCLES = '''
def circles(points):
    """``points`` in the plane, a disc inside a ring: (points, 2) and their classes (points,)."""
    outside = torch.arange(points) // (points // 2)
    angle = torch.rand(points) * 2 * torch.pi
    radius = torch.where(outside == 1, 1.0, 0.4) + 0.08 * torch.randn(points)
    return torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=1), outside


inputs, targets = circles(800)
'''
XOR = '''
def xor(points):
    """``points`` in the plane: opposite quarters are one class. (points, 2) and their classes (points,)."""
    place = torch.rand(points, 2) * 2 - 1
    return place, ((place[:, 0] > 0) != (place[:, 1] > 0)).long()


inputs, targets = xor(800)
'''
SINE = '''
def sine(points):
    """A noisy sine: x and y, each (points, 1)."""
    x = torch.rand(points, 1) * 2 * torch.pi - torch.pi
    return x, torch.sin(2 * x) + 0.1 * torch.randn(points, 1)


inputs, targets = sine(400)
'''
SHAPES = '''
names = ("circle", "square", "triangle")


def shapes(pictures, size=16):
    """RGB pictures (pictures, 3, size, size) of one shape each, and which it is (pictures,)."""
    kind = torch.arange(pictures) % 3
    across = torch.arange(size).float()
    y, x = across.view(1, -1, 1), across.view(1, 1, -1)
    middle = size / 2 + torch.rand(pictures, 2, 1, 1) * 4 - 2
    radius = 3.5 + torch.rand(pictures, 1, 1) * 2
    dx, dy = (x - middle[:, 0]).abs(), y - middle[:, 1]
    circle = dx**2 + dy**2 < radius**2
    square = (dx < radius * 0.85) & (dy.abs() < radius * 0.85)
    triangle = (dy < radius * 0.8) & (dx < (dy + radius) * 0.6)
    inside = torch.where(kind.view(-1, 1, 1) == 0, circle, torch.where(kind.view(-1, 1, 1) == 1, square, triangle))
    paper, ink = torch.rand(2, pictures, 3, 1, 1)
    paper, ink = paper * 0.4, 0.6 + ink * 0.4
    drawn = torch.where(inside.unsqueeze(1), ink, paper)
    return drawn + 0.05 * torch.randn(pictures, 3, size, size), kind


inputs, targets = shapes(600)
'''
PARAGRAPH = (
    "A network is a long sum. Each number in it asks one small question: if I were a little larger, would the "
    "answer be better or worse? The gradient is the reply. It starts at the loss, where we know how wrong we "
    "were, and it walks back, one step at a time, to every number that had a part in it. Each step is simple. "
    "A sum hands the reply on as it is. A product hands it on times the other side. A bend in the line lets "
    "it pass, or stops it. So the work of many small steps becomes one clear hint, and with the hint each "
    "number moves a little. Then we look again, ask again, and move again. That is all. A thousand small "
    "moves later the long sum has learned to see, to read, or to speak, and no one told it how."
)
TEXT = '''
paragraph = """
{paragraph}
"""
paragraph = " ".join(paragraph.split())
characters = sorted(set(paragraph))
codes = torch.tensor([characters.index(character) for character in paragraph])

# Windows of 32 characters, and for each place in them the character that follows. Windows overlap, so the accuracy
# on those held back says how well the paragraph is known by heart.
inputs = codes[:-1].unfold(0, 32, 1)
targets = codes[1:].unfold(0, 32, 1)
'''
CSV = """
table = torch.from_numpy(np.loadtxt({file!r}, delimiter=",", skiprows={skip}, ndmin=2))
"""
NPY = """
table = torch.from_numpy(np.load({file!r}).astype("float64"))
"""
TABLE = """
inputs = table[:, :-1].float()
inputs = (inputs - inputs.mean(dim=0)) / inputs.std(dim=0).clamp(min=1e-8)  # every column around 0, of like size
targets = {targets}
"""

_BLOCKS = {"moons": MOONS, "spiral": SPIRAL, "circles": CIRCLES, "xor": XOR, "sine": SINE, "shapes": SHAPES}


def data_block(plan: Plan) -> str:
    """The text for the plan's data.

    Raises:
        PlanError: the user's file cannot be used.
    """
    if plan.data == "text":
        return TEXT.format(paragraph=textwrap.fill(PARAGRAPH, 110))
    if plan.data != "file":
        return _BLOCKS[plan.data]
    table = look_at(plan.file)
    read = NPY if plan.file.lower().endswith(".npy") else CSV
    targets = "table[:, -1].long()" if table.classes else "table[:, -1:].float()"
    return read.format(file=plan.file, skip=int(table.header)) + TABLE.format(targets=targets).lstrip("\n")
