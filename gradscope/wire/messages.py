"""Every message that crosses between the training process and GradScope, in one place.

Two families. A *fact* is told by the probe: it has many listeners and cannot fail. An *order* is given by the session:
it has one handler and may be refused. All are frozen, slotted and made of str, int, float, bool, None, bytes,
``Table``, tuples of these and of the small ``records``. New fields are only ever added at the end, with a default, so
that an older peer still understands; unknown fields and unknown messages are passed over.

Numbers that count from 0: iteration, pass, call, node. -1 stands for "unknown" or "none" wherever an int is an identity
or a count; in statistics it stands for "not measured" in every column that cannot be negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .breaks import Breakpoint as Breakpoint  # the codec reads type hints
from .breaks import BreakpointHit as BreakpointHit
from .breaks import BreakpointsMatched as BreakpointsMatched
from .breaks import SetBreakpoints as SetBreakpoints
from .changes import Change as Change
from .changes import Changed as Changed
from .changes import OptimizersTold as OptimizersTold
from .changes import UndoChange as UndoChange
from .columns import CALL_COLUMNS as CALL_COLUMNS
from .columns import CUT_COLUMNS as CUT_COLUMNS
from .columns import EDGE_COLUMNS as EDGE_COLUMNS
from .columns import NODE_COLUMNS as NODE_COLUMNS
from .columns import NODE_KINDS as NODE_KINDS
from .columns import OUTPUT_COLUMNS as OUTPUT_COLUMNS
from .columns import PARAMETER_COLUMNS as PARAMETER_COLUMNS
from .columns import ROLES as ROLES
from .columns import SAVED_COLUMNS as SAVED_COLUMNS
from .columns import STACK_COLUMNS as STACK_COLUMNS
from .columns import STATISTIC_COLUMNS as STATISTIC_COLUMNS
from .faults import ExceptionRaised as ExceptionRaised
from .faults import GradientLost as GradientLost
from .faults import HoldExceptions as HoldExceptions
from .faults import Holding as Holding
from .faults import Mutation as Mutation
from .faults import Operand as Operand
from .faults import Reuse as Reuse
from .faults import TraceLine as TraceLine
from .faults import Write as Write
from .figures import Figure as Figure
from .figures import FigureKind as FigureKind
from .graphs import GradientsCleared as GradientsCleared
from .graphs import GradientsMeasured as GradientsMeasured
from .graphs import GraphCaptured as GraphCaptured
from .graphs import IterationEnded as IterationEnded
from .graphs import Level as Level
from .graphs import PassEnded as PassEnded
from .graphs import PassStarted as PassStarted
from .graphs import ValuesMeasured as ValuesMeasured
from .keeping import KeepTensors as KeepTensors
from .keeping import TensorKept as TensorKept
from .learned import LearnedKind as LearnedKind
from .learned import LearnedTold as LearnedTold
from .learned import WatchLearned as WatchLearned
from .leaves import LeafGradients as LeafGradients
from .links import HOOK_COLUMNS as HOOK_COLUMNS
from .links import HOOK_KINDS as HOOK_KINDS
from .links import LINK_COLUMNS as LINK_COLUMNS
from .links import LINK_KINDS as LINK_KINDS
from .links import USE_COLUMNS as USE_COLUMNS
from .links import LeafUses as LeafUses
from .looking import UPDATE_COLUMNS as UPDATE_COLUMNS
from .looking import CheckNode as CheckNode
from .looking import NodeChecked as NodeChecked
from .looking import RequestUpdate as RequestUpdate
from .looking import RequestVariables as RequestVariables
from .looking import UpdateTold as UpdateTold
from .losses import ClearedAt as ClearedAt
from .onnx import ExportOnnx as ExportOnnx
from .onnx import OnnxArray as OnnxArray
from .onnx import OnnxTold as OnnxTold
from .records import Frame as Frame  # noqa: TC001  # the codec reads type hints
from .records import Parameter as Parameter  # noqa: TC001  # the codec reads type hints
from .records import Summary as Summary
from .records import Variable as Variable  # noqa: TC001  # the codec reads type hints
from .stops import PausePoint as PausePoint  # the codec reads type hints
from .stops import Step as Step
from .stops import StepKind as StepKind
from .table import Table as Table
from .tensors import RequestTensor as RequestTensor
from .tensors import TensorKind as TensorKind
from .tensors import TensorTold as TensorTold
from .times import CALL_TIME_COLUMNS as CALL_TIME_COLUMNS
from .times import NODE_TIME_COLUMNS as NODE_TIME_COLUMNS
from .times import OPERATION_TIME_COLUMNS as OPERATION_TIME_COLUMNS
from .times import BackwardTimed as BackwardTimed
from .times import ForwardTimed as ForwardTimed

PROTOCOL_VERSION = 1

Phase = Literal["create", "data", "forward", "loss", "backward", "update"]


@dataclass(frozen=True, slots=True)
class Hello:
    """The probe's first message after the handshake."""

    protocol: int
    pid: int
    python: str
    torch: str
    script: str
    arguments: tuple[str, ...]
    cwd: str
    rank: int = 0
    world_size: int = 1
    devices: tuple[str, ...] = ("cpu",)
    missing_features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhaseEntered:
    """Training moved into a phase. ``time`` is seconds since the probe was armed."""

    iteration: int
    phase: Phase
    time: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the training thread stands in its loops. "x of y" counts start at 1; -1 is unknown.

    ``accuracy`` is the number that the script itself calls so, as it has it: a share or a percentage.
    """

    iteration: int
    epoch: int = -1
    epochs: int = -1
    batch: int = -1
    batches: int = -1
    accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class ParametersKnown:
    """The leaves known by name, sent whenever the list changed. Order is that of ``Parameter.index``."""

    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Paused:
    """The training thread is held. Nothing after ``point`` has run.

    At point "node", ``node`` is about to run, the ``position``-th of ``total`` (from 1). ``text`` is an exception's.
    ``breakpoint`` is the number of the one that stopped it, -1 if none did; ``reason`` says why, for the user.
    """

    point: PausePoint
    iteration: int
    phase: Phase
    pass_index: int = -1
    fingerprint: str = ""
    node: int = -1
    position: int = -1
    total: int = -1
    frames: tuple[Frame, ...] = ()
    text: str = ""
    breakpoint: int = -1
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The training thread runs again."""


