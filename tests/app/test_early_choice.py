"""What a quick hand chooses before the views are there is opened when they are, and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradscope.app.application import Application

from .fake_session import FakeSession

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_a_lesson_chosen_at_once_is_started_with_its_panels_around_it(qtbot: QtBot) -> None:
    sessions: list[FakeSession] = []
    application = Application()

    def make(bridge: Any) -> FakeSession:
        sessions.append(FakeSession(bridge))
        return sessions[-1]

    application.run._make_session = make
    window = application.window
    try:
        window.actions_["file.demo"].trigger()
        assert not window.welcoming
        assert not sessions  # nothing runs that nobody could see
        application._compose_and_open()
        qtbot.waitUntil(lambda: bool(sessions and sessions[0].specs))
        assert not window.welcoming
        assert not window.docks["timeline"].isHidden()
        assert window.centre.currentWidget() is window._heavy["canvas"]
    finally:
        application.close()
        window.close_guard = lambda: True
        window.close()
        window.deleteLater()
        application.deleteLater()
