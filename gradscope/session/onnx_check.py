"""An exported ONNX file against PyTorch: onnxruntime is given the same inputs, and its answers are compared.

In a process of its own, so that neither the training nor the window loads onnxruntime: with GradScope's own Python, or
with the training's where only that one has it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradscope.wire.messages import OnnxArray, OnnxTold

PATIENCE = 300.0  # seconds
_MARK = "gradscope-onnx:"
_QUESTION = f"""
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import json
told = {{"missing": False, "error": "", "version": ""}}
try:
    import numpy, onnxruntime
except ImportError as error:
    told.update(missing=True, error=str(error))
else:
    try:
        told["version"] = onnxruntime.__version__
        arrays = numpy.load(sys.argv[2])
        session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
        names = {{one.name for one in session.get_inputs()}}
        given = {{name[3:]: arrays[name] for name in arrays.files if name[:3] == "in:" and name[3:] in names}}
        numpy.savez(sys.argv[3], *session.run(None, given))
    except Exception as error:
        told["error"] = "%s: %s" % (type(error).__name__, error)
print({_MARK!r} + json.dumps(told))
"""


@dataclass(frozen=True, slots=True)
class OutputDifference:
    """How far onnxruntime's answer is from PyTorch's; ``relative`` is against the largest element."""

    name: str
    shape: tuple[int, ...]
    largest: float
    relative: float


@dataclass(frozen=True, slots=True)
class OnnxCheck:
    """What came of a check. ``why`` says why none was made; ``install`` is a command that would allow one."""

    outputs: tuple[OutputDifference, ...] = ()
    version: str = ""  # of onnxruntime
    why: str = ""
    install: str = ""

    @property
    def relative(self) -> float:
        """The largest relative difference of all outputs."""
        return max((one.relative for one in self.outputs), default=0.0)

    @property
    def largest(self) -> float:
        """The largest absolute difference of all outputs."""
        return max((one.largest for one in self.outputs), default=0.0)


def check_onnx(told: OnnxTold, pythons: Sequence[str] = ()) -> OnnxCheck:
    """Run the file on the inputs that were told. Takes as long as starting onnxruntime, a second or two.

    Args:
        told: the probe's answer, ``ok``.
        pythons: interpreters to ask after GradScope's own, such as the training's.
    """
    left_out = next((one.left_out for one in (*told.inputs, *told.outputs) if one.left_out), "")
    if left_out:
        return OnnxCheck(why=f"The file was not checked: {left_out}.")
    with tempfile.TemporaryDirectory(prefix="gradscope-onnx-") as folder:
        given, answers = Path(folder) / "given.npz", Path(folder) / "answers.npz"
        np.savez(given, **{f"in:{one.name}": array_of(one) for one in told.inputs})  # type: ignore[arg-type]
        for python in dict.fromkeys((sys.executable, *pythons)):
            found = _asked(python, told.path, given, answers)
            if found is None:
                continue
            if found["error"]:
                return OnnxCheck(
                    version=found["version"], why=f"onnxruntime cannot run the file. {found['error']}"[:1500]
                )
            with np.load(answers) as file:
                outputs = tuple(map(_difference, told.outputs, [file[name] for name in file.files]))
            return OnnxCheck(outputs, found["version"])
    install = f"{sys.executable} -m pip install onnxruntime"
    return OnnxCheck(why="The file was not checked: onnxruntime is not installed.", install=install)


def array_of(one: OnnxArray) -> np.ndarray:
    """The numbers of an input or output."""
    return np.frombuffer(one.data, np.dtype(one.dtype).newbyteorder("<")).reshape(one.shape)


def _asked(python: str, path: str, given: Path, answers: Path) -> dict[str, str] | None:
    """What an interpreter says; None if it lacks onnxruntime or does not answer."""
    try:
        done = subprocess.run(
            [python, "-c", _QUESTION, path, str(given), str(answers)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    for line in done.stdout.splitlines():
        if line.startswith(_MARK):
            told: dict[str, str] = json.loads(line.removeprefix(_MARK))
            return None if told["missing"] else told
    return None


def _difference(expected: OnnxArray, answer: np.ndarray) -> OutputDifference:
    """Elements that are not finite count as different unless both sides have the same one."""
    theirs = array_of(expected).astype(np.float64)
    if theirs.shape != answer.shape:
        return OutputDifference(expected.name, answer.shape, np.inf, np.inf)
    ours = answer.astype(np.float64)
    same = (theirs == ours) | (np.isnan(theirs) & np.isnan(ours))
    with np.errstate(invalid="ignore"):
        apart = np.where(same, 0.0, np.abs(theirs - ours))
    largest = float(np.nan_to_num(apart, nan=np.inf).max(initial=0.0))
    scale = float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0.0))
    return OutputDifference(expected.name, answer.shape, largest, largest / scale if scale else largest)
