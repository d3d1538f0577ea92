"""The console's lines are what a terminal would show, however the output is cut into pieces."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gradscope.session.terminal import LONGEST_LINE, PLAIN, Style, TerminalBuffer, plain_text


def shown(text, limit=1000):
    buffer = TerminalBuffer(limit)
    buffer.feed(text)
    return buffer


def texts(text):
    return [plain_text(line) for line in shown(text).lines]


def test_plain_lines_end_with_the_one_being_written():
    assert texts("epoch 1\nepoch 2\n") == ["epoch 1", "epoch 2", ""]


def test_a_progress_bar_rewrites_its_line():
    assert texts(" 10%|#   |\r 50%|##  |\r100%|####|\n") == ["100%|####|", ""]


def test_a_shorter_text_after_a_carriage_return_leaves_the_rest():
    assert texts("hello world\rHELLO") == ["HELLO world"]
    assert texts("hello world\r\x1b[KHELLO") == ["HELLO"]


def test_backspace_and_tab():
    assert texts("abc\b\bX") == ["aXc"]
    assert texts("a\tb") == ["a       b"]


def test_two_progress_bars_by_cursor_up():
    assert texts("outer 0\ninner 0\x1b[A\router 1\n\rinner 9") == ["outer 1", "inner 9"]


def test_colours_become_runs():
    line = shown("\x1b[1;31merror\x1b[0m: \x1b[38;5;196mred\x1b[38;2;1;2;3m!\x1b[m.").lines[0]
    assert line == [
        ("error", Style("red", bold=True)),
        (": ", PLAIN),
        ("red", Style("#ff0000")),
        ("!", Style("#010203")),
        (".", PLAIN),
    ]
    assert shown("\x1b[92;44mx").lines[0] == [("x", Style("bright green", "blue"))]


def test_the_cursor_goes_where_it_is_sent():
    assert texts("a\nb\nc\x1b[2A\x1b[BX") == ["a", "bX", "c"]
    assert texts("abcdef\x1b[3GX\x1b[2CY") == ["abXdeY"]
    assert texts("ab\ncd\x1b[FX") == ["Xb", "cd"]
    assert texts("ab\ncd\x1b[A\x1b[EX") == ["ab", "Xd"]
    assert texts("ab\ncd\x1b[2;1HX\x1b[1;2HY") == ["aY", "Xd"]


def test_what_is_erased_is_what_a_terminal_would():
    assert texts("abcdef\x1b[3D\x1b[K") == ["abc"]
    assert texts("abcdef\x1b[3D\x1b[1K") == ["    ef"], "with the cell under the cursor"
    assert texts("abcdef\x1b[1KX") == ["      X"]
    assert texts("a\nb\nc\x1b[2A\r\x1b[J") == [""]


def test_greys_and_what_is_switched_off_again():
    assert shown("\x1b[38;5;232ma\x1b[38;5;255mb").lines[0] == [("a", Style("#080808")), ("b", Style("#eeeeee"))]
    assert shown("\x1b[1;2;7ma\x1b[22;27mb").lines[0] == [
        ("a", Style(bold=True, faint=True, inverse=True)),
        ("b", PLAIN),
    ]


def test_overwriting_keeps_the_colour_of_what_stays():
    assert shown("\x1b[31mabcdef\x1b[0m\r12").lines[0] == [("12", PLAIN), ("cdef", Style("red"))]


def test_unknown_sequences_show_nothing():
    assert texts("\x1b]0;title\x07a\x1b[?25lb\x1b(Bc\x1b[5~d") == ["abcd"]


def test_a_broken_sequence_does_not_swallow_what_follows():
    assert texts("\x1b[12\nnext\n\x1b\x1b[31mred") == ["", "next", "red"]


def test_a_cleared_screen_is_empty():
    assert "".join(texts("a\nb\x1b[2J\x1b[Hc")) == "c"


def test_the_oldest_lines_go_and_the_change_says_so():
    buffer = TerminalBuffer(3)
    assert buffer.feed("1\n2\n") == (0, 0)
    assert buffer.feed("3\n4\n") == (2, 0)
    assert [plain_text(line) for line in buffer.lines] == ["3", "4", ""]
    assert buffer.feed("5") == (0, 2)


def test_a_line_without_an_end_is_wrapped():
    assert [len(line) for line in texts("x" * (LONGEST_LINE + 5))] == [LONGEST_LINE, 5]


def test_a_change_names_the_first_line_that_differs():
    buffer = TerminalBuffer()
    buffer.feed("a\nb\nc")
    assert buffer.feed("\x1b[2A\rX").first == 0


TEXTS = ["epoch", "é✓", " ", "x" * 300, "[", "12m"]
CONTROLS = ["\n", "\r", "\r\n", "\b", "\t", "\x07", "\x9b", "\x7f"]
SEQUENCES = ["\x1b[31m", "\x1b[1;38;5;7m", "\x1b[0m", "\x1b[A", "\x1b[2B", "\x1b[K", "\x1b[1K", "\x1b[J", "\x1b[2J"]
SEQUENCES += ["\x1b[3;4H", "\x1b[5C", "\x1b[9D", "\x1b]0;t\x07", "\x1b", "\x1b[3", "\x1b]8;;", "\x1b[\x1b[m"]
PIECES = st.sampled_from(TEXTS + CONTROLS + SEQUENCES)


@given(st.lists(PIECES, max_size=40).map("".join), st.lists(st.integers(0, 400), max_size=8), st.integers(1, 8))
def test_any_split_gives_the_same_lines(text, cuts, limit):
    whole = shown(text, limit)
    split = TerminalBuffer(limit)
    edges = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    for start, end in pairwise(edges):
        split.feed(text[start:end])
    assert split.lines == whole.lines
    assert len(whole.lines) <= limit


@given(st.lists(PIECES, max_size=40), st.integers(1, 8))
def test_the_change_tells_everything_a_view_needs(pieces, limit):
    buffer = TerminalBuffer(limit)
    mirror = [[]]
    for piece in pieces:
        removed, first = buffer.feed(piece)
        del mirror[:removed]
        mirror[first:] = [list(line) for line in buffer.lines[first:]]
        assert mirror == buffer.lines
