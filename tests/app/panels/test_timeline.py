"""The timeline: what it draws of a run, also of a long one, and how it is asked to go somewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from gradscope.app.panels.timeline import TimelinePanel
from gradscope.app.panels.timeline_data import grouped
from gradscope.app.theme import DARK, LIGHT
from gradscope.graph.state import RunState, reduce
from gradscope.wire import messages as m
from gradscope.wire.table import Table
from tests.samples import ended_iteration, spiral_messages, spiral_state, statistics_table


@pytest.fixture
def panel(qtbot) -> TimelinePanel:
    made = TimelinePanel()
    qtbot.addWidget(made)
    made.resize(1120, 210)
    made.show()
    made.set_state(spiral_state())
    return made


def run_of(iterations: list[m.IterationEnded]) -> RunState:
    """Another run than that of ``spiral_state``, of just these iterations."""
    state = RunState()
    for message in [*spiral_messages(0)[:4], *iterations]:
        state = reduce(state, message)
    return replace(state, hello=replace(state.hello, pid=1))


def picture(panel: TimelinePanel) -> QImage:
    return panel.grab().toImage()


def cell(panel: TimelinePanel, image: QImage, row: int, iteration: int) -> QColor:
    """The colour in the middle of a cell."""
    strips = panel._bands()[1]
    ratio = image.devicePixelRatio()
    y = strips.top() + (row + 0.5) * panel._row_height()
    return image.pixelColor(int(panel.axis().x(iteration + 0.25) * ratio), int(y * ratio))


def wheel(panel: TimelinePanel, x: float, notches: int, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    place = QPointF(x, 40)
    event = QWheelEvent(
        place, panel.mapToGlobal(place), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(panel, event)


def test_strips_hold_the_norm_of_each_module(panel):
    assert panel.data.rows == ("net.2", "net.0")
    assert panel.data.norms[1, 0] == pytest.approx(np.hypot(0.5, 0.2))
    assert panel.data.norms[0, 5] == pytest.approx(np.hypot(0.8, 0.1))


def test_a_cell_is_brighter_for_a_larger_gradient(panel):
    image = picture(panel)
    assert cell(panel, image, 0, 3).lightness() > cell(panel, image, 1, 11).lightness()
    assert cell(panel, image, 0, 20) == QColor(LIGHT.panel)


def test_iteration_under_way_shows_what_backward_has_reached(panel):
    assert panel.data.live_iteration == 12
    assert panel.data.live_norms[0] == pytest.approx(np.hypot(0.0034, 0.05))
    assert np.isnan(panel.data.live_norms[1])
    assert panel.words_of(12).split("\n") == ["iteration 12", "loss 0.6871", "net.2  0.0501"]
    panel.set_state(reduce(spiral_state(), m.GradientsMeasured(12, 0, statistics_table({0: -1.0}))))
    assert np.isnan(panel.data.live_norms[1]), "it came there, but nobody measured it"
    image = picture(panel)
    assert cell(panel, image, 0, 12) != QColor(LIGHT.panel)
    assert cell(panel, image, 1, 12) == QColor(LIGHT.panel)


def test_not_finite_gradients_never_blend_in(panel):
    worst = ended_iteration(1)
    columns = {"parameter": [0, 1, 2, 3], "grad_norm": [0.1, float("nan"), 0.2, 0.3]}
    columns |= {"value_norm": [1.0] * 4, "update_norm": [0.0] * 4}
    table = type(worst.parameters).from_columns("f8", columns)
    state = run_of([ended_iteration(0), replace(worst, parameters=table, loss=float("nan"))])
    panel.set_state(state)
    image = picture(panel)
    assert cell(panel, image, 1, 1) == QColor(LIGHT.nonfinite)
    assert cell(panel, image, 0, 1) != QColor(LIGHT.nonfinite)
    assert "loss nan" in panel.words_of(1)


def test_parameters_without_a_gradient_leave_their_cell_empty(panel):
    columns = {"parameter": [0, 1, 2, 3], "grad_norm": [-1.0, -1.0, 0.2, 0.3]}
    columns |= {"value_norm": [1.0] * 4, "update_norm": [0.0] * 4}
    message = ended_iteration(0)
    panel.set_state(run_of([replace(message, parameters=type(message.parameters).from_columns("f8", columns))]))
    assert np.isnan(panel.data.norms[1, 0])
    assert cell(panel, picture(panel), 1, 0) == QColor(LIGHT.panel)
    assert "net.0" not in panel.words_of(0)


def test_events_name_what_changed(panel):
    changed = replace(ended_iteration(2), learning_rate=0.05, fingerprint="other")
    skipped = replace(ended_iteration(3), learning_rate=0.05, skipped=True)
    panel.set_state(run_of([ended_iteration(0), ended_iteration(1), changed, skipped]))
    assert [(event.iteration, event.text) for event in panel.data.events] == [
        (2, "lr 0.1 \u2192 0.05"),
        (2, "new graph"),
        (3, "update skipped"),
    ]
    image, ratio = picture(panel), picture(panel).devicePixelRatio()
    y = panel._bands()[2].center().y()
    dots = [image.pixelColor(int(panel.axis().x(i + 0.5) * ratio), int(y * ratio)) for i in (2, 3)]
    assert dots == [QColor(LIGHT.accent), QColor(LIGHT.halo_text)]


def test_what_the_user_changed_stays_at_its_iteration_also_when_parameters_become_known(panel):
    changed = reduce(spiral_state(), m.Changed(1, 3, True, "lr: 0.1 to 0.05"))
    panel.set_state(changed)
    assert [(event.iteration, event.text) for event in panel.data.events] == [(3, "by you: lr: 0.1 to 0.05")]
    renamed = tuple(replace(one, name=one.name.replace("net.", "body.")) for one in changed.parameters)
    panel.set_state(replace(changed, parameters=renamed))
    assert panel.data.rows == ("body.2", "body.0")
    assert [event.iteration for event in panel.data.events] == [3]


def test_a_lower_loss_is_drawn_lower_and_a_gap_stays_a_gap(panel):
    losses = {0: 4.0, 1: 3.0, 2: None, 3: 2.0, 4: float("inf"), 5: 1.0, 6: float("nan")}
    panel.set_state(run_of([replace(ended_iteration(i), loss=loss) for i, loss in losses.items()]))
    picture(panel)
    lines = [[(panel.axis().iteration(p.x()), p.y()) for p in line.toList()] for line in panel.picture.curve]
    assert [[round(x - 0.5) for x, _ in line] for line in lines] == [[0, 1], [3], [5]]
    heights = [y for line in lines for _, y in line]
    assert heights == sorted(heights)
    assert panel.picture.breaks == pytest.approx([panel.axis().x(4.5), panel.axis().x(6.5)], abs=1)


def test_iterations_far_apart_are_one_curve(panel):
    panel.set_state(run_of([ended_iteration(300 * i) for i in range(300)]))
    picture(panel)
    assert len(panel.picture.curve) == 1


def test_dots_that_would_hide_each_other_are_left_out(panel):
    rates = [replace(ended_iteration(i), learning_rate=0.1 * 0.99**i) for i in range(2000)]
    panel.set_state(run_of(rates))
    picture(panel)
    places = [x for x, _ in panel.picture.dots]
    assert 20 < len(places) < 200
    assert min(np.diff(places)) >= 9


def test_ticks_are_round_and_apart(panel):
    panel.set_state(run_of([ended_iteration(i) for i in range(700)]))
    ticks = panel.axis().ticks()
    steps = set(np.diff(ticks))
    assert steps <= {10, 20, 50, 100, 200}
    assert len(steps) == 1
    assert panel.axis().x(ticks[1]) - panel.axis().x(ticks[0]) >= 64


def test_cells_that_are_wide_have_a_gap_between_them(panel):
    image = picture(panel)
    strips = panel._bands()[1]
    ratio = image.devicePixelRatio()
    y = int((strips.top() + 0.5 * panel._row_height()) * ratio)
    edge = round(panel.axis().x(4) * ratio)
    assert QColor(LIGHT.window) in [image.pixelColor(edge + off, y) for off in (-1, 0, 1)]
    assert cell(panel, image, 0, 3) != QColor(LIGHT.window)


def test_click_and_drag_ask_for_the_iteration_under_the_mouse(panel, qtbot):
    asked: list[int] = []
    panel.iterationRequested.connect(asked.append)
    at = [QPoint(int(panel.axis().x(iteration + 0.5)), 60) for iteration in (3, 7)]
    qtbot.mousePress(panel, Qt.MouseButton.LeftButton, pos=at[0])
    qtbot.mouseMove(panel, at[1])
    qtbot.mouseRelease(panel, Qt.MouseButton.LeftButton, pos=at[1])
    assert asked[0] == 3
    moved = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(at[1]), panel.mapToGlobal(QPointF(at[1])), Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(panel, moved)
    assert asked[-1] == 7
    qtbot.mouseClick(panel, Qt.MouseButton.LeftButton, pos=QPoint(panel.width() - 30, 60))
    assert asked[-1] == 12


def test_keys_ask_for_neighbours_and_ends(panel, qtbot):
    asked: list[int] = []
    panel.iterationRequested.connect(asked.append)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End):
        qtbot.keyClick(panel, key)
    assert asked == [11, 12, 0, 12]
    panel.set_state(run_of([ended_iteration(5), ended_iteration(6)]))
    panel.set_cursor(5)
    qtbot.keyClick(panel, Qt.Key.Key_Left)
    assert asked[-1] == 5, "before the first one known there is none"


def test_plus_and_minus_zoom_around_the_cursor_and_0_shows_all(panel, qtbot):
    def span() -> float:
        return panel.axis().high - panel.axis().low

    panel.set_cursor(12)
    place = panel.axis().x(12.5)
    qtbot.keyClick(panel, Qt.Key.Key_Plus)
    near = span()
    assert near < 40
    assert panel.axis().x(12.5) == pytest.approx(place)
    qtbot.keyClick(panel, Qt.Key.Key_Minus)
    assert near < span() <= 40
    qtbot.keyClick(panel, Qt.Key.Key_Plus)
    qtbot.keyClick(panel, Qt.Key.Key_0)
    assert (panel.axis().low, panel.axis().high) == (0.0, 40.0)
    wheel(panel, 20, 20)
    assert panel.axis().low == 0.0, "nothing is before the first iteration"
    assert span() == 8.0
    wheel(panel, panel.axis().x(4), 200, Qt.KeyboardModifier.ShiftModifier)
    assert panel.axis().low == 0.0
    wheel(panel, panel.axis().x(4), -200, Qt.KeyboardModifier.ShiftModifier)
    assert panel.axis().high == 40.0, "nor behind the last"


def test_the_cursor_stands_at_its_iteration_and_follows(panel):
    def drawn(iteration: int) -> bool:
        image = picture(panel)
        ratio = image.devicePixelRatio()
        x = panel.axis().x(iteration + 0.5) * ratio
        y = int((panel._bands()[0].top() + 12) * ratio)
        return any(image.pixelColor(int(x) + off, y) == QColor(LIGHT.accent) for off in (-1, 0, 1))

    assert drawn(12)
    panel.set_cursor(30)
    assert drawn(30)
    assert not drawn(12)


def test_wheel_keeps_what_is_under_the_mouse_and_double_click_shows_all(panel, qtbot):
    x = panel.axis().x(6.0)
    wheel(panel, x, 4)
    assert panel.axis().iteration(x) == pytest.approx(6.0)
    assert panel.axis().high - panel.axis().low < 40
    low = panel.axis().low
    wheel(panel, x, -1, Qt.KeyboardModifier.ShiftModifier)
    assert panel.axis().low > low
    qtbot.mouseDClick(panel, Qt.MouseButton.LeftButton, pos=QPoint(300, 60))
    assert (panel.axis().low, panel.axis().high) == (0.0, 40.0)


def test_a_state_of_the_past_moves_the_cursor_and_keeps_the_rest(panel):
    panel.set_state(spiral_state(5))
    assert panel.cursor_iteration == 5
    assert len(panel.data) == 12


def test_another_run_starts_anew(panel):
    state = spiral_state(2)
    panel.set_state(replace(state, hello=replace(state.hello, pid=2)))
    assert len(panel.data) == 2
    panel.set_state(RunState())
    assert len(panel.data) == 0
    panel.set_state(run_of([ended_iteration(0), ended_iteration(1)]))
    panel.set_state(run_of([ended_iteration(7), ended_iteration(8)]))  # a recording that starts later
    assert panel.data.iterations.tolist() == [7, 8]


def test_appending_is_the_same_as_reading_at_once(panel):
    step_by_step = TimelinePanel(panel)
    state = run_of([])
    for iteration in range(700):
        state = reduce(state, ended_iteration(iteration))
        step_by_step.set_state(state)
    panel.set_state(state)
    assert np.array_equal(step_by_step.data.losses, panel.data.losses)
    assert np.array_equal(step_by_step.data.norms, panel.data.norms)


def test_a_spike_of_one_iteration_among_a_hundred_thousand_is_seen(panel, qtbot):
    state, spike = run_of([]), 61_234
    history = state.history
    template = ended_iteration(0)
    calm, wild = (
        Table.from_columns("f8", {"parameter": [0, 1, 2, 3], "grad_norm": norms})
        for norms in ([0.1, 0.1, 1e-3, 1e-3], [0.1, 0.1, np.inf, 1.0])
    )
    for iteration in range(100_000):
        loss = {spike: 5.0, 30_000: 0.2}.get(iteration, 1.0)
        parameters = wild if iteration == spike else calm
        history = history.appended(replace(template, iteration=iteration, loss=loss, parameters=parameters))
    panel.set_state(replace(state, history=history, iteration=99_999, life="ended"))
    image = picture(panel)
    drawn = panel.picture
    assert drawn.high == 5.0
    assert sum(line.size() for line in drawn.curve) <= 2 * panel.width()
    top = min((point.y(), point.x()) for line in drawn.curve for point in line.toList())
    assert panel.axis().iteration(top[1]) == pytest.approx(spike, abs=200)
    bottom = max((point.y(), point.x()) for line in drawn.curve for point in line.toList())
    assert panel.axis().iteration(bottom[1]) == pytest.approx(30_000, abs=200)
    x = panel.axis().x(spike)
    ratio = image.devicePixelRatio()
    y = int((panel._bands()[1].top() + panel._row_height() / 2) * ratio)
    assert image.pixelColor(int(x * ratio), y) == QColor(LIGHT.nonfinite)


def test_many_modules_become_at_most_twelve_rows(panel):
    names = [f"blocks.{block}.{part}.weight" for block in range(11) for part in ("attention", "mlp")] + ["head.weight"]
    parameters = tuple(m.Parameter(index, name, (2,), "float32", "cpu") for index, name in enumerate(names))
    state = run_of([])
    panel.set_state(replace(state, parameters=parameters, hello=replace(state.hello, pid=7)))
    assert len(panel.data.rows) == 12
    assert panel.data.rows[0] == "head"
    assert panel.data.rows[-1] == "blocks.0"
    for height in (110, 150, 210, 400):
        panel.resize(1120, height)
        bands = panel._bands()
        assert bands[0].height() > 20
        assert bands[-1].bottom() <= height - 20, "nothing reaches into the axis"


def test_modules_beyond_the_last_row_are_counted():
    rows = grouped([f"layer{index}.weight" for index in range(14)])
    assert rows[:11] == [f"layer{index}" for index in range(11)]
    assert set(rows[11:]) == {"3 others"}
    assert grouped(["w", "b"]) == ["w", "b"]


def test_hovering_tells_the_figures(panel, qtbot):
    qtbot.mouseMove(panel, QPoint(int(panel.axis().x(3.5)), 60))
    assert panel.toolTip().split("\n")[0] == "iteration 3"
    assert "net.2  0.806" in panel.toolTip()


def test_empty_says_what_would_fill_it_and_is_drawn_in_dark(qtbot):
    panel = TimelinePanel()
    qtbot.addWidget(panel)
    panel.set_theme(DARK)
    panel.resize(600, 150)
    image = picture(panel)
    assert image.pixelColor(2, 2) == QColor(DARK.window)
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert len(colours) > 5
