"""Places, looks and texts, for the views: made where pictures without a window find them too."""

from gradscope.layout.looks import Look
from gradscope.layout.scene import Bytes1, Floats2, Long1, Scene, Target, build_scene

__all__ = ["Bytes1", "Floats2", "Long1", "Look", "Scene", "Target", "build_scene"]
