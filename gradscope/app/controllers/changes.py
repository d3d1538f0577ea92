"""What a person changes in a held training: the panel's wishes as orders, and their answers where they are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradscope.app.panels.changes import ChangesPanel

from .feature import Desk, Feature

if TYPE_CHECKING:
    from gradscope.app.theme import Theme
    from gradscope.graph.state import RunState

NOT_NUMBERS = "“{}” is not a number"


class ChangesFeature(Feature):
    """Offers what the selected node allows. Knows what of this pause can be taken back."""

    name = "changes"
    answers = ("Changed",)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._panel = ChangesPanel(desk.window)
        self._live: RunState | None = None
        self._pause: object = None
        self._before: frozenset[int] = frozenset()  # changes that were there when this pause began
        self._told: tuple[object, ...] = ()
        self._panel.changeRequested.connect(self._change)
        self._panel.optionRequested.connect(self.set_option)
        self._panel.undoRequested.connect(self.undo)
        desk.selection.selected.connect(lambda _node: self._offer())
        desk.window.training.rateRequested.connect(lambda text: self.set_option(0, -1, "lr", text))

    @property
    def panel(self) -> ChangesPanel:
        return self._panel

    def facts(self) -> dict[str, Any]:
        return {"can_undo": self._can_undo(), "has_leaf": self._leaf() is not None}

    def set_theme(self, theme: Theme) -> None:
        self._panel.set_theme(theme)

    def set_live(self, state: RunState) -> None:
        self._live = state
        if state.pause is not self._pause:
            self._pause = state.pause
            self._before = frozenset(change.request for change in state.changes)
        told = (state.optimizers, state.changes, state.life, self._can_undo())
        if told != self._told:
            self._told = told
            alive = state.life in ("running", "paused")
            self._panel.set_options(state.optimizers, alive)
            texts = [f"iteration {change.iteration}: {change.text}" for change in state.changes]
            self._panel.set_changes(texts, self._can_undo())
            self.changed.emit()
        self._offer()

    def set_state(self, state: RunState) -> None:
        if self._live is None:  # a recording: what was changed in it
            self._panel.set_options(state.optimizers, False)
            self._panel.set_changes([f"iteration {one.iteration}: {one.text}" for one in state.changes], False)
        else:
            self._offer()

    def answered(self, message: Any) -> None:
        text = message.text[:1].upper() + message.text[1:]
        self._panel.say(text if message.done else f"Not changed: {message.text}.")
        self.desk.window.status.set_message("" if message.done else text)
        if message.done:
            self.desk.selection.look_again()
        elif self._live is not None:
            self._panel.set_options(self._live.optimizers, True)  # put back what was written over it
            self.desk.window.training.put_back_rate()

    def clear(self) -> None:
        self._live = self._pause = None
        self._told = ()
        self._panel.set_options((), False)
        self._panel.set_changes((), False)
        self._panel.set_subject("", (), waits=False)

    # -- what the user does

    def show(self) -> None:
        """Bring the panel, with the selected node in it."""
        self._offer()
        self.desk.window.raise_panel("changes")
        self._panel.number.setFocus()

    def undo(self) -> None:
        """Take the newest change of this pause back."""
        from gradscope.wire.messages import UndoChange

        if self._can_undo():
            self._ask(UndoChange)

    def toggle_frozen(self) -> None:
        """Freeze the selected leaf, or let it take gradient again."""
        leaf = self._leaf()
        if leaf is not None:
            self._change("unfreeze" if leaf else "freeze", "set", "", False)

    def set_option(self, optimizer: int, group: int, option: str, text: str) -> None:
        """Give an optimizer's option another value."""
        self._order(target="option", optimizer=optimizer, group=group, option=option, text=text)

    def _change(self, target: str, way: str, text: str, at_once: bool) -> None:
        node = self.desk.selection.node
        if target in ("freeze", "unfreeze"):
            self._order(target="requires_grad", node=node, number=float(target == "unfreeze"))
            return
        try:
            numbers = tuple(float(part) for part in text.strip().strip("[]()").replace(",", " ").split())
        except ValueError:
            self._panel.say(NOT_NUMBERS.format(text))
            return
        if not numbers and way != "clear":
            self._panel.say(NOT_NUMBERS.format(text))
            return
        more: dict[str, Any] = {"values": numbers} if way == "set" else {"number": numbers[0] if numbers else 0.0}
        self._order(target=target, how=way, node=node, at_once=at_once and target == "value", **more)

    def _order(self, **what: Any) -> None:
        from gradscope.wire.messages import Change

        self._ask(lambda request: Change(request, **what))

    def _ask(self, make: Any) -> None:
        session = self.desk.run.session
        if session is not None and self._live is not None and self._live.life in ("running", "paused"):
            session.ask(make)

    # -- what is offered

    def _offer(self) -> None:
        targets, state = self._targets(), self.desk.recording.shown
        graph = state.graph if state is not None else None
        title = graph.text(self.desk.selection.node, "title") if graph is not None and targets else ""
        waits = state is not None and state.phase in ("forward", "loss", "backward")
        self._panel.set_subject(title, targets, waits=waits)

    def _targets(self) -> list[str]:
        live, shown, node = self._live, self.desk.recording.shown, self.desk.selection.node
        if live is None or shown is None or live.life != "paused" or shown.pause is not live.pause or node < 0:
            return []
        pause = live.pause
        here = pause is not None and pause.point == "node" and pause.node == node
        targets = ["gradient"] if here else []
        frozen = self._leaf()
        if frozen is None:
            return targets
        return [*targets, "unfreeze"] if frozen else [*targets, "accumulated", "value", "freeze"]

    def _leaf(self) -> bool | None:
        """Whether the selected leaf is frozen; None if none is selected."""
        from gradscope.graph.snapshot import Kind

        shown, node = self.desk.recording.shown, self.desk.selection.node
        graph = shown.graph if shown is not None else None
        if graph is None or not 0 <= node < len(graph):
            return None
        frozen = bool(graph.nodes["frozen"][node])
        name = graph.text(node, "name")
        parameters = shown.parameters if shown is not None else ()
        known = next((one for one in parameters if name and name in (one.name, *one.aliases)), None)
        if graph.kind(node) == Kind.LEAF:
            return known is not None and not known.requires_grad
        return True if frozen else None

    def _can_undo(self) -> bool:
        live = self._live
        if live is None or live.life != "paused":
            return False
        return any(change.can_undo and change.request not in self._before for change in live.changes)
