"""The one logarithmic heat map of gradients, for every view that colours by it."""

from __future__ import annotations

from gradscope.app.canvas.heat import HeatScale, heat_palette

__all__ = ["HeatScale", "heat_palette"]
