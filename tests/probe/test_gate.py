"""The gate: an order that comes while the thread is leaving counts for the run that begins, and nobody is left held."""

from __future__ import annotations

import threading

from gradscope.probe.gate import Gate
from gradscope.wire import messages as m


class Listener:
    """Gives orders the moment a pause is told."""

    def __init__(self, *orders: m.Order) -> None:
        self.orders = orders
        self.told: list[m.Fact] = []
        self.answered: list[m.Order] = []
        self.gate = Gate(self.tell, self.answered.append)

    def tell(self, fact: m.Fact) -> None:
        self.told.append(fact)
        if isinstance(fact, m.Paused):
            for order in self.orders:
                self.gate.take(order)


PAUSED = m.Paused("forward", 0, "forward")


def test_a_pause_asked_for_while_the_thread_leaves_is_not_lost() -> None:
    listener = Listener(m.Step("continue"), m.Step("pause"))
    listener.gate.hold(PAUSED)
    assert listener.gate.wants("forward")
    assert [type(fact) for fact in listener.told] == [m.Paused, m.Resumed]


def test_a_double_click_is_one_step_and_leaves_nothing_for_the_next_pause() -> None:
    listener = Listener(m.Step("phase"), m.Step("phase"), m.RequestTensor(1, "value", 0))
    listener.gate.hold(PAUSED)
    listener.orders = ()
    over = threading.Event()
    thread = threading.Thread(target=lambda: (listener.gate.hold(PAUSED), over.set()))
    thread.start()
    assert not over.wait(0.3), "an order of the first pause let go of the second"
    listener.gate.take(m.Step("continue"))
    assert over.wait(10)
    thread.join()
    assert listener.answered == [m.RequestTensor(1, "value", 0)]


def test_a_gate_that_is_released_holds_nobody() -> None:
    listener = Listener()
    listener.gate.wish = m.Step("pause")
    listener.gate.release()
    listener.gate.take(m.Step("pause"))
    assert not listener.gate.wants("forward")
    listener.gate.hold(PAUSED)
    assert isinstance(listener.told[-1], m.Resumed)
