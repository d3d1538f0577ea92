"""The features of the window, in the order of their making. A new one is a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .controllers.breakpoints import BreakpointsFeature
from .controllers.capturing import CapturingFeature
from .controllers.changes import ChangesFeature
from .controllers.checks import CheckFeature
from .controllers.curves import CurvesFeature
from .controllers.first_keys import FirstKeysFeature
from .controllers.frames import FramesFeature
from .controllers.goals import GoalsFeature
from .controllers.kept_tensors import KeptTensorsFeature
from .controllers.learned import LearnedFeature
from .controllers.lesson import LessonFeature
from .controllers.moments import MomentFeature
from .controllers.onnx import OnnxFeature
from .controllers.panels import PanelsFeature
from .controllers.past import PastFeature
from .controllers.problems import ProblemsFeature
from .controllers.studio import StudioFeature
from .controllers.tensor_windows import TensorWindowsFeature
from .controllers.training import TrainingFeature
from .controllers.updates import UpdateFeature
from .controllers.waiting import WaitingFeature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gradscope.graph.state import RunState
    from gradscope.session.launch import LaunchSpec

    from .controllers.feature import Desk, Feature
    from .theme import Theme

FEATURES: tuple[type[Feature], ...] = (
    TrainingFeature,
    LearnedFeature,
    CurvesFeature,
    StudioFeature,
    LessonFeature,
    MomentFeature,
    ProblemsFeature,
    BreakpointsFeature,
    GoalsFeature,
    CapturingFeature,
    WaitingFeature,
    ChangesFeature,
    UpdateFeature,
    CheckFeature,
    FramesFeature,
    TensorWindowsFeature,
    OnnxFeature,
    FirstKeysFeature,
    PanelsFeature,
    PastFeature,
    KeptTensorsFeature,
)


class Features:
    """All features, told together."""

    def __init__(self, desk: Desk) -> None:
        self._all = {kind.name: kind(desk) for kind in FEATURES}
        for name, feature in self._all.items():
            panel = feature.panel
            if panel is not None:
                desk.window.put_panel(name, panel)
        self.set_theme(desk.window.theme)

    def __iter__(self) -> Iterator[Feature]:
        return iter(self._all.values())

    def __getitem__(self, name: str) -> Feature:
        return self._all[name]

    @property
    def handlers(self) -> dict[str, object]:
        """By the names that the action table uses."""
        return dict(self._all)

    def facts(self) -> dict[str, Any]:
        """What all of them know."""
        return {name: value for feature in self for name, value in feature.facts().items()}

    def set_theme(self, theme: Theme) -> None:
        """Colours of the theme."""
        for feature in self:
            feature.set_theme(theme)

    def launched(self, spec: LaunchSpec) -> None:
        """A command is about to be started."""
        for feature in self:
            feature.launched(spec)

    def set_live(self, state: RunState) -> None:
        """The newest state of the live run."""
        for feature in self:
            feature.set_live(state)

    def set_state(self, state: RunState) -> None:
        """The state that is shown."""
        for feature in self:
            feature.set_state(state)

    def answered(self, message: object) -> None:
        """To those who want it."""
        for feature in self:
            if type(message).__name__ in feature.answers:
                feature.answered(message)

    def clear(self) -> None:
        """No run any more."""
        for feature in self:
            feature.clear()
