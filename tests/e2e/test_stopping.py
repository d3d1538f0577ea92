"""Stop ends a script wherever it is, by Ctrl+C's own signal, without waiting for a harder one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.driving import Driver

pytestmark = pytest.mark.usefixtures("warm_python")

LINE = Path(__file__).parents[2] / "resources" / "lessons" / "01_line.py"


@pytest.mark.parametrize(("point", "code"), [("forward", -2), ("node", -2), ("end", -2), ("script_end", 0)])
def test_a_held_script_takes_the_interrupt(point: str, code: int, tmp_path: Path) -> None:
    with Driver(tmp_path) as driver:
        driver.start(LINE, hold_at_end=True)
        pause = driver.paused()
        while pause is not None and pause.point != point:
            pause = driver.step("continue" if point == "script_end" else "into")
        assert pause is not None
        driver.session.stop()
        assert driver.session.wait(30) == code
        assert driver.state.life == "ended"
