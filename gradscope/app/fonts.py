"""The two bundled fonts, loaded once per process, and the sizes that the window writes in."""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from gradscope.resources import resource

TEXT = "Inter"
MONO = "JetBrains Mono"
TEXT_PIXELS = 13
MONO_PIXELS = 12

_FILES = (
    "Inter-Regular.otf",
    "Inter-Medium.otf",
    "Inter-SemiBold.otf",
    "Inter-Bold.otf",
    "JetBrainsMono-Regular.ttf",
    "JetBrainsMono-Bold.ttf",
)


@cache
def load_fonts() -> tuple[str, ...]:
    """Register the bundled fonts with Qt (a QGuiApplication must exist) and give their families."""
    families: set[str] = set()
    for name in _FILES:
        number = QFontDatabase.addApplicationFont(str(resource("fonts", name)))
        families.update(QFontDatabase.applicationFontFamilies(number))
    return tuple(sorted(families))


def text_font(pixels: int = TEXT_PIXELS, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Inter in pixels, so that a picture looks the same at every screen's resolution."""
    font = QFont(TEXT)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    return font


def mono_font(pixels: int = MONO_PIXELS) -> QFont:
    """JetBrains Mono, without ligatures: ``->`` in a user's source is two characters."""
    font = QFont(MONO)
    font.setPixelSize(pixels)
    font.setFeature(QFont.Tag("calt"), 0)
    return font
