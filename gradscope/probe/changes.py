"""What a person changes in a held training: options, leaves, gradients. Carried out by the held thread, undone by it.

What it promises. A change touches what it names and nothing else: no version counter moves, no random number is drawn
from the user's generators, no hook or mode of the user's sees it. What is undone while the pause lasts is bit for bit
what it was. What cannot be done is answered in words and leaves everything as it was.

A parameter that a backward under way still needs is not written before that pass has ended: torch would raise, or,
written behind its back, the gradient would be of neither the old nor the new value. Asked for ``at_once`` it is written
all the same, and the answer says so. An option may be changed while training runs: it waits for the next step.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from ..wire import messages as m
from .edits import edited, said
from .guard import describe, guarded
from .reductions import Reducer
from .rehearsal import Refused
from .tensors import quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from .optimizers import Optimizers
    from .parts import Parts
    from .updates import Updates

MOST_COPIED = 512 << 20
RUNNING = "training is running: pause it to change this"
NO_UNDO = "it is too large to keep a copy: it cannot be taken back"
_ERRORS = (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError)


class _Made(NamedTuple):
    changed: m.Changed
    undo: Callable[[], None] | None
    after: Callable[[], None]


class Changes:
    """Carries orders out. ``shown_again`` is called when values on screen are other than they were."""

    def __init__(self, parts: Parts, updates: Updates, optimizers: Optimizers) -> None:
        self._parts, self._updates, self._optimizers = parts, updates, optimizers
        self._made: list[_Made] = []
        self._copied = 0
        self._wishes: deque[m.Change] = deque()
        self._waiting: list[tuple[m.Change, torch.Tensor, str]] = []
        self.point = ""
        self.shown_again: Callable[[], None] = lambda: None

    # orders

    def change(self, order: m.Change) -> None:
        """At a pause."""
        try:
            made = self._carry_out(order)
        except Refused as refused:
            self._refuse(order, str(refused))
        except _ERRORS as error:
            self._refuse(order, describe(error))
        else:
            self._made.append(made)
            self._parts.tell(made.changed)
            made.after()

    def wish(self, order: m.Change) -> None:
        """In the wire thread, while training runs: options wait for the next update, all else is refused."""
        if order.target != "option":
            self._refuse(order, RUNNING)
            return
        self._wishes.append(order)
        text = f"{order.option} becomes {order.text} before the next update"
        self._parts.tell(m.Changed(order.request, self._parts.course.iteration, True, text, "option", waiting=True))

    def undo(self, order: m.UndoChange) -> None:
        """Take the newest change of this pause back."""
        iteration = self._parts.course.iteration
        if not self._made:
            self._parts.tell(m.Changed(order.request, iteration, False, "nothing was changed during this pause"))
            return
        made = self._made[-1]
        if made.undo is None:
            self._parts.tell(m.Changed(order.request, iteration, False, NO_UNDO))
            return
        self._made.pop()
        made.undo()
        was = made.changed
        self._parts.tell(
            m.Changed(was.request, iteration, True, f"taken back: {was.text}", was.target, was.name, undone=True)
        )
        made.after()

    # moments of training

    def pause_over(self) -> None:
        """What was changed stays; no copies are kept."""
        self._made.clear()
        self._copied = 0
        self.point = ""

    @guarded("changes while training runs")
    def before_step(self) -> None:
        """An optimizer is about to step: options that were asked for while training ran."""
        while self._wishes:
            self.change(self._wishes.popleft())
            self._made.clear()

    @guarded("changes that wait for the end of a pass")
    def pass_ended(self) -> None:
        """Values that the pass still needed are written now."""
        waiting, self._waiting = self._waiting, []
        for order, leaf, name in waiting:
            try:
                self._write(leaf, edited(leaf, order))
            except (Refused, *_ERRORS) as error:
                self._refuse(order, str(error))
                continue
            self._parts.tell(self._told(order, f"{name}: {said(order)}, now that the pass has ended", name))

    # one kind of change each

    def _carry_out(self, order: m.Change) -> _Made:
        if order.target == "option":
            text, undo = self._optimizers.set_option(order.optimizer, order.group, order.option, order.text)
            return self._as_made(order, text, order.option, undo, self._tell_optimizers)
        if order.target == "gradient":
            return self._change_passing(order)
        leaf, name = self._leaf(order)
        if order.target == "requires_grad":
            return self._change_requires_grad(order, leaf, name)
        if order.target == "accumulated":
            return self._change_accumulated(order, leaf, name)
        return self._change_value(order, leaf, name)

    def _change_passing(self, order: m.Change) -> _Made:
        passing = self._parts.passing
        if passing is None or passing.row != order.node:
            raise Refused("only the gradient in front of the node at which training is held can be changed")
        output = order.output
        old = passing.now[output] if 0 <= output < len(passing.now) else None
        if old is None:
            raise Refused("no gradient reaches this output: it is None")
        new = None if order.how == "clear" else edited(old, order)

        def put(gradient: torch.Tensor | None) -> None:
            passing.now[output] = gradient

        put(new)
        text = f"gradient flowing into {passing.name}: {said(order)}"
        return self._as_made(
            order, text, "", lambda: put(old), lambda: self._measure(order.node, output, passing.now[output])
        )

    def _change_requires_grad(self, order: m.Change, leaf: torch.Tensor, name: str) -> _Made:
        old, new = leaf.requires_grad, order.number != 0
        if old == new:
            raise Refused(f"{name} is {'not frozen' if new else 'frozen'} already")

        def put(value: bool) -> None:
            with quiet():
                leaf.requires_grad_(value)
            self._parts.parameters.changed = True

        put(new)
        text = f"{name} {'takes gradient again' if new else 'is frozen'}, from the next forward on"
        if not new and self._parts.passing is not None:
            text += "; a gradient of this pass that has not reached it is dropped"
        return self._as_made(order, text, name, lambda: put(old), self._tell_parameters)

    def _change_accumulated(self, order: m.Change, leaf: torch.Tensor, name: str) -> _Made:
        gradient = leaf.grad
        text = f"{name}.grad: {said(order)}"
        if order.how == "clear":
            if gradient is None:
                raise Refused(f"{name}.grad is None already")
            leaf.grad = None
            return self._as_made(order, text, name, lambda: setattr(leaf, "grad", gradient), self.shown_again)
        if gradient is None:
            if order.how != "set":
                raise Refused(f"{name}.grad is None")
            leaf.grad = edited(leaf.detach(), order)
            return self._as_made(order, text, name, lambda: setattr(leaf, "grad", None), self.shown_again)
        new = edited(gradient, order)
        copy = self._copy(gradient)
        self._overwrite(gradient, new)
        undo = None if copy is None else lambda: self._overwrite(gradient, copy)
        return self._as_made(order, text, name, undo, self.shown_again)

    def _change_value(self, order: m.Change, leaf: torch.Tensor, name: str) -> _Made:
        new = edited(leaf.detach(), order)  # also where it has to wait: what is wrong with it is known now
        needed = self._parts.course.phase in ("forward", "loss", "backward") and self.point != "forward"
        if needed and not order.at_once:
            entry = (order, leaf, name)
            self._waiting.append(entry)
            text = f"{name}: {said(order)}, when this pass has ended: its backward still needs the value of now"
            made = self._as_made(order, text, name, lambda: self._waiting.remove(entry), _nothing)
            return made._replace(changed=self._told(order, text, name, waiting=True, can_undo=True))
        copy = self._copy(leaf)
        self._write(leaf, new)
        undo = None if copy is None else lambda: self._write(leaf, copy)
        text = f"{name}: {said(order)}"
        if needed:
            text += ", in the middle of a pass: its gradient mixes the old value and the new one"
        return self._as_made(order, text, name, undo, self.shown_again)

    # how it is done

    def _leaf(self, order: m.Change) -> tuple[torch.Tensor, str]:
        parameters, shown = self._parts.parameters, self._parts.shown
        found: torch.Tensor | None = None
        if order.node < 0:
            index = parameters.index_named(order.name)
            found = parameters.tensor(index) if index >= 0 else None
        elif order.node in shown.leaves:
            found = shown.leaves[order.node]()
        elif order.node < len(shown.numbers):
            raise Refused("it is not a leaf: an operation made it, and the next forward makes it anew")
        else:
            position = order.node - len(shown.numbers)
            records = self._parts.records.inputs
            row = shown.inputs[position] if position < len(shown.inputs) else -1
            found = records[row].reference() if 0 <= row < len(records) else None
        if found is None:
            raise Refused("the tensor is no longer alive")
        if not found.is_leaf:
            raise Refused("it is not a leaf: an operation made it, and the next forward makes it anew")
        index = parameters.index_of(found)
        return found, parameters.name(index) if index >= 0 else order.name or f"node {order.node}"

    def _write(self, leaf: torch.Tensor, values: torch.Tensor) -> None:
        self._overwrite(leaf, values)
        self._updates.written_by_hand(leaf)

    def _overwrite(self, tensor: torch.Tensor, values: torch.Tensor) -> None:
        """In place, past the version counter: whoever saved the tensor has been thought of."""
        with quiet():
            tensor.data.copy_(values)

    def _copy(self, tensor: torch.Tensor) -> torch.Tensor | None:
        size = tensor.numel() * tensor.element_size()
        if self._copied + size > MOST_COPIED:
            return None
        self._copied += size
        with quiet():
            return tensor.detach().clone()

    def _measure(self, node: int, output: int, gradient: torch.Tensor | None) -> None:
        """The figures of a replaced gradient take the place of the old ones, and so does the kept copy."""
        parts = self._parts
        key = ("gradient", parts.shown.pass_index, node, output)
        parts.kept.drop(key)
        if gradient is not None and parts.detail:
            parts.kept.keep(key, gradient)
        reducer = Reducer(full=True)
        reducer.add(node, output, gradient)
        table = reducer.finish()
        parts.tell(m.GradientsMeasured(parts.course.iteration, parts.shown.pass_index, table))

    def _tell_optimizers(self) -> None:
        news = self._optimizers.news()
        if news is not None:
            self._parts.tell(news)

    def _tell_parameters(self) -> None:
        self._parts.tell(self._parts.parameters.known())
        self.shown_again()

    def _as_made(
        self, order: m.Change, text: str, name: str, undo: Callable[[], None] | None, after: Callable[[], None]
    ) -> _Made:
        return _Made(self._told(order, text, name, can_undo=undo is not None), undo, after)

    def _told(self, order: m.Change, text: str, name: str, **more: Any) -> m.Changed:
        parts, shown = self._parts, self._parts.shown
        if order.node >= 0:
            more |= {"pass_index": shown.pass_index, "node": order.node, "fingerprint": shown.fingerprint}
        return m.Changed(order.request, parts.course.iteration, True, text, order.target, name, **more)

    def _refuse(self, order: m.Change, why: str) -> None:
        self._parts.tell(m.Changed(order.request, self._parts.course.iteration, False, why, order.target, order.name))


def _nothing() -> None:
    return
