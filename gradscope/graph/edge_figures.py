"""What flows along the edges on screen: how many elements forward, how large a gradient back, and from which output.

A line on screen may stand for several edges of the graph; it takes the largest of their figures. The gradient of an
edge is that of the tensor it carries, which is the sum over all uses of that tensor: autograd adds them up before
anything can be seen.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .heat import BUCKETS, NONFINITE_BUCKET, UNKNOWN_BUCKET
from .snapshot import parse_shape

if TYPE_CHECKING:
    from .heat import Bytes1, HeatScale
    from .snapshot import GraphSnapshot
    from .statistics import Floats, NodeStatistics
    from .visible import VisibleGraph

THINNEST, WIDEST = 1.0, 6.0  # pixels of an edge that carries one element, and of one that carries as many as any


def size_widths(graph: GraphSnapshot, visible: VisibleGraph) -> Floats:
    """Pixels by line, evenly spaced by the logarithm of the number of elements."""
    elements = _largest(visible, _carried(graph))
    logarithms = np.log10(np.maximum(elements, 1.0))
    most = max(float(np.nanmax(logarithms, initial=0.0)), 1.0)
    widths: Floats = THINNEST + (WIDEST - THINNEST) * np.nan_to_num(logarithms) / most
    return widths


def gradient_buckets(
    graph: GraphSnapshot, visible: VisibleGraph, statistics: NodeStatistics | None, scale: HeatScale
) -> Bytes1:
    """Palette bucket by line, as of cards: unknown where nothing has come yet, non-finite above all."""
    if statistics is None or len(statistics.known) != len(graph):
        return np.full(len(visible.source), UNKNOWN_BUCKET, np.uint8)
    norms = _by_edge(graph, statistics)
    fractions = scale.fractions(_largest(visible, np.where(np.isfinite(norms), norms, np.nan)))
    result = np.full(len(visible.source), UNKNOWN_BUCKET, np.uint8)
    known = ~np.isnan(fractions)
    result[known] = np.minimum(fractions[known] * BUCKETS, BUCKETS - 1).astype(np.uint8)
    result[_largest(visible, np.isinf(norms).astype(np.float64)) > 0] = NONFINITE_BUCKET
    return result


def bucket_widths(buckets: Bytes1) -> Floats:
    """Pixels by line for its colour; thin where there is no gradient."""
    share = np.where(buckets < BUCKETS, buckets / (BUCKETS - 1), np.where(buckets == NONFINITE_BUCKET, 1.0, 0.0))
    widths: Floats = THINNEST + (WIDEST - THINNEST) * share
    return widths


def _largest(visible: VisibleGraph, by_edge: Floats) -> Floats:
    """By line the largest figure of its edges; NaN where none has one."""
    if not len(visible.source):
        return np.zeros(0)
    figures = by_edge[visible.edge_rows]
    found: Floats = np.fmax.reduceat(figures, visible.edge_start[:-1])
    return found


@lru_cache(maxsize=4)  # a graph never changes
def _carried(graph: GraphSnapshot) -> Floats:
    """By edge how many elements the tensor has that flows along it; NaN where its shape is not known."""
    sizes = np.array([*(_elements(text) for text in graph.strings), math.nan])
    width = int(graph.outputs["output"].max(initial=0)) + 1
    table = np.full(len(graph) * width, np.nan)
    table[graph.outputs["node"].astype(np.int64) * width + graph.outputs["output"]] = sizes[graph.outputs["shape"]]
    output = graph.edges["source_output"].clip(0, width - 1)
    found: Floats = table[graph.edges["source"].astype(np.int64) * width + output]
    return found


def _elements(text: str) -> float:
    parts = text.split(",")
    return float(math.prod(parse_shape(text))) if all(part.isdigit() for part in parts) or not text else math.nan


def _by_edge(graph: GraphSnapshot, statistics: NodeStatistics) -> Floats:
    """By edge the norm of the gradient of what it carries, Inf where that is not finite, NaN where nothing came."""
    columns = statistics.columns
    usable = statistics.known & (columns["defined"] != 0)
    bad = statistics.known & ((columns["nan"] > 0) | (columns["inf"] > 0) | ~np.isfinite(columns["norm"]))
    node_norms = np.where(bad, np.inf, np.where(usable & (columns["norm"] >= 0), columns["norm"], np.nan))
    source, output = graph.edges["source"], graph.edges["source_output"]
    norms: Floats = np.where((graph.edges["tracked"] == 1) & (output <= 0), node_norms[source], np.nan)
    for row in np.flatnonzero(output > 0).tolist() if statistics.further else ():
        found = statistics.further.get((int(source[row]), int(output[row])))
        if found is not None and found.get("defined", 1.0) != 0:
            bad_here = found.get("nan", 0) > 0 or found.get("inf", 0) > 0 or not math.isfinite(found["norm"])
            norms[row] = math.inf if bad_here else found["norm"] if found["norm"] >= 0 else math.nan
    return norms
