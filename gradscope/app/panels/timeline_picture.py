"""From the timeline's arrays to what is painted: an image of the strips, the curve's points, dots that stand apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPolygonF

from gradscope.app.heat import HeatScale, heat_palette

from .timeline_axis import Axis, reduced

if TYPE_CHECKING:
    from typing import TypeAlias

    from gradscope.app.theme import Theme

    from .timeline_data import TimelineData, TimelineEvent

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

GAP_FROM = 5.0  # cells at least so wide get a gap between them
DOTS_APART = 10.0
MARGIN = 0.08  # of the loss band, above and below the curve


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """All that depends on data, span and size; the cursor does not."""

    strips: QImage  # one pixel row a module, one pixel column a pixel of the width
    scale: HeatScale
    curve: tuple[QPolygonF, ...]
    breaks: tuple[float, ...]  # where the loss is not finite
    low: float
    high: float
    dots: tuple[tuple[float, TimelineEvent], ...]


def build_picture(data: TimelineData, axis: Axis, top: float, height: float, theme: Theme) -> Picture:
    """``top`` and ``height`` are those of the loss band."""
    iterations, losses, norms = data.iterations, data.losses, data.norms
    if data.live_iteration >= 0:
        iterations = np.append(iterations, data.live_iteration)
        losses = np.append(losses, data.live_loss)
        norms = np.column_stack([norms, data.live_norms]) if len(data.rows) else np.zeros((0, len(iterations)))
    start, stop = axis.bins(iterations)
    scale = HeatScale.of(norms.ravel())
    strips = _strips(norms, start, stop, axis, scale, theme)
    low, high = _range(losses[start[0] : stop[-1]] if len(start) else losses)
    points = points_of(iterations, losses, axis, start, stop)
    curve = tuple(_polyline(part, low, high, top, height) for part in points)
    in_view = (iterations >= axis.low - 1) & (iterations <= axis.high)
    broken = iterations[in_view & np.isinf(losses)]
    broken = np.append(broken, [event.iteration for event in data.events if event.kind == "nonfinite"])
    breaks = tuple(np.unique(np.round([axis.x(iteration + 0.5) for iteration in broken])).tolist())
    return Picture(strips, scale, curve, breaks, low, high, _dots(data.events, axis))


def _strips(norms: Array, start: Array, stop: Array, axis: Axis, scale: HeatScale, theme: Theme) -> QImage:
    rows, width = norms.shape[0], len(start)
    if not rows or not width:
        return QImage()
    largest = reduced(norms, start, stop)
    colours = np.array([(c.red(), c.green(), c.blue()) for c in (*heat_palette(), *_others(theme))], np.uint8)
    steps = len(colours) - len(_others(theme))
    with np.errstate(invalid="ignore"):
        bucket = np.minimum(np.nan_to_num(scale.fractions(largest)) * steps, steps - 1).astype(np.intp)
    bucket[np.isnan(largest)] = steps
    bucket[np.isinf(largest)] = steps + 1
    pixels = np.full((rows, width, 4), 255, np.uint8)
    pixels[..., :3] = colours[bucket]
    if axis.cell >= GAP_FROM:
        place = np.floor(axis.iteration(axis.left + np.arange(width)))  # type: ignore[arg-type]  # one place a pixel
        pixels[:, np.flatnonzero(np.diff(place)) + 1, 3] = 0
    data = pixels.tobytes()
    return QImage(data, width, rows, width * 4, QImage.Format.Format_RGBA8888).copy()


def _others(theme: Theme) -> tuple[QColor, QColor]:
    return theme.color("panel"), theme.color("nonfinite")


def _range(losses: Array) -> tuple[float, float]:
    finite = losses[np.isfinite(losses)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)


def points_of(
    iterations: Array, losses: Array, axis: Axis, start: Array, stop: Array
) -> list[list[tuple[float, float]]]:
    """Runs of (x, loss): every iteration, or the smallest and the largest of each pixel where they are many."""
    finite = np.isfinite(losses)
    if axis.cell >= 0.5:
        view = slice(max(0, int(start[0]) - 1), int(stop[-1]) + 1) if len(start) else slice(0)
        x = axis.left + (iterations[view] + 0.5 - axis.low) / (axis.high - axis.low) * axis.width
        pairs = [(x, losses[view])]
    else:
        masked = np.where(finite, losses, np.nan)
        x = np.arange(axis.left + 0.5, axis.left + len(start))
        pairs = [(x, reduced(masked, start, stop, largest=False)), (x, reduced(masked, start, stop))]
    xs = np.stack([x for x, _ in pairs], axis=1).ravel()
    ys = np.stack([y for _, y in pairs], axis=1).ravel()
    if len(pairs) == 2:  # pixels without an iteration are no gap in the curve
        some = np.repeat(stop > start, 2)
        xs, ys = xs[some], ys[some]
    gaps = np.flatnonzero(~np.isfinite(ys))
    parts = zip(np.split(xs, gaps), np.split(ys, gaps), strict=True)
    cleaned = [[(float(a), float(b)) for a, b in zip(px, py, strict=True) if np.isfinite(b)] for px, py in parts]
    return [part for part in cleaned if part]


def _polyline(part: list[tuple[float, float]], low: float, high: float, top: float, height: float) -> QPolygonF:
    span = (high - low) or 1.0
    middle = 0.5 if high == low else 0.0
    inner = height * (1 - 2 * MARGIN)

    def y(loss: float) -> float:
        return top + height * MARGIN + inner * (1 - (loss - low) / span - middle)

    return QPolygonF([QPointF(x, y(loss)) for x, loss in part])


def _dots(events: list[TimelineEvent], axis: Axis) -> tuple[tuple[float, TimelineEvent], ...]:
    """Events in view, those left out that would stand on the dot before."""
    numbers = np.array([event.iteration for event in events])
    shown: list[tuple[float, TimelineEvent]] = []
    row = int(np.searchsorted(numbers, axis.low - 0.5)) if len(numbers) else 0
    while row < len(events) and events[row].iteration < axis.high:
        x = axis.x(events[row].iteration + 0.5)
        shown.append((x, events[row]))
        row = max(row + 1, int(np.searchsorted(numbers, axis.iteration(x + DOTS_APART) - 0.5)))
    return tuple(shown)
