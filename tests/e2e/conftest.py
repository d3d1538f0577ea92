"""One desktop for all tests that need a real window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .desktop import Desktop


@pytest.fixture(scope="session")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """An X server with a window manager; xdotool drives it."""
    from .desktop import Desktop

    one = Desktop(tmp_path_factory.mktemp("desktop"))
    yield one
    one.close()
