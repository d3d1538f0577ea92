"""The boundary to the user's code: nothing that goes wrong in the probe may leave it.

``@guarded("feature")`` holds the probe's only broad ``except``. A feature that fails once is switched off and
reported; the others go on. KeyboardInterrupt and SystemExit are the user's and pass through, and so does ``EndRun``,
which is meant to. What the probe does with tensors here no function mode sees, neither the user's nor its own.
"""

from __future__ import annotations

import functools
import traceback
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from .compat import DisableFunctions, function_modes

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


class Faults:
    """Features that failed, and who wants to know."""

    def __init__(self) -> None:
        self.lost: dict[str, str] = {}
        self.tell: Callable[[str, str], None] = _nobody

    def lose(self, feature: str, error: BaseException) -> None:
        """Switch a feature off and tell why, once."""
        if feature in self.lost:
            return
        last = traceback.extract_tb(error.__traceback__)[-1:]
        place = "".join(f" ({frame.name}, line {frame.lineno})" for frame in last)
        self.lost[feature] = f"{type(error).__name__}: {error}{place}"
        self.tell(feature, self.lost[feature])


def _nobody(feature: str, reason: str) -> None:
    del feature, reason


FAULTS = Faults()


def guarded(feature: str) -> Callable[[Callable[P, R]], Callable[P, R | None]]:
    """Run a function of the probe where an exception would reach the user: it returns None instead, from then on."""

    def decorate(function: Callable[P, R]) -> Callable[P, R | None]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R | None:
            if feature in FAULTS.lost:
                return None
            try:
                if not function_modes():
                    return function(*args, **kwargs)
                with DisableFunctions():
                    return function(*args, **kwargs)
            except Exception as error:  # noqa: BLE001  # the probe's one boundary
                FAULTS.lose(feature, error)
                return None

        return call

    return decorate


def guarded_hook(feature: str, hook: Callable[[int, tuple[Any, ...]], Any]) -> Callable[..., Any]:
    """``guarded`` for what runs at every node: it costs a fraction, and after a failure runs on to fail again.

    A hook behind a node is handed what the node sent back, then what had come: it takes the first alone.
    """

    def call(row: int, gradients: tuple[Any, ...], _: Any = ()) -> Any:
        try:
            return hook(row, gradients)
        except Exception as error:  # noqa: BLE001  # the same boundary
            FAULTS.lose(feature, error)
            return None

    return call


def describe(error: BaseException | None) -> str:
    """``ValueError: text``, short enough for a message."""
    if error is None:
        return ""
    text: Any = str(error)
    return f"{type(error).__name__}: {text}"[:4000]