@dataclass(frozen=True, slots=True)
class VariablesTold:
    """The tensors of a frame of the held stack, ``depth`` 0 being the innermost."""

    iteration: int
    frame: Frame
    variables: tuple[Variable, ...]
    depth: int = 0


@dataclass(frozen=True, slots=True)
class StackTold:
    """The Python stack of the training thread at this moment, told by the wire thread even while nothing pauses."""

    request: int
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class FeatureLost:
    """Something of the probe failed and was switched off; training goes on untouched."""

    feature: str
    reason: str


@dataclass(frozen=True, slots=True)
class ScriptEnding:
    """The script is about to end: by itself, by SystemExit, or by an exception whose text is ``error``."""

    exit_code: int
    error: str = ""
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class Welcome:
    """The session's first order: how to run. The probe waits for it before the script's first tracked operation.

    ``pause`` holds the script before its first forward; ``hold_at_end`` holds it once more when it is about to end;
    ``steps`` ends the run after so many iterations (-1: no limit). With level "detail", iterations before
    ``detail_from`` run light all the same. ``keep_held``: a pause outlives its window, until one attaches again.
    """

    protocol: int
    level: Level = "light"
    pause: bool = False
    hold_at_end: bool = False
    steps: int = -1
    breakpoints: tuple[Breakpoint, ...] = ()
    detail_from: int = 0
    hold_exceptions: Holding = ""
    keep_held: bool = False


@dataclass(frozen=True, slots=True)
class RequestStack:
    """Ask where the training thread is."""

    request: int


@dataclass(frozen=True, slots=True)
class SetLevel:
    """Capture level of free running from the next iteration on."""

    level: Level


@dataclass(frozen=True, slots=True)
class Detach:
    """Take every hook, patch and mode out and let the script run to its end alone."""


Fact = (
    Hello
    | PhaseEntered
    | Progress
    | ParametersKnown
    | GraphCaptured
    | PassStarted
    | GradientsMeasured
    | ValuesMeasured
    | PassEnded
    | GradientsCleared
    | IterationEnded
    | Paused
    | Resumed
    | VariablesTold
    | TensorTold
    | StackTold
    | FeatureLost
    | ScriptEnding
    | LeafGradients
    | BreakpointHit
    | BreakpointsMatched
    | ExceptionRaised
    | OptimizersTold
    | Changed
    | UpdateTold
    | NodeChecked
    | ClearedAt
    | LearnedTold
    | OnnxTold
    | LeafUses
    | TensorKept
    | BackwardTimed
    | ForwardTimed
)
Order = (
    Welcome
    | Step
    | RequestTensor
    | RequestStack
    | SetLevel
    | Detach
    | HoldExceptions
    | SetBreakpoints
    | Change
    | UndoChange
    | RequestVariables
    | RequestUpdate
    | CheckNode
    | WatchLearned
    | ExportOnnx
    | KeepTensors
)
Message = Fact | Order

FACTS: tuple[type, ...] = Fact.__args__
ORDERS: tuple[type, ...] = Order.__args__
