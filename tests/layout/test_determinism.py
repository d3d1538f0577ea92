"""One graph, one picture: two processes whose hashes of strings differ draw the same, to the byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DRAW = """
import hashlib
from gradscope.export.svg import PictureStyle, svg_picture
from gradscope.graph.fold import visible_graph
from gradscope.layout.engine import layout
from gradscope.layout.first_sight import first_sight
from gradscope.layout.scene import build_scene
from gradscope.layout.sizes import item_sizes
from tests.layout import graphs

for graph in (graphs.resnet(4), graphs.gpt(6), graphs.maml(2, 2), graphs.lstm(60)):
    first = first_sight(graph, (990.0, 519.0))
    for fold in (first, first.all_open()):
        for direction in ("down", "right"):
            visible = visible_graph(graph, fold)
            ends = (visible.source, visible.target, visible.parent)
            made = layout(item_sizes(graph, visible), *ends, direction, (990.0, 519.0))
            picture = svg_picture(build_scene(graph, visible, made, direction), None, PictureStyle())
            print(len(visible), hashlib.sha256(picture.text.encode()).hexdigest())
"""


def test_two_processes_draw_the_same_picture() -> None:
    drawn = [
        subprocess.Popen(
            [sys.executable, "-c", DRAW],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        )
        for seed in ("1", "2")
    ]
    (first, errors), (second, more) = (process.communicate(timeout=120) for process in drawn)
    assert (errors, more) == ("", "")
    assert len(first.splitlines()) == 16
    assert len(set(first.splitlines())) == 14, "each is another picture; maml has no calls to open"
    assert first == second
