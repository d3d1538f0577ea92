"""The Run menu's switches: which exceptions hold the script, remembered, and the level of capture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gradscope.wire import messages as m
from tests.samples import spiral_messages

from .opened import SCRIPT, Opened, opened

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def checked(window: Opened, *names: str) -> list[bool]:
    return [window.window.actions_[f"run.{name}"].isChecked() for name in names]


def choose(window: Opened, name: str) -> None:
    window.window.actions_[f"run.{name}"].trigger()


def test_uncaught_exceptions_are_held_until_it_is_switched_off_and_that_is_remembered(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        assert checked(window, "hold_uncaught", "hold_raised") == [True, False]
        window.start()
        assert window.session.specs[0].hold_exceptions == "uncaught"
        window.play(*spiral_messages(1))
        choose(window, "hold_raised")
        assert window.session.orders[-1] == m.HoldExceptions("raised")
        assert checked(window, "hold_uncaught", "hold_raised") == [True, True]
        choose(window, "hold_uncaught")
        assert window.session.orders[-1] == m.HoldExceptions("")
        assert checked(window, "hold_uncaught", "hold_raised") == [False, False]
        window.application.run.restart()
        qtbot.waitUntil(lambda: len(window.session.specs) == 2)
        assert window.session.specs[1].hold_exceptions == ""
        window.application.settings.save()
    with opened(qtbot) as window:
        assert checked(window, "hold_uncaught", "hold_raised") == [False, False]
        choose(window, "hold_uncaught")
        window.start()
        assert window.session.specs[0].hold_exceptions == "uncaught"


def test_the_level_of_capture_is_the_runs_own_and_kept_over_its_restart(qtbot: QtBot) -> None:
    with opened(qtbot) as window:
        window.start()
        window.play(*spiral_messages(1))
        assert checked(window, "level_light", "level_detail") == [True, False]
        choose(window, "level_detail")
        assert window.session.orders[-1] == m.SetLevel("detail")
        window.application.run.restart()
        qtbot.waitUntil(lambda: len(window.session.specs) == 2)
        assert window.session.specs[1].level == "detail"
        assert checked(window, "level_light", "level_detail") == [False, True]
        window.application.run.close(leave_running=False)
        window.start(replace(SCRIPT, level="light"))
        assert checked(window, "level_light", "level_detail") == [True, False]
        choose(window, "level_light")
        assert checked(window, "level_light", "level_detail") == [True, False]
