"""Where gradients went that are not there: who cleared them. Cuts travel with their graph (``CUT_COLUMNS``)."""

from __future__ import annotations

from dataclasses import dataclass

from .records import Frame  # noqa: TC001  # the codec reads type hints


@dataclass(frozen=True, slots=True)
class ClearedAt:
    """A line of the script cleared gradients (``zero_grad``, or by hand), seen in detail level.

    ``passes`` of the iteration had run by then: above 0, and before the update, what they brought is lost.
    """

    iteration: int
    passes: int
    place: Frame
