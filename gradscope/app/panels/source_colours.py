"""Python source in the theme's colours: Pygments reads the whole text once, the editor is told line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat

if TYPE_CHECKING:
    from PySide6.QtGui import QTextDocument

    from gradscope.app.theme import Theme

LONGEST = 400_000  # characters; a longer file is shown in one colour, since reading it would be felt
Span = tuple[int, int, str]  # start, length, kind

# From the general to the particular: the last that a token's type lies in gives its colour.
_KINDS: tuple[tuple[str, str, str], ...] = (
    ("Comment", "comment", "muted"),
    ("Keyword", "keyword", "intermediate"),
    ("Keyword.Constant", "constant", "root"),
    ("Operator.Word", "keyword", "intermediate"),
    ("Name.Function", "definition", "intermediate"),
    ("Name.Class", "definition", "intermediate"),
    ("Name.Decorator", "decorator", "halo_text"),
    ("Literal.String", "string", "leaf"),
    ("Literal.String.Doc", "comment", "muted"),
    ("Literal.Number", "number", "root"),
)
_COLOURS = {kind: colour for _, kind, colour in _KINDS}


def coloured_spans(text: str) -> list[list[Span]]:
    """The coloured stretches of every line, in UTF-16 units as Qt counts them."""
    from pygments.lexers.python import PythonLexer
    from pygments.token import string_to_tokentype

    kinds = [(string_to_tokentype(f"Token.{name}"), kind) for name, kind, _ in _KINDS]
    lines: list[list[Span]] = [[]]
    column = 0
    for token, piece in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        kind = next((kind for parent, kind in reversed(kinds) if token in parent), "")
        for number, part in enumerate(piece.split("\n")):
            if number:
                lines.append([])
                column = 0
            length = len(part.encode("utf-16-le")) // 2
            if kind and length:
                lines[-1].append((column, length, kind))
            column += length
    return lines


class SourceHighlighter(QSyntaxHighlighter):
    """Paints the spans of a text that it was given beforehand."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._spans: list[list[Span]] = []
        self._formats: dict[str, QTextCharFormat] = {}

    def set_theme(self, theme: Theme) -> None:
        """Take the colours from this theme."""
        for kind, colour in _COLOURS.items():
            form = QTextCharFormat()
            form.setForeground(theme.color(colour))
            form.setFontItalic(kind == "comment")
            form.setFontWeight(QFont.Weight.Normal)
            self._formats[kind] = form
        self.rehighlight()

    def read(self, text: str) -> None:
        """Work the colours of a text out; call before the document gets it."""
        self._spans = coloured_spans(text) if len(text) <= LONGEST else []

    def highlightBlock(self, _: str) -> None:
        """Colour one line."""
        number = self.currentBlock().blockNumber()
        for start, length, kind in self._spans[number] if number < len(self._spans) else ():
            if kind in self._formats:
                self.setFormat(start, length, self._formats[kind])
