"""The search language: what a person types to find nodes, read into terms that a graph answers.

Words stand apart by spaces and every one must be met: ``Linear leaf grad<1e-6``. A minus before a word turns it round,
quotation marks take it as it stands. ``EXAMPLES`` is the whole language in the order in which one learns it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .search_terms import (
    GRAPH_FLAGS,
    MEASURES,
    SHAPE,
    STATE_FLAGS,
    AnyText,
    Compared,
    Flag,
    InColumns,
    InModule,
    OfLine,
    OfOutput,
    OfShape,
    Without,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .search_terms import Term
    from .snapshot import GraphSnapshot
    from .state import RunState
    from .statistics import Bools

EXAMPLES: tuple[tuple[str, str], ...] = (
    ("relu", "in a name, title, operation or module"),
    ("module:Linear", "inside a module of this type or path"),
    ("64x*", "by shape: * any sizes, ? any one size"),
    ("float16", "by dtype or device"),
    ("grad>1", "gradient norm above 1 (also grad.max, value, value.max, size)"),
    ("grad<1e-6", "gradient norm below a limit"),
    ("nan", "NaN in gradient or value (also inf, nonfinite)"),
    ("no-grad", "gets no gradient (also zero, undefined, old, not-yet)"),
    ("leaf", "leaves (also intermediate, root, input, untracked, frozen, scalar)"),
    ("line:20", "made at a source line"),
    ("-relu", "all but these"),
    ('"leaf"', "the text itself"),
)

_TOKEN = re.compile(r'(?P<minus>-?)(?:(?P<field>[a-z]+):)?"(?P<quoted>[^"]*)"?|(?P<plain>\S+)')
_COMPARED = re.compile(r"([a-z.]+)(>=|<=|==|>|<|=)(.*)")
_DEVICE = re.compile(r"[a-z]+:\d+")


class QueryError(ValueError):
    """The text is no search; the message is a sentence for the person who types."""


@dataclass(frozen=True, slots=True)
class Query:
    """Terms that must all be met; without any, nothing is found."""

    terms: tuple[Term, ...] = ()

    @property
    def live(self) -> bool:
        """Whether what is found changes while training runs."""
        return any(term.live for term in self.terms)

    def find(self, graph: GraphSnapshot, state: RunState | None = None) -> Bools:
        """One truth value a node; ``state`` answers for gradients and values, without it they are unknown."""
        found = np.full(len(graph), bool(self.terms))
        for term in self.terms:
            found &= term.meets(graph, state) if term.live else _fixed(term, graph)
        return found


@lru_cache(maxsize=8)  # a live word beside it is asked again at every step, this one has its answer
def _fixed(term: Term, graph: GraphSnapshot) -> Bools:
    return term.meets(graph, None)


def parse(text: str) -> Query:
    """Read what was typed.

    Raises:
        QueryError: a comparison or a field that there is not, or a comparison without a number.
    """
    return Query(tuple(_term(match) for match in _TOKEN.finditer(text.lower()) if match.group() != "-"))


def _term(match: re.Match[str]) -> Term:
    plain = match.group("plain")
    if plain is None:
        field, word = match.group("field"), match.group("quoted")
        term = _field(field, word) if field else AnyText(word)
        return Without(term) if match.group("minus") else term
    if plain.startswith("-"):
        return Without(_plain(plain[1:]))
    return _plain(plain)


def _plain(word: str) -> Term:
    flag = word.replace("-", "").replace("_", "")
    if flag in GRAPH_FLAGS or flag in STATE_FLAGS:
        return Flag(flag)
    if compared := _COMPARED.fullmatch(word):
        return _comparison(*compared.groups())
    shape = re.sub(r"(?<=\d)\*(?=\d)", "x", word.strip("()[]"))
    if SHAPE.fullmatch(shape):
        return OfShape(shape)
    field, colon, rest = word.partition(":")
    if colon and field.isalpha() and (field in _FIELDS or not _DEVICE.fullmatch(word)):
        return _field(field, rest)
    return AnyText(word)


def _comparison(measure: str, comparison: str, limit: str) -> Term:
    if measure not in MEASURES:
        known = ", ".join(MEASURES)
        raise QueryError(f"“{measure}” is no figure of a node; there are {known}. Text goes into quotation marks.")
    sign = "=" if comparison == "==" else comparison
    try:
        number = float(limit)
    except ValueError:
        raise QueryError(f"“{measure}{comparison}” needs a number, as in {measure}{sign}1e-6.") from None
    if math.isnan(number):
        raise QueryError("NaN is found by the word nan.")
    return Compared(measure, sign, number)


def _line(word: str) -> Term:
    if not word.isdecimal():
        raise QueryError("“line:” needs the number of a line, as in line:20.")
    return OfLine(int(word))


def _shape(word: str) -> Term:
    shape = re.sub(r"(?<=\d)\*(?=\d)", "x", word.strip("()[]"))
    if not SHAPE.fullmatch(shape) and not re.fullmatch(r"\d+|\?", shape):
        raise QueryError("“shape:” needs sizes, as in shape:64x*.")
    return OfShape(shape)


_FIELDS: dict[str, Callable[[str], Term]] = {
    "name": lambda word: InColumns(word, ("name", "title")),
    "op": lambda word: InColumns(word, ("op", "function")),
    "module": InModule,
    "shape": _shape,
    "dtype": lambda word: OfOutput("dtype", word),
    "device": lambda word: OfOutput("device", word),
    "file": lambda word: InColumns(word, ("file",)),
    "line": _line,
}


def _field(field: str, word: str) -> Term:
    if field not in _FIELDS:
        known = ", ".join(f"{name}:" for name in _FIELDS)
        raise QueryError(f"There is no “{field}:”; there are {known}. Text goes into quotation marks.")
    if not word:
        raise QueryError(f"“{field}:” needs a word after the colon.")
    return _FIELDS[field](word)
