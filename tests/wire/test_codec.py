"""Messages keep their bytes, and what is not a message of ours is refused by name."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest

from gradscope.wire import messages as m
from gradscope.wire.codec import Unknown, decode, encode
from gradscope.wire.errors import LocalProtocolError, RemoteProtocolError
from gradscope.wire.fields import record_of
from gradscope.wire.framing import FrameDecoder
from gradscope.wire.table import Table

from .goldens import GOLDEN, SAMPLES

NAMES = [type(sample).__name__ for sample in SAMPLES]


def parts(message: m.Message) -> tuple[bytes, bytes]:
    (frame,) = FrameDecoder().feed(encode(message))
    return frame


def header(message: str, buffers: list[int] | None = None, /, **fields: Any) -> bytes:
    return json.dumps({"type": message, "buffers": buffers or [], "fields": fields}).encode()


def test_every_message_has_a_golden() -> None:
    known = {cls.__name__ for cls in m.FACTS + m.ORDERS}
    assert known == set(GOLDEN), "add the message to SAMPLES and GOLDEN in tests/wire/goldens.py"


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_bytes_are_golden(sample: m.Message) -> None:
    text, body = GOLDEN[type(sample).__name__]
    assert parts(sample) == (text.encode(), bytes.fromhex(body))


@pytest.mark.parametrize("sample", SAMPLES, ids=NAMES)
def test_golden_bytes_come_back_as_the_message(sample: m.Message) -> None:
    text, body = GOLDEN[type(sample).__name__]
    assert repr(decode(text.encode(), bytes.fromhex(body))) == repr(sample)  # repr: nan is not equal to itself


def test_the_header_is_strict_json_also_for_non_finite_numbers() -> None:
    def refuse(text: str) -> None:
        raise AssertionError(text)

    text, body = parts(m.PassStarted(0, 0, "grad", "f", "light", loss=math.nan))
    assert json.loads(text, parse_constant=refuse)["fields"]["loss"] == "nan"
    message = decode(text, body)
    assert isinstance(message, m.PassStarted)
    assert message.loss is not None
    assert math.isnan(message.loss)


def test_numbers_of_a_table_are_not_in_the_header() -> None:
    table = Table.from_columns("f8", {name: [1.0] * 5000 for name in m.STATISTIC_COLUMNS})
    text, body = parts(m.GradientsMeasured(0, 0, table))
    assert len(text) < 500
    assert body == table.data


def test_an_int_where_a_float_is_declared_arrives_as_a_float() -> None:
    message = decode(*parts(m.PhaseEntered(0, "data", 1)))
    assert isinstance(message, m.PhaseEntered)
    assert type(message.time) is float


@pytest.mark.parametrize("name", ["naïve/路径.py", "\udcff.py", 'a"b\\c\n\0'])
def test_file_names_of_any_kind_survive(name: str) -> None:
    frame = m.Frame(name, 1, "f")
    assert decode(*parts(m.StackTold(1, (frame,)))) == m.StackTold(1, (frame,))


def test_unknown_fields_and_missing_defaults_are_passed_over() -> None:
    text = header("Welcome", protocol=1, colour="blue")
    assert decode(text, b"") == m.Welcome(1)


def test_unknown_fields_of_a_record_inside_are_passed_over() -> None:
    frame = {"file": "a.py", "line": 1, "function": "f", "column": 3}
    assert decode(header("StackTold", request=1, frames=[frame]), b"") == m.StackTold(1, (m.Frame("a.py", 1, "f"),))


def test_an_unknown_message_says_its_name() -> None:
    assert decode(header("FromTheFuture", [3], x=0), b"abc") == Unknown("FromTheFuture")


WRONG_TO_SEND: list[tuple[Any, str]] = [
    (m.GradientsCleared("3"), "GradientsCleared.iteration: expected int, got str"),  # type: ignore[arg-type]
    (m.GradientsCleared(True), "GradientsCleared.iteration: expected int, got bool"),
    (m.GradientsCleared(1 << 63), "64 bits"),
    (m.PhaseEntered(0, "sleep", 0.0), "PhaseEntered.phase: expected one of backward"),  # type: ignore[arg-type]
    (m.PhaseEntered(0, "data", "now"), "PhaseEntered.time: expected float, got str"),  # type: ignore[arg-type]
    (m.StackTold(1, [m.Frame("a", 1, "f")]), "StackTold.frames: expected a tuple, got list"),  # type: ignore[arg-type]
    (m.StackTold(1, (m.Frame("a", None, "f"),)), "StackTold.frames.line: expected int"),  # type: ignore[arg-type]
    (m.StackTold(1, ("a",)), "StackTold.frames: expected Frame, got str"),  # type: ignore[arg-type]
    (m.PassEnded(0, 0, 10**400), "beyond float64"),
    (m.Welcome(1, pause=1), "Welcome.pause: expected bool, got int"),  # type: ignore[arg-type]
    (m.Welcome(1, breakpoints=("a", 3)), "Welcome.breakpoints: expected Breakpoint, got str"),  # type: ignore[arg-type]
    (m.Frame("a", 1, "f"), "Frame is not a message"),
    ("Detach", "str is not a message"),
]


@pytest.mark.parametrize(("message", "words"), WRONG_TO_SEND)
def test_a_wrong_value_is_refused_before_it_is_sent(message: Any, words: str) -> None:
    with pytest.raises(LocalProtocolError) as caught:
        encode(message)
    assert words in str(caught.value)


WRONG_TO_RECEIVE: list[tuple[bytes, bytes, str]] = [
    (b"", b"", "strict JSON"),
    (b"\xff", b"", "strict JSON"),
    (b"[" * 100_000, b"", "strict JSON"),
    (b'{"type":"Detach","buffers":[],"fields":{"x":NaN}}', b"", "NaN is not JSON"),
    (b"[1]", b"", "not a JSON object"),
    (b'{"fields":{}}', b"", "without a type"),
    (b'{"type":"Detach","buffers":[]}', b"", "Detach without fields"),
    (b'{"type":"Detach","fields":{}}', b"", "not a list of lengths"),
    (b'{"type":"Detach","buffers":[true],"fields":{}}', b"x", "not a list of lengths"),
    (header("Detach", [-1, 2]), b"x", "not a list of lengths"),
    (header("Detach", [2]), b"x", "a body of 1 bytes where 2 were announced"),
    (header("RequestStack"), b"", "RequestStack.request: missing"),
    (header("RequestStack", request=None), b"", "expected int, got NoneType"),
    (header("RequestStack", request=True), b"", "expected int, got bool"),
    (header("RequestStack", request=1.0), b"", "expected int, got float"),
    (header("RequestStack", request=1 << 70), b"", "64 bits"),
    (b'{"type":"PassEnded","buffers":[],"fields":{"iteration":0,"pass_index":0,"seconds":1e999}}', b"", "float64"),
    (header("StackTold", request=1, frames="ab"), b"", "StackTold.frames: expected a list"),
    (header("StackTold", request=1, frames=[3]), b"", "StackTold.frames: expected an object"),
    (header("SetLevel", level="loud"), b"", "expected one of detail, light, off"),
    (header("SetLevel", level=["light"]), b"", "expected one of detail, light, off"),
    (
        header("PassStarted", iteration=0, pass_index=0, kind="grad", fingerprint="", level="off", order=2),
        b"",
        "PassStarted.order: expected the index of a buffer",
    ),
    (
        header(
            "GradientsMeasured", [3], iteration=0, pass_index=0, statistics={"columns": ["a"], "rows": 1, "data": 0}
        ),
        b"abc",
        "GradientsMeasured.statistics: 1 rows x 1 columns need 4 bytes, got 3",
    ),
]


@pytest.mark.parametrize(("text", "body", "words"), WRONG_TO_RECEIVE)
def test_a_wrong_frame_is_refused_with_the_field_at_fault(text: bytes, body: bytes, words: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode(text, body)
    assert words in str(caught.value)


def test_a_field_type_that_cannot_cross_is_our_own_mistake() -> None:
    made = dataclasses.make_dataclass("Odd", [("values", dict[str, int])])
    with pytest.raises(TypeError, match="a message field cannot be"):
        record_of(made)
