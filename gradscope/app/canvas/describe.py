"""An item in words, for the views: made where pictures without a window find it too."""

from gradscope.layout.describe import lines_of, port_tooltip, spoken, spoken_port, tooltip_of

__all__ = ["lines_of", "port_tooltip", "spoken", "spoken_port", "tooltip_of"]
