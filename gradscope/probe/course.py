"""Where training stands: iteration, pass and phase, and the pause points between them.

Nothing here touches torch. The hooks report what the script does (a tracked operation is about to run, an outermost
module returned, ``backward()`` was called, an update began or ended); the course turns that into phases, tells them,
pauses where the gate wishes, and ends iterations: when, after an update, the next tracked operation or ``backward()``
begins.
"""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from ..wire import messages as m

if TYPE_CHECKING:
    from collections.abc import Callable

COINCIDES = "the loss was only recognised when backward() was called: this is the first iteration of its kind"
_SWALLOWED_LIMIT = 3


class Course:
    """The state of one training thread's course.

    ``pause(point, text)`` holds the thread if the gate wishes; ``summarise()`` gives the message of an ended iteration;
    ``on_iteration_ending`` are told before that, ``on_new_iteration`` when the next one has begun.
    """

    def __init__(self, tell: Callable[[m.Fact], None], pause: Callable[[m.PausePoint, str], None]) -> None:
        self._tell = tell
        self._pause = pause
        self.summarise: Callable[[], m.IterationEnded | None] = lambda: None
        self.on_iteration_ending: list[Callable[[], None]] = []
        self.on_new_iteration: list[Callable[[], None]] = []
        self.iteration = 0
        self.pass_index = -1
        self.phase: m.Phase = "create"
        self.label = ""
        self.steps = -1
        self.phase_seconds: dict[str, float] = {}
        self._started = self._phase_started = time.perf_counter()
        self._updates = 0
        self._expected_updates = 1
        self._outer_calls: dict[int, int] = {}
        self._expected_outer_calls: dict[int, int] = {}
        self._summarised = False
        self._end_attempts = 0
        self._coincides = False
        self.in_backward_call = False

    # what the script does

    def tracked(self) -> None:
        """A tracked operation or an outermost module call with grad enabled is about to run."""
        if self._updates:
            self._next_iteration()
        if self.phase in ("create", "data", "backward", "update"):
            self._enter("forward")
            self._pause("forward", "")

    def outermost_called(self, has_parameters: bool) -> None:
        """A further model after the first puts the script back into its forward; a criterion does not."""
        if self.phase == "loss" and has_parameters:
            self._enter("forward")

    def outermost_returned(self, requires_grad: bool, has_parameters: bool) -> None:
        """An outermost module call returned."""
        if not has_parameters or not requires_grad or self.phase not in ("forward", "loss"):
            return
        index = self.pass_index + 1
        self._outer_calls[index] = self._outer_calls.get(index, 0) + 1
        if self._outer_calls[index] >= self._expected_outer_calls.get(index, 0):
            self.loss_computed()

    def loss_computed(self) -> None:
        """The model's result, or what was the loss in the last iteration, is there."""
        if self.phase == "forward":
            self._enter("loss")
            self._pause("loss", "")

    def backward_called(self) -> None:
        """``backward()`` or ``autograd.grad`` was called; its graph is not known yet."""
        if self._updates:
            self._next_iteration()
        self.pass_index += 1
        self._coincides = self.phase != "loss"
        self.in_backward_call = True

    def nested_backward_called(self) -> None:
        """The engine is entered again from inside a node (a checkpoint): a pass of its own in the same phase."""
        self.pass_index += 1

    def backward_ready(self) -> None:
        """The graph is known; no node has run."""
        if self._coincides:
            self._enter("loss")
            self._pause("loss", COINCIDES)
        self._enter("backward")
        self._pause("backward", "")
        self.in_backward_call = False

    def update_begins(self, label: str) -> None:
        """An optimizer is about to step, or a leaf to be written by hand."""
        if label and label not in self.label.split(", "):
            self.label = f"{self.label}, {label}" if self.label else label
        if self.phase != "update":
            self._enter("update")
            self._pause("update", "")

    def update_ended(self) -> None:
        """The update is done; gradients are still there unless the script cleared them."""
        self._updates += 1
        self._summarised = False
        if self._updates >= self._expected_updates:
            self._close_phase()
            self.tell_iteration()
            self._pause("end", "")
            self._close_phase()
            self.phase = "data"
            self._tell(m.PhaseEntered(self.iteration + 1, "data", self._now()))

    def unseen_update(self) -> None:
        """Leaves turned out to have changed since the last pass: an update that nobody announced."""
        if not self._updates:
            self._updates = 1

    @property
    def updated(self) -> bool:
        """An update was seen in this iteration."""
        return self._updates > 0

    # ends

    def tell_iteration(self) -> None:
        """Tell what the iteration came to so far, if there is something to tell that was not told."""
        if self._summarised:
            return
        self._summarised = True
        for listener in self.on_iteration_ending:
            listener()
        summary = self.summarise()
        if summary is not None:
            self._tell(summary)

    def end_run_if_due(self) -> None:
        """Raise SystemExit at the first hook after the last wanted iteration; insist if the script swallows it."""
        if self.steps < 0 or self.iteration + (1 if self._updates else 0) < self.steps:
            return
        self.tell_iteration()
        self._end_attempts += 1
        if self._end_attempts > _SWALLOWED_LIMIT:
            os.kill(os.getpid(), signal.SIGTERM)
        raise SystemExit(0)

    def held(self, seconds: float) -> None:
        """The thread was held that long: no phase took this time."""
        self._phase_started += seconds

    def _next_iteration(self) -> None:
        self.end_run_if_due()
        self.tell_iteration()
        self._expected_updates = self._updates
        self._expected_outer_calls = self._outer_calls
        self._outer_calls = {}
        self._updates = 0
        self._summarised = False
        self.iteration += 1
        self.pass_index = -1
        self.label = ""
        self.phase_seconds = {}
        for listener in self.on_new_iteration:
            listener()

    def _now(self) -> float:
        return time.perf_counter() - self._started

    def _close_phase(self) -> None:
        now = time.perf_counter()
        self.phase_seconds[self.phase] = self.phase_seconds.get(self.phase, 0.0) + now - self._phase_started
        self._phase_started = now

    def _enter(self, phase: m.Phase) -> None:
        self._close_phase()
        self.phase = phase
        self._tell(m.PhaseEntered(self.iteration, phase, self._now()))
