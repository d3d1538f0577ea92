"""How numbers, shapes and counts are written: one spelling for card, inspector, outline, table and export."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


_TIMES = {-3: "ns", -2: "\N{MICRO SIGN}s", -1: "ms", 0: "s"}


def format_number(value: float) -> str:
    """A magnitude in three significant digits: ``2.31e-2``, ``1.00``, ``64.5``, ``1.20e4``, ``0``, ``NaN``."""
    if not math.isfinite(value):
        return _format_nonfinite(value)
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    power = int(exponent)
    if 0 <= power <= 2:
        return f"{value:.{2 - power}f}"
    return f"{mantissa}e{power}"


def format_element(value: float) -> str:
    """One element as a person writes it, in four significant digits: ``-3.0``, ``0.6871``, ``2.5e-7``."""
    if not math.isfinite(value):
        return _format_nonfinite(value)
    digits, mark, exponent = f"{value:.4g}".partition("e")
    if mark:
        return f"{digits}e{int(exponent)}"
    return digits if "." in digits else f"{digits}.0"


def format_elements(values: Sequence[float]) -> str:
    """One element bare, several as a list."""
    texts = [format_element(value) for value in values]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def format_shape(shape: Sequence[int]) -> str:
    """The sizes with a multiplication sign between them; a shape without dimensions is a ``scalar``."""
    return "×".join(str(size) for size in shape) if shape else "scalar"  # noqa: RUF001 - the sign that shapes take


def format_count(count: int, singular: str, plural: str = "") -> str:
    """``1 leaf``, ``2 leaves``, ``12,000 nodes``."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def format_bytes(count: int) -> str:
    """``512 B``, ``1.4 MB``: decimal units, as file managers count."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.5 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def format_seconds(seconds: float) -> str:
    """A time in three significant digits: ``870 ns``, ``12.3 µs``, ``4.00 ms``, ``1.20 s``, ``0``."""
    if not math.isfinite(seconds):
        return _format_nonfinite(seconds)
    if seconds == 0:
        return "0"
    power = math.floor(math.log10(abs(float(f"{seconds:.2e}"))))
    unit = min(max(power // 3, -3), 0)
    figure = seconds / 1000.0**unit
    digits = max(0, 2 - (power - 3 * unit)) if unit > -3 else 0
    return f"{figure:.{digits}f} {_TIMES[unit]}"


def _format_nonfinite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Inf" if value > 0 else "-Inf"
