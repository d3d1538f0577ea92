"""PNG and PDF: the right size, not blank, in our fonts, with dashes; too large a picture says so."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage

from gradscope.export.raster import LONGEST_SIDE, PictureSizeError, pdf_bytes, png_bytes, png_image
from gradscope.export.svg import PictureStyle, SvgPicture, svg_picture
from gradscope.export.svg_legend import HEADING
from gradscope.palette import PALETTES

from .scenes import looks, spiral

pytestmark = pytest.mark.usefixtures("qapp")


def picture(theme: str = "light") -> SvgPicture:
    _, scene, marks = looks()
    return svg_picture(scene, marks, PictureStyle(theme))  # type: ignore[arg-type]


def colours_of(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_png_has_the_size_that_was_asked_for(scale: int) -> None:
    drawn = picture()
    image = QImage.fromData(png_bytes(drawn, scale), "PNG")
    assert (image.width(), image.height()) == (round(drawn.width * scale), round(drawn.height * scale))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_png_shows_every_role_in_the_themes_colours(theme: str) -> None:
    palette = PALETTES[theme]  # type: ignore[index]
    seen = colours_of(png_image(picture(theme), 2))
    for name in ("canvas", "leaf_fill", "intermediate_fill", "root_fill", "input_fill", "leaf", "nonfinite", "cut"):
        assert getattr(palette, name) in seen, name


def test_an_inputs_border_is_dashed_and_an_intermediates_is_not() -> None:
    _, scene, marks = looks()
    image, palette = png_image(svg_picture(scene, marks, PictureStyle()), 1), PALETTES["light"]
    left = (image.width() - scene.bounds[2]) / 2

    def changes(node: int, fill: str) -> int:
        """How often the upper border's pixels turn from ink to ground, between the corners."""
        x, y, width, _ = scene.rects[scene.item_of(("node", node))].tolist()
        row = [
            QColor(image.pixel(round(left + x) + step, round(HEADING + 12 + y))) for step in range(24, int(width) - 24)
        ]
        ground = QColor(fill).lightness()
        inked = [abs(color.lightness() - ground) > 25 for color in row]
        return sum(a != b for a, b in pairwise(inked))

    assert changes(1, palette.input_fill) > 10
    assert changes(3, palette.intermediate_fill) == 0


def test_titles_are_written_in_our_font() -> None:
    """The ink of a title ends where Inter's does, not where a wider fallback's would."""
    _, scene, marks = spiral()
    image = png_image(svg_picture(scene, marks, PictureStyle()), 2)
    item = scene.item_of(("node", 9))
    x, y, width, height = scene.rects[item].tolist()
    left = (image.width() / 2 - scene.bounds[2]) / 2 + x + 11
    top = HEADING + 12 + y + height / 2 - height * 0.285
    font = QFont("Inter")
    font.setPixelSize(13)
    font.setWeight(QFont.Weight.DemiBold)
    wide = QFontMetricsF(font).horizontalAdvance("log_softmax")
    ink = [
        column / 2
        for column in range(round(width))
        for row in range(-6, 7)
        if image.pixelColor(round(left * 2) + column, round(top * 2) + row).lightness() < 120
    ]
    assert abs(max(ink) - wide) <= 2.5


def test_what_is_too_large_says_so() -> None:
    huge = SvgPicture("<svg/>", LONGEST_SIDE + 1.0, 10.0)
    with pytest.raises(PictureSizeError, match=r"32,001 x 10 pixels is too large; fold the graph"):
        png_image(huge)
    with pytest.raises(PictureSizeError, match="too large"):
        png_image(SvgPicture("<svg/>", 10_000.0, 9_000.0), 4)


def test_a_pdf_is_one_page_of_the_pictures_size_with_our_fonts_inside() -> None:
    drawn = svg_picture(*spiral()[1:], PictureStyle())
    data = pdf_bytes(drawn, "line.py")
    assert data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", data)) == 1
    box = re.search(rb"/MediaBox \[([\d. ]+)\]", data)
    assert box is not None
    _, _, width, height = (float(part) for part in box.group(1).split())
    assert abs(width - drawn.width * 0.75) < 1
    assert abs(height - drawn.height * 0.75) < 1
    fonts = set(re.findall(rb"/FontName /\w+\+([\w-]+)", data))
    assert fonts == {b"Inter-Regular", b"Inter-SemiBold", b"JetBrainsMono-Regular"}
