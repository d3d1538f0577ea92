"""What a step of training changes, for the views: made where pictures without a window find it too."""

from gradscope.graph.marks import CAPTIONS, HeatMode, Marks, Words, build_marks

__all__ = ["CAPTIONS", "HeatMode", "Marks", "Words", "build_marks"]
