"""Room for the probe's own experiments with a user's functions: what happens inside leaves no trace outside.

An experiment runs an optimizer or an operation of the user's once more, on copies. No hook, mode or pass of ours takes
it for training (``Parts.aside``), and every random number generator that it may draw from is put back.
"""

from __future__ import annotations

import random
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from .tensors import quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .parts import Parts


@contextmanager
def aside(parts: Parts) -> Iterator[None]:
    """Quiet, unseen by the probe's own hooks, and with all generators as they were when it ends."""
    before, parts.aside = parts.aside, True
    state = random_state()
    try:
        with quiet():
            yield
    finally:
        set_random_state(state)
        parts.aside = before


def random_state() -> list[Any]:
    """Where torch's, Python's and numpy's generators stand; numpy's only where it is loaded."""
    numpy = sys.modules.get("numpy")
    cuda = torch.cuda.is_available() and torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    return [
        torch.get_rng_state(),
        torch.cuda.get_rng_state_all() if cuda else None,
        random.getstate(),
        numpy.random.get_state() if numpy is not None and hasattr(numpy, "random") else None,
    ]


def set_random_state(state: list[Any]) -> None:
    """Put them back."""
    cpu, cuda, python, numpy = state
    torch.set_rng_state(cpu)
    if cuda is not None:
        torch.cuda.set_rng_state_all(cuda)
    random.setstate(python)
    if numpy is not None:
        sys.modules["numpy"].random.set_state(numpy)
