"""One encoder and one decoder for every type that a message field may have, chosen once a class from its type hints.

Known are str, int (64 bits), float, bool, bytes, ``Literal`` of strings, ``X | None``, ``tuple[X, ...]`` and frozen
dataclasses of these. Anything else in a message is a mistake of ours and raises TypeError when the class is first used.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, NamedTuple, NoReturn, Union, get_args, get_origin, get_type_hints

INT_LIMIT = 1 << 63
_NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

Buffers = list[bytes]
Coder = Callable[[Any, Buffers], Any]


class FieldError(Exception):
    """A value is not of its declared type; the text begins with the field's name."""


class Field(NamedTuple):
    """How one field crosses."""

    name: str
    encode: Coder
    decode: Coder
    required: bool


class Record:
    """How one dataclass crosses: its fields in declared order."""

    def __init__(self, cls: type, known: tuple[Field, ...]) -> None:
        self._cls = cls
        self._fields = known

    def encode(self, value: Any, buffers: Buffers) -> dict[str, Any]:
        """The JSON object of ``value``; its bytes are appended to ``buffers``."""
        if type(value) is not self._cls:
            _refuse(self._cls.__name__, value)
        encoded: dict[str, Any] = {}
        for field in self._fields:
            try:
                encoded[field.name] = field.encode(getattr(value, field.name), buffers)
            except FieldError as error:
                raise FieldError(_below(field.name, error)) from None
        return encoded

    def decode(self, value: Any, buffers: Buffers) -> Any:
        """An instance from a JSON object; what it does not know it passes over."""
        if type(value) is not dict:
            _refuse("an object", value)
        arguments: dict[str, Any] = {}
        for field in self._fields:
            if field.name not in value:
                if field.required:
                    raise FieldError(f"{field.name}: missing")
                continue
            try:
                arguments[field.name] = field.decode(value[field.name], buffers)
            except FieldError as error:
                raise FieldError(_below(field.name, error)) from None
        try:
            return self._cls(**arguments)
        except ValueError as error:
            raise FieldError(f": {error}") from None


def record_of(cls: type) -> Record:
    """The record of a dataclass.

    Type hints are looked up in the module that the class was loaded in, under whatever name that is: the training
    process loads this package as ``_gradscope_agent.wire``.

    Raises:
        TypeError: a field's type is none that can cross.
    """
    hints = get_type_hints(cls)
    known = []
    for field in fields(cls):
        encode, decode = _coders(hints[field.name])
        required = field.default is MISSING and field.default_factory is MISSING
        known.append(Field(field.name, encode, decode, required))
    return Record(cls, tuple(known))


def _coders(hint: Any) -> tuple[Coder, Coder]:
    if hint in _PLAIN:
        return _PLAIN[hint]
    if get_origin(hint) is Literal:
        return _literal(frozenset(get_args(hint)))
    if get_origin(hint) is tuple and get_args(hint)[1:] == (...,):
        return _many(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        inner = [argument for argument in get_args(hint) if argument is not type(None)]
        if len(inner) == 1:
            return _optional(inner[0])
    if isinstance(hint, type) and is_dataclass(hint):
        record = record_of(hint)
        return record.encode, record.decode
    raise TypeError(f"a message field cannot be {hint!r}")


def _literal(allowed: frozenset[Any]) -> tuple[Coder, Coder]:
    def check(value: Any, _: Buffers) -> Any:
        if type(value) is not str or value not in allowed:
            _refuse(f"one of {', '.join(sorted(allowed))}", value)
        return value

    return check, check


def _optional(inner: Any) -> tuple[Coder, Coder]:
    encode_inner, decode_inner = _coders(inner)

    def encode(value: Any, buffers: Buffers) -> Any:
        return None if value is None else encode_inner(value, buffers)

    def decode(value: Any, buffers: Buffers) -> Any:
        return None if value is None else decode_inner(value, buffers)

    return encode, decode


def _many(inner: Any) -> tuple[Coder, Coder]:
    encode_inner, decode_inner = _coders(inner)
    unchanged = inner is str

    def encode(value: Any, buffers: Buffers) -> list[Any]:
        if not isinstance(value, tuple):
            _refuse("a tuple", value)
        if unchanged and set(map(type, value)) <= {str}:
            return list(value)
        return [encode_inner(item, buffers) for item in value]

    def decode(value: Any, buffers: Buffers) -> tuple[Any, ...]:
        if type(value) is not list:
            _refuse("a list", value)
        if unchanged and set(map(type, value)) <= {str}:
            return tuple(value)
        return tuple(decode_inner(item, buffers) for item in value)

    return encode, decode


def _check_str(value: Any, _: Buffers) -> str:
    if not isinstance(value, str):
        _refuse("str", value)
    return value


def _check_bool(value: Any, _: Buffers) -> bool:
    if type(value) is not bool:
        _refuse("bool", value)
    return value


def _check_int(value: Any, _: Buffers) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse("int", value)
    if not -INT_LIMIT <= value < INT_LIMIT:
        raise FieldError(": an int of more than 64 bits")
    return value


def _encode_float(value: Any, _: Buffers) -> float | str:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        _refuse("float", value)
    number = _finite_float(value) if isinstance(value, int) else float(value)
    return number if math.isfinite(number) else str(number)


def _decode_float(value: Any, _: Buffers) -> float:
    if isinstance(value, str) and value in _NON_FINITE:
        return _NON_FINITE[value]
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        _refuse("float", value)
    return _finite_float(value)


def _finite_float(value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise FieldError(": a number beyond float64")
    return number


def _encode_bytes(value: Any, buffers: Buffers) -> int:
    if not isinstance(value, bytes):
        _refuse("bytes", value)
    buffers.append(value)
    return len(buffers) - 1


def _decode_bytes(value: Any, buffers: Buffers) -> bytes:
    if type(value) is not int or not 0 <= value < len(buffers):
        _refuse("the index of a buffer", value)
    return buffers[value]


_PLAIN: dict[Any, tuple[Coder, Coder]] = {
    str: (_check_str, _check_str),
    bool: (_check_bool, _check_bool),
    int: (_check_int, _check_int),
    float: (_encode_float, _decode_float),
    bytes: (_encode_bytes, _decode_bytes),
}


def _refuse(expected: str, value: Any) -> NoReturn:
    raise FieldError(f": expected {expected}, got {type(value).__name__}")


def _below(name: str, error: FieldError) -> str:
    text = str(error)
    return name + text if text.startswith(":") else f"{name}.{text}"
