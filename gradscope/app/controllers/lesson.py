"""Takes a learner through a lesson: runs the training to where a step is read, points at things, checks answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QMenu

from gradscope.app import launching
from gradscope.app.panels.lesson import LessonPanel
from gradscope.lessons.lesson import Lesson, Step, lessons
from gradscope.lessons.live import NotYetError, evaluate, find, is_right

from .feature import Desk, Feature

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradscope.app.theme import Theme
    from gradscope.graph.state import RunState
    from gradscope.session.launch import LaunchSpec

ENDED = "The script has ended. Restart it (Ctrl+Shift+F5) to take this step."
_DONE = "✓ "
_SHARE = 90  # percent of the inspector's height that a lesson takes beside it


class LessonFeature(Feature):
    """One tour at a time, beside the run of its script."""

    name = "lesson"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._panel = LessonPanel(desk.window)
        self._late = QTimer(self._panel, singleShot=True, interval=60)
        self._late.timeout.connect(self._make_room)
        self._lesson: Lesson | None = None
        self._place = 0
        self._state: RunState | None = None
        self._hello: object = None  # the greeting of the process, and of the one before
        self._before: object = None
        self._left: object = None  # the pause that an order of ours left
        self._then: Callable[[], None] | None = None  # what to do at the next one
        self._judged: set[int] = set()  # steps whose question has been answered: the run stands where it asks
        self._furthest = 0  # the last step that has been come to: up to there the run has gone already
        self._panel.nextRequested.connect(self.forward)
        self._panel.backRequested.connect(self.backward)
        self._panel.answered.connect(self._answered)
        self._menu = QMenu("Lessons", desk.window)
        self._menu.setToolTipsVisible(True)
        desk.window.actions_.menu("File").insertMenu(desk.window.actions_["file.demo"], self._menu)
        desk.window.welcome.lessonRequested.connect(self.open)
        self._fill_lists()

    @property
    def panel(self) -> LessonPanel:
        return self._panel

    @property
    def topic(self) -> str:
        """Of the lesson that is taken, "" without one."""
        return self._lesson.topic if self._lesson is not None else ""

    @property
    def step(self) -> Step | None:
        """The step that is read."""
        return self._lesson.steps[self._place] if self._lesson is not None else None

    def set_theme(self, theme: Theme) -> None:
        self._panel.set_theme(theme)

    def launched(self, spec: LaunchSpec) -> None:
        lesson = lessons().get(launching.lesson_of(spec))
        self._before = self._hello
        self._state = self._left = self._then = None
        self._lesson, self._place, self._furthest, self._judged = lesson, 0, 0, set()
        self._panel.set_lesson(lesson)
        docks = self.desk.window.docks
        docks["lesson"].setVisible(lesson is not None)
        if lesson is not None:
            both = [docks["lesson"], docks["inspector"]]
            room = max(sum(dock.height() for dock in both), self.desk.window.height() // 2)
            self.desk.window.resizeDocks(both, [room * _SHARE // 100, room], Qt.Orientation.Vertical)
            self._show()
            self._wait(lambda: self._go(lesson.steps[0].go, self._show))

    def set_live(self, state: RunState) -> None:
        if state.hello is not None and state.hello is self._before:
            return  # last words of the process that a restart ends
        self._state, self._hello = state, state.hello
        if self._then is None:
            return
        if state.life == "paused" and state.pause is not self._left:
            then, self._then = self._then, None
            self._panel.set_waiting(False)
            then()
        elif state.life in ("ended", "lost"):
            self._then = None
            self._panel.set_waiting(False)
            self._panel.say(ENDED)

    def clear(self) -> None:
        self._state = self._left = self._then = self._lesson = None
        self._panel.set_lesson(None)

    def open(self, topic: str) -> None:
        """Start a lesson."""
        lesson = lessons().get(topic)
        if lesson is not None:
            self.startRequested.emit(launching.for_script(lesson.script))

    def forward(self) -> None:
        """The next step; after the last, the next lesson."""
        lesson = self._lesson
        if lesson is None or self._then is not None:
            return
        if self._place + 1 < len(lesson.steps):
            following = self._place + 1
            go = lesson.steps[following].go if following > self._furthest else ""
            self._go(go, lambda: self._turn_to(following))
            return
        self._remember(lesson)
        after = self._following()
        if after is not None:
            self.open(after.topic)
        else:
            self._panel.say("That was the last lesson. The graphs of your own scripts are next: File, Open.")

    def backward(self) -> None:
        """The step before, as it was told; the training stays where it is."""
        if self._lesson is not None and self._place > 0 and self._then is None:
            self._place -= 1
            self._show()

    def _turn_to(self, place: int) -> None:
        self._place = place
        self._furthest = max(self._furthest, place)
        self._show()

    def _go(self, point: str, then: Callable[[], None]) -> None:
        """Let the training run to a point, and do something there."""
        state = self._state
        pause = state.pause if state is not None else None
        if not point or (pause is not None and pause.point == point):
            then()
        elif state is None or pause is None:
            ended = state is not None and state.life == "ended"
            self._panel.say(ENDED if ended else "Training is not paused: press F6 and try again.")
        elif point.startswith("node "):
            self._go_to_node(point.removeprefix("node "), then)
        else:
            run = self.desk.run
            orders = {"into": run.step_into, "iteration": run.step_iteration, "finish": run.resume}
            self._wait(then)
            kind, _, count = point.partition(" ")
            if kind == "iterations":
                run.run_iterations(int(count))
            else:
                orders.get(point, lambda: run.run_to_phase(point))()

    def _go_to_node(self, title: str, then: Callable[[], None]) -> None:
        state = self._state
        if state is None or state.pause is None:
            return
        graph = state.graph
        node = find(graph, title) if graph is not None and not graph.partial else -1
        if graph is not None and node >= 0:
            if state.pause.node == node:
                then()
                return
            self._wait(then)
            self.desk.run.run_to(node, graph.fingerprint)
        elif state.pause.point == "backward":
            self._panel.say(f"This run's graph has no `{title}`. Restart it to take this step.")
        else:  # the whole graph stands at the latest when backward is called
            self._go("backward", lambda: self._go_to_node(title, then))

    def _wait(self, then: Callable[[], None]) -> None:
        self._left = self._state.pause if self._state is not None else None
        self._then = then
        self._panel.set_waiting(True)

    def _show(self) -> None:
        lesson, step = self._lesson, self.step
        if lesson is None or step is None:
            return
        following = self._following()
        self._panel.set_step(step, self._place, len(lesson.steps), following.title if following is not None else "")
        self._make_room_soon()
        desk = self.desk
        if step.panel in desk.window.docks:
            desk.window.raise_panel(step.panel)
        if step.line:
            desk.source.go_to_source(str(lesson.script), step.line)
        graph = self._state.graph if self._state is not None else None
        node = find(graph, step.node) if step.node and graph is not None else -1
        if node >= 0:
            desk.selection.go_to(node)

    def _make_room_soon(self) -> None:
        """When the new text is laid out; once more, since a panel whose width another one changes is laid out late."""
        QTimer.singleShot(0, self._panel, self._make_room)
        self._late.start()

    def _make_room(self) -> None:
        """A step that is longer than its panel takes room from the inspector, which keeps a fifth."""
        docks = self.desk.window.docks
        lesson, inspector = docks["lesson"], docks["inspector"]
        missing = self._panel.wanted_height() - self._panel.height()
        if missing <= 0 or not (lesson.isVisible() and inspector.isVisible()) or lesson.isFloating():
            return
        both = lesson.height() + inspector.height()
        height = min(lesson.height() + missing, both * 4 // 5)
        if height > lesson.height():
            self.desk.window.resizeDocks([lesson, inspector], [height, both - height], Qt.Orientation.Vertical)

    def _answered(self, given: float) -> None:
        step = self.step
        if step is not None and step.question is not None and self._then is None:
            question = step.question
            go = "" if self._place in self._judged else question.go
            self._go(go, lambda: self._judge(float(given)))

    def _judge(self, given: float) -> None:
        step = self.step
        if step is None or step.question is None or self._state is None:
            return
        question = step.question
        try:
            correct = evaluate(question.answer, self._state)
        except NotYetError as error:
            self._panel.say(f"The run does not hold the answer now: {error}. Press F10 until it does, or restart.")
            return
        right = int(given) == int(correct) if question.kind == "choice" else is_right(given, correct)
        self._judged.add(self._place)
        shown = question.choices[int(correct)] if question.kind == "choice" else f"{correct:.6g}"
        self._panel.set_verdict(right, f"It is `{shown}`. {question.why}")
        self._make_room_soon()

    def _following(self) -> Lesson | None:
        found = list(lessons().values())
        place = next((i for i, lesson in enumerate(found) if lesson is self._lesson), -1)
        return found[place + 1] if 0 <= place < len(found) - 1 else None

    def _remember(self, lesson: Lesson) -> None:
        self.desk.settings.add_lesson_done(lesson.topic)
        self._fill_lists()

    def _fill_lists(self) -> None:
        done = self.desk.settings.lessons_done
        self._menu.clear()
        for topic, lesson in lessons().items():
            action = self._menu.addAction(f"{_DONE if topic in done else ''}{lesson.title}")
            action.setToolTip(lesson.summary)
            action.triggered.connect(lambda _=False, chosen=topic: self.open(chosen))
        self.desk.window.welcome.set_lessons(
            [(topic, lesson.title, lesson.summary, topic in done) for topic, lesson in lessons().items()]
        )
