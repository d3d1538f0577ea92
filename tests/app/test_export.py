"""Export and Copy picture in the real window: what is asked, what is written, what is said."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from gradscope.app.export_dialog import ExportChoice, ExportDialog
from gradscope.palette import PALETTES
from tests.samples import spiral_messages

from .opened import Opened, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def one(qtbot: QtBot) -> Iterator[Opened]:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages())
        yield window


def dialog() -> ExportDialog:
    return next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ExportDialog))


def choose(box, data: object) -> None:
    box.setCurrentIndex(box.findData(data))


def written(one: Opened, choice: ExportChoice, path: Path, qtbot: QtBot) -> bytes:
    one.bench.export.write(choice, path)
    qtbot.waitUntil(lambda: f"wrote {path}" in one.window.status.text())
    return path.read_bytes()


def test_without_a_graph_there_is_nothing_to_export(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        actions = window.window.actions_
        assert not actions["file.export"].isEnabled()
        assert not actions["edit.copy_picture"].isEnabled()


def test_export_asks_and_writes_the_file_and_says_so(
    one: Opened, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def answer(_parent: object, _title: str, name: str, filters: str) -> tuple[str, str]:
        asked.append((name, filters))
        return str(tmp_path / "made"), filters

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    one.window.actions_["file.export"].trigger()
    shown = dialog()
    choose(shown.format, "svg")
    choose(shown.colours, "dark")
    shown._accepted()
    path = tmp_path / "made.svg"
    qtbot.waitUntil(lambda: f"wrote {path}" in one.window.status.text())
    assert asked == [("graph.svg", "SVG (*.svg)")]
    text = path.read_text("utf-8")
    assert PALETTES["dark"].canvas in text
    assert ">spiral_mlp.py</text>" in text
    assert text.count('class="item') == len(one.bench.graph.scene)
    one.window.actions_["file.export"].trigger()
    assert dialog().choice == ExportChoice("svg", "whole", "dark", 2), "the last choice is offered again"
    dialog().reject()


def test_only_what_has_a_meaning_can_be_chosen(one: Opened) -> None:
    one.window.actions_["file.export"].trigger()
    shown = dialog()
    for name, picture, scale in (
        ("svg", True, False),
        ("png", True, True),
        ("pdf", True, False),
        ("dot", False, False),
    ):
        choose(shown.format, name)
        found = (shown.extent.isEnabled(), shown.colours.isEnabled(), shown.scale.isEnabled())
        assert found == (picture, picture, scale), name
    assert "Graphviz" in shown.note.text()
    shown.reject()


def test_every_format_is_written(one: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    import networkx

    png = QImage.fromData(written(one, ExportChoice("png", scale=4), tmp_path / "g.png", qtbot), "PNG")
    svg = ElementTree.fromstring(written(one, ExportChoice("svg"), tmp_path / "g.svg", qtbot))
    assert png.width() == round(4 * float(svg.get("width", "0")))
    assert written(one, ExportChoice("pdf"), tmp_path / "g.pdf", qtbot).startswith(b"%PDF")
    assert written(one, ExportChoice("dot"), tmp_path / "g.dot", qtbot).startswith(b"digraph")
    read = networkx.read_graphml(io.BytesIO(written(one, ExportChoice("graphml"), tmp_path / "g.graphml", qtbot)))
    assert len(read) == 13


def test_the_view_is_what_the_canvas_shows(one: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    canvas, scene = one.bench.pane.canvas, one.bench.graph.scene
    assert scene is not None
    x, y, width, height = scene.rects[scene.item_of(("node", 10))].tolist()
    canvas.set_view(x + width / 2, y + height / 2, 2.0)
    svg = ElementTree.fromstring(written(one, ExportChoice("svg", "view"), tmp_path / "v.svg", qtbot))
    assert float(svg.get("width", "0")) == canvas.width()
    names = {group.get("data-name") for group in svg.iter() if group.get("data-name")}
    assert "loss" in names
    assert "net.0.weight" not in names


def test_copy_picture_puts_pixels_and_svg_on_the_clipboard(one: Opened, qtbot: QtBot) -> None:
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("before")
    one.window.actions_["edit.copy_picture"].trigger()
    qtbot.waitUntil(lambda: "picture copied" in one.window.status.text())
    data = clipboard.mimeData()
    assert data.imageData().width() == 2 * one.bench.pane.canvas.width()
    assert b"<svg" in data.data("image/svg+xml").data()
    clipboard.clear()


def test_a_file_that_cannot_be_written_is_an_error_that_is_told(one: Opened, qtbot: QtBot, tmp_path: Path) -> None:
    one.bench.export.write(ExportChoice("svg"), tmp_path / "no" / "g.svg")
    qtbot.waitUntil(lambda: bool(boxes()))
    (box,) = boxes()
    assert "No such file or directory" in box.informativeText()
    box.close()


def boxes() -> list[QMessageBox]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()]
