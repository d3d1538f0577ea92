"""Six figures of a tensor in two columns: what a glance should settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QWidget

from gradscope.app.panels.text_label import TextLabel
from gradscope.graph.formats import format_number

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.tensor import TensorView

UNKNOWN = "–"  # noqa: RUF001 - a dash where a number would stand
_TIPS = {
    "norm": "Square root of the sum of squares of all elements",
    "max": "Largest magnitude of any element",
    "mean": "Sum of the elements by their number",
    "std": "Standard deviation over all elements",
    "zeros": "Share of elements that are exactly zero",
    "nonfinite": "How many elements are not a number, and how many are infinite",
}


def from_tensor(tensor: TensorView) -> dict[str, float] | None:
    """The figures of a tensor that was told."""
    summary = tensor.summary
    if summary is None:
        return None
    names = ("count", "norm", "max_abs", "mean", "std", "zeros", "nan", "inf")
    return {name: float(getattr(summary, name)) for name in names}


def texts(row: dict[str, float] | None) -> dict[str, str]:
    """What each figure says; a dash for one that was not measured (-1, and ``mean`` goes with ``std``)."""
    if row is None:
        return dict.fromkeys(_TIPS, UNKNOWN)

    def number(name: str) -> str:
        return UNKNOWN if row.get(name, -1.0) == -1.0 else format_number(row[name])

    spread = row.get("std", -1.0) != -1.0
    zeros, count = row.get("zeros", -1.0), row.get("count", -1.0)
    nan, inf = row.get("nan", -1.0), row.get("inf", -1.0)
    return {
        "norm": number("norm"),
        "max": number("max_abs"),
        "mean": format_number(row["mean"]) if spread else UNKNOWN,
        "std": number("std"),
        "zeros": f"{100 * zeros / count:.1f} %" if zeros >= 0 and count > 0 else UNKNOWN,
        "nonfinite": f"{nan:.0f} / {inf:.0f}" if nan >= 0 and inf >= 0 else UNKNOWN,
    }


class StatisticsGrid(QWidget):
    """Names at left, numbers in the monospaced font; what is not finite in its own colour."""

    def __init__(self, symbol: str = "g", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        labels = {
            "norm": "norm",
            "max": f"max |{symbol}|",
            "mean": "mean",
            "std": "std",
            "zeros": "zeros",
            "nonfinite": "NaN / Inf",
        }
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        self._names: list[TextLabel] = []
        self._numbers: dict[str, TextLabel] = {}
        for index, (key, text) in enumerate(labels.items()):
            name, number = TextLabel(12, "muted"), TextLabel(12, "text", QFont.Weight.Normal, mono=True)
            name.setText(text)
            number.setText(UNKNOWN)
            name.setToolTip(_TIPS[key])
            number.setToolTip(_TIPS[key])
            grid.addWidget(name, index // 2, 2 * (index % 2))
            grid.addWidget(number, index // 2, 2 * (index % 2) + 1)
            self._names.append(name)
            self._numbers[key] = number
        for column, stretch in enumerate((2, 3, 2, 3)):
            grid.setColumnStretch(column, stretch)

    def set_theme(self, theme: Theme) -> None:
        """Draw in these colours."""
        for label in (*self._names, *self._numbers.values()):
            label.set_theme(theme)

    def set_figures(self, row: dict[str, float] | None) -> None:
        """Show these figures; None for a grid of dashes."""
        for key, text in texts(row).items():
            self._numbers[key].setText(text)
        nonfinite = row is not None and max(row.get("nan", 0.0), row.get("inf", 0.0)) > 0
        self._numbers["nonfinite"].set_colour("nonfinite" if nonfinite else "text")

    def figure(self, key: str) -> str:
        """The text of one figure: norm, max, mean, std, zeros, nonfinite."""
        return self._numbers[key].text()
