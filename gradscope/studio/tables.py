"""The user's own tables: a CSV or NPY file looked at once, before a script is written for it.

Every row is an example, the last column is the target: whole numbers from 0 on are classes, anything else is a
quantity to predict.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .plan import PlanError

MOST_CLASSES = 50


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds. ``classes`` is 0 where the last column is a quantity."""

    rows: int
    features: int
    classes: int
    header: bool


def look_at(path: str) -> Table:
    """What the table in a file is made of.

    Raises:
        PlanError: the file is not there, or does not hold a table of numbers.
    """
    if not path:
        raise PlanError("Choose a file: a .csv or .npy with one example a row and the target in the last column.")
    file = Path(path).expanduser()
    if not file.is_file():
        raise PlanError(f"There is no file {path}. Choose a .csv or .npy file that exists.")
    header = file.suffix.lower() != ".npy" and has_header(file)
    values = _numbers(file, header)
    if values.ndim != 2 or values.shape[1] < 2:
        shape = " x ".join(map(str, values.shape))
        raise PlanError(f"{file.name} holds {shape} numbers. A table needs one example a row and at least two columns.")
    if len(values) < 4:
        raise PlanError(f"{file.name} has {len(values)} rows. At least four are needed to train and to test.")
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        line = int(row) + 1 + int(header)
        raise PlanError(
            f"{file.name} has no number in line {line}, column {int(column) + 1}. Fill it in or drop the row."
        )
    return Table(len(values), values.shape[1] - 1, _classes(values[:, -1]), header)


def has_header(file: Path) -> bool:
    """Whether the first line names the columns."""
    try:
        with file.open(encoding="utf-8") as lines:
            first = lines.readline()
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"{file.name} cannot be read as text: {error}. Save it as UTF-8 CSV or as .npy.") from error
    return not all(_is_number(word) for word in first.strip().split(","))


def _numbers(file: Path, header: bool) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        if file.suffix.lower() == ".npy":
            return np.asarray(np.load(file, allow_pickle=False), dtype=np.float64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # an empty table is told of below
            return np.loadtxt(file, delimiter=",", skiprows=int(header), ndmin=2, encoding="utf-8")
    except (OSError, ValueError, UnicodeDecodeError) as error:
        text = str(error).split(";")[0].rstrip(".")
        remedy = "Each line needs the same count of numbers, with commas between."
        raise PlanError(f"{file.name} is not a table of numbers: {text}. {remedy}") from error


def _classes(target: np.ndarray[Any, np.dtype[np.float64]]) -> int:
    whole = bool((target == np.round(target)).all()) and target.min() >= 0
    count = int(target.max()) + 1 if whole else 0
    return count if 2 <= count <= MOST_CLASSES else 0


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
