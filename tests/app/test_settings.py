"""What is remembered between two starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QByteArray, QSettings

from gradscope.app.settings import RECENT_LIMIT, VERSION, Settings

if TYPE_CHECKING:
    from pathlib import Path


def store(path: Path) -> QSettings:
    return QSettings(str(path / "settings.ini"), QSettings.Format.IniFormat)


def test_choices_survive_a_restart(tmp_path: Path) -> None:
    first = Settings(store(tmp_path))
    first.theme, first.animations, first.follow = "dark", False, False
    first.save()
    again = Settings(store(tmp_path))
    assert (again.theme, again.animations, again.follow) == ("dark", False, False)


def test_nonsense_in_the_file_reads_as_the_default(tmp_path: Path) -> None:
    (tmp_path / "settings.ini").write_text("[General]\ntheme=purple\nversion=none\nrecent=7\n")
    settings = Settings(store(tmp_path))
    assert settings.theme == "system"
    assert settings.recent == ()


def test_recent_files_are_ten_newest_first_without_those_that_are_gone(tmp_path: Path) -> None:
    settings = Settings(store(tmp_path))
    files = [tmp_path / f"{number}.gscope" for number in range(12)]
    for file in files:
        file.write_bytes(b"")
        settings.add_recent(str(file))
    settings.add_recent(str(files[5]))
    assert len(settings.recent) == RECENT_LIMIT
    assert settings.recent[:2] == (str(files[5]), str(files[11]))
    files[11].unlink()
    assert str(files[11]) not in settings.recent
    settings.save()
    assert Settings(store(tmp_path)).recent[0] == str(files[5])


def test_one_recent_file_reads_back_as_one(tmp_path: Path) -> None:
    file = tmp_path / "only, one.gscope"
    file.write_bytes(b"")
    settings = Settings(store(tmp_path))
    settings.add_recent(str(file))
    settings.save()
    assert Settings(store(tmp_path)).recent == (str(file),)


def test_a_layout_of_a_newer_version_is_forgotten(tmp_path: Path) -> None:
    old = store(tmp_path)
    Settings(old).set_window_layout(QByteArray(b"geometry"), QByteArray(b"state"))
    assert Settings(old).window_layout()[1] == QByteArray(b"state")
    old.setValue("version", VERSION + 1)
    assert Settings(old).window_layout()[1].isEmpty()


@pytest.mark.parametrize(("milliseconds", "animated"), [(0, False), (200, True)])
def test_motion_is_as_the_desktop_has_it_until_it_is_chosen(
    qapp, monkeypatch, milliseconds: int, animated: bool
) -> None:
    class DesktopStyle:
        def styleHint(self, _hint) -> int:
            return milliseconds

    monkeypatch.setattr(type(qapp), "style", lambda *_: DesktopStyle())
    settings = Settings()
    assert settings.animations is animated
    settings.animations = not animated
    assert settings.animations is not animated
