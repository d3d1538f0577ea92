"""What a step of training changes in the picture: the pure part stands in ``graph``, where every writer finds it."""

from gradscope.graph.heat import HeatMode
from gradscope.graph.marks import Marks, Words, build_marks

__all__ = ["HeatMode", "Marks", "Words", "build_marks"]
