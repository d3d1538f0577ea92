"""The small records that messages are made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of the user's Python stack; innermost first where several stand together."""

    file: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A leaf that the script trains or could train. ``index`` names it in statistics for the whole run."""

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    device: str
    requires_grad: bool = True
    in_optimizer: bool = False
    aliases: tuple[str, ...] = ()
    frozen_at: Frame | None = None  # where ``requires_grad`` was switched off, if that was seen


@dataclass(frozen=True, slots=True)
class Variable:
    """A tensor among the variables of the user's current frame. ``grad`` and ``value`` are short texts."""

    name: str
    type: str
    shape: tuple[int, ...]
    dtype: str
    device: str
    requires_grad: bool
    is_leaf: bool
    grad_fn: str
    grad: str
    value: str
    node: int = -1


@dataclass(frozen=True, slots=True)
class Summary:
    """What a tensor's elements come to. Non-finite elements are counted and left out of the rest."""

    count: int
    norm: float
    max_abs: float
    mean: float
    std: float
    minimum: float
    maximum: float
    zeros: int
    nan: int
    inf: int
