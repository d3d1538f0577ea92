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
LONGEST_WORD = 24


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
    if not values.size:
        names = "names its columns and has no rows" if header and file.stat().st_size else "is empty"
        raise PlanError(f"{file.name} {names}. A table needs one example a row, with the target in the last column.")
    if values.shape[1:] == (1,):
        raise PlanError(f"{file.name} has one column. It needs two: what the model is given, and last the target.")
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
        why = error.strerror if isinstance(error, OSError) else "it is a spreadsheet, a picture, or in another encoding"
        raise PlanError(f"{file.name} cannot be read as text: {why}. Save the table as CSV (UTF-8) or .npy.") from error
    return not all(_is_number(word) for word in first.strip().split(","))


def _numbers(file: Path, header: bool) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        if file.suffix.lower() == ".npy":
            return np.asarray(np.load(file, allow_pickle=False), dtype=np.float64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # an empty table is told of below
            return np.loadtxt(file, delimiter=",", skiprows=int(header), ndmin=2, encoding="utf-8")
    except (OSError, ValueError, UnicodeDecodeError) as error:
        fault = "" if file.suffix.lower() == ".npy" else _first_fault(file, header)
        fault = fault or f"{str(error).split(';')[0].rstrip('.')}. Save it as UTF-8 CSV or as .npy."
        raise PlanError(f"{file.name} is not a table of numbers: {fault}") from error


def _first_fault(file: Path, header: bool) -> str:
    """Where the first line is that is unlike the others, as an editor counts lines, and what to do; "" if none is."""
    count = 0
    for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        words = line.split(",")
        if not line.strip() or line.startswith("#") or (header and number == 1):
            continue
        other = next((mark for mark in (";", "\t") if mark in line and len(words) == 1), "")
        if other:
            name = "tabs" if other == "\t" else f"“{other}”"
            return f"its values stand between {name} (line {number}). Save it with commas between them."
        count = count or len(words)
        if len(words) != count:
            return f"line {number} has {len(words)} values, and those before it have {count}. Complete it or drop it."
        column = next((place for place, word in enumerate(words, 1) if not _is_number(word)), 0)
        word = words[column - 1].strip() if column else ""
        if column and not word:
            return f"line {number} has nothing in column {column}. Fill it in or drop the row."
        if column:
            shown = word if len(word) <= LONGEST_WORD else word[:LONGEST_WORD] + "…"
            return (
                f"line {number}, column {column} says “{shown}”, which is no number. Write a number for each word"
                " (0, 1, 2 for classes), or drop the column."
            )
    return ""


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
