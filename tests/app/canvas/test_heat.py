"""Heat: whole decades at the ends, brightness that rises, and a bucket of its own for what is not finite."""

from __future__ import annotations

import numpy as np
import pytest

from gradscope.app.canvas.heat import (
    BUCKETS,
    NONFINITE_BUCKET,
    UNKNOWN_BUCKET,
    HeatScale,
    buckets,
    heat_palette,
)


def test_the_scale_ends_at_whole_decades_around_the_values() -> None:
    scale = HeatScale.of(np.array([3e-9, 0.02, np.nan, 0.0, np.inf]))
    assert (scale.low, scale.high, scale.known) == (-9, -1, True)


def test_a_scale_spans_six_decades_at_least_and_twelve_at_most() -> None:
    assert HeatScale.of(np.array([0.5])).low == -6
    assert HeatScale.of(np.array([1e-30, 1.0])).low == -12
    assert not HeatScale.of(np.array([np.nan])).known


def test_fractions_are_logarithmic() -> None:
    scale = HeatScale(-6, 0, True)
    assert scale.fractions(np.array([1e-6, 1e-3, 1.0, 0.0])) == pytest.approx([0.0, 0.5, 1.0, 0.0])


def test_unknown_and_nonfinite_have_buckets_of_their_own() -> None:
    found = buckets(np.array([0.0, 1.0, np.nan, 0.5]), np.array([False, False, False, True]))
    assert found.tolist() == [0, BUCKETS - 1, UNKNOWN_BUCKET, NONFINITE_BUCKET]


def test_lightness_rises_along_the_map() -> None:
    lightness = [0.2126 * c.redF() + 0.7152 * c.greenF() + 0.0722 * c.blueF() for c in heat_palette()]
    assert lightness == sorted(lightness)
