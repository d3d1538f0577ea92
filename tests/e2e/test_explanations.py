"""Errors in real processes: the explanation names the variable and the line of the user's file that are at fault."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gradscope.doctor.registry import explain
from gradscope.session.launch import LaunchSpec
from gradscope.session.session import Session
from gradscope.wire import messages as m

from .broken.cases import CASES, HEAD

if TYPE_CHECKING:
    from gradscope.doctor.findings import Finding
    from gradscope.graph.state import RunState

pytestmark = pytest.mark.usefixtures("warm_python")

RUNNER = Path(__file__).parent / "broken" / "runner.py"
SECONDS = 120.0


class Heard:
    """Explains every exception as it is told, and lets the script go on from each pause."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: dict[str, list[Finding]] = {}
        self.held: dict[str, bool] = {}
        self.lost: tuple[object, ...] = ()
        self._session = Session(self._hear)
        self._ended = threading.Event()

    def run(self) -> None:
        spec = LaunchSpec(
            (str(RUNNER), str(self.folder)),
            cwd=str(self.folder),
            level="detail",
            record_to=str(self.folder / "run.gscope"),
            hold_exceptions="raised",
        )
        self._session.start(spec)
        self._session.wait(SECONDS)
        self.lost = self._session.state.lost_features
        self._session.close(leave_running=False)

    def _hear(self, state: RunState, message: Any) -> None:
        if isinstance(message, m.ExceptionRaised) and state.fault is not None:
            for name in CASES:
                if any(Path(line.file).name == f"case_{name}.py" for line in message.frames):
                    self.found.setdefault(name, []).append(explain(state.fault.told, state))
                    self.held[name] = self.held.get(name, False) or message.held
        elif isinstance(message, m.Paused):
            self._session.order(m.Step("continue"))


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Heard:
    folder = tmp_path_factory.mktemp("broken")
    for name, case in CASES.items():
        (folder / f"case_{name}.py").write_text(HEAD + case.script, "utf-8")
        if case.helper:
            (folder / f"helper_{name}.py").write_text(HEAD + case.helper, "utf-8")
    one = Heard(folder)
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            patch.setenv(variable, str(folder))
        one.run()
    return one


def fault_line(folder: Path, name: str) -> tuple[str, int]:
    """File and line that carry the mark."""
    for path in (folder / f"case_{name}.py", folder / f"helper_{name}.py"):
        if path.exists():
            for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
                if "# fault" in text:
                    return path.name, number
    raise AssertionError(f"no line of {name} is marked")


@pytest.mark.parametrize("name", CASES)
def test_the_explanation_names_variable_and_line(name: str, heard: Heard) -> None:
    case = CASES[name]
    assert name in heard.found, f"nothing was told; lost: {heard.lost}"
    finding = heard.found[name][-1]
    assert finding.rule == case.rule, finding
    words = f"{finding.title} {finding.sentence}"
    assert [word for word in case.says if word not in words] == [], words
    file, line = fault_line(heard.folder, name)
    assert (Path(finding.places[0].file).name, finding.places[0].line) == (file, line), finding.places
    assert heard.held[name] or name.startswith("left_"), "the script was not held"
    assert finding.fix


@pytest.mark.parametrize("name", ["lost_detach", "lost_no_grad", "lost_helper", "lost_seen", "lost_inference"])
def test_where_gradient_was_lost_is_seen_in_detail_and_no_guess(name: str, heard: Heard) -> None:
    finding = heard.found[name][-1]
    assert "Probably" not in finding.sentence
    assert "perhaps" not in finding.places[0].note


@pytest.mark.parametrize("name", ["memory", "memory_device"])
def test_what_the_graph_holds_when_memory_is_out_is_told_by_node(name: str, heard: Heard) -> None:
    """The activation keeps its result, 128 x 256 floats, which the product keeps too; the layer its input, 128 x 64."""
    evidence = dict(heard.found[name][-1].evidence)
    activation = "h (ReluBackward0)" if name == "memory" else "h (TanhBackward0)"
    assert evidence[activation] == "holds 131 kB"
    assert evidence["linear (AddmmBackward0)"] == "holds 32.8 kB"


def test_no_part_of_the_probe_failed(heard: Heard) -> None:
    assert heard.lost == ()
