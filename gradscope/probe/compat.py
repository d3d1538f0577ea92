"""Every private name of torch that the probe touches, probed once. A missing one switches its feature off by name."""

from __future__ import annotations

import operator
import sys
from collections import OrderedDict, deque
from contextlib import nullcontext, suppress
from itertools import repeat
from operator import attrgetter, setitem
from typing import TYPE_CHECKING, Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._device import DeviceContext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from functools import partial
    from types import CodeType

    Side = Callable[[Any], Callable[[Any], Any]]

_autograd = torch._C._autograd

sequence_number: Callable[[], int] | None = getattr(_autograd, "_get_sequence_nr", None)
_execution_order: Callable[[], list[Any]] | None = getattr(torch._C, "_current_graph_task_execution_order", None)
ENGINE_NAME = "_engine_run_backward"
outputs_of: Callable[[Any], tuple[Any, ...]] = attrgetter("_input_metadata")  # of a node, as it describes them
output_kind: Callable[[Any], tuple[Any, Any]] = attrgetter("shape", "dtype")  # of one of these
version_of: Callable[[Any], int] = attrgetter("_version")  # how often a tensor was written to in place


def _never(_: Any) -> bool:
    return False


def _joined(tensors: list[torch.Tensor]) -> torch.Tensor:
    return torch.cat([tensor.reshape(-1) for tensor in tensors])


# How the probe computes unseen and what it leaves alone; where torch lacks one, the next best stands in.
DisableFunctions: Callable[[], Any] = getattr(torch._C, "DisableTorchFunction", nullcontext)
DisableDispatch: Callable[[], Any] = getattr(torch._C, "_DisableTorchDispatch", nullcontext)
DisableAutocast: Callable[[], Any] = getattr(torch._C, "_DisableAutocast", nullcontext)
dispatch_modes: Callable[[], int] = getattr(torch._C, "_len_torch_dispatch_stack", lambda: 1)
function_modes: Callable[[], int] = getattr(torch._C, "_len_torch_function_stack", lambda: len(mode_stack()))
any_autocast: Callable[[], bool] = getattr(torch._C, "_is_any_autocast_enabled", lambda: True)
is_transformed: Callable[[Any], bool] = getattr(torch._C._functorch, "is_functorch_wrapped_tensor", _never)
is_functional: Callable[[Any], bool] = getattr(torch, "_is_functional_tensor", _never)
flatten: Callable[[list[torch.Tensor]], torch.Tensor] = getattr(torch._C._nn, "flatten_dense_tensors", _joined)
_KEY = "gradscope"  # among the numbers that handles use
_call = getattr(operator, "call", None)  # Python 3.11 and later
BEFORE, BEHIND = attrgetter("register_prehook"), attrgetter("register_hook")  # of a node: who takes its hooks


def execution_order() -> list[Any]:
    """The nodes of the pass under way as they will run; none where torch does not say (one root given twice)."""
    if _execution_order is None:
        return []
    try:
        return _execution_order()
    except RuntimeError:  # torch asserts something that does not hold then
        return []


def missing_features() -> tuple[str, ...]:
    """Features that this torch cannot give, in words for the user."""
    missing = []
    if not hasattr(torch.autograd, ENGINE_NAME):
        missing.append("seeing backward()")
    if sequence_number is None:
        missing.append("which call made a node")
    if _execution_order is None:
        missing.append("run order before the nodes run")
    if not hasattr(torch.overrides, "_get_current_function_mode_stack"):
        missing.append("source lines and step by operation")
    if is_transformed is _never:
        missing.append("leaving tensors inside of torch.func alone")
    if DisableDispatch is nullcontext:
        missing.append("staying unseen by dispatch modes")
    return tuple(missing)


def mode_stack() -> list[Any]:
    """The function modes of this thread, the innermost last."""
    stack: list[Any] = torch.overrides._get_current_function_mode_stack()  # type: ignore[no-untyped-call]
    return stack


def push_mode(mode: Any) -> None:
    """Put a function mode below those of the user's: where a ``with`` ends torch takes off whatever is on top.

    Only a default device stays below it, whose own end asks for the lowest place.
    """
    above = []
    while (stack := mode_stack()) and not (len(stack) == 1 and isinstance(stack[0], DeviceContext)):
        above.append(torch.overrides._pop_mode())  # type: ignore[no-untyped-call]
    for other in (mode, *reversed(above)):
        torch.overrides._push_mode(other)  # type: ignore[no-untyped-call]


def remove_mode(mode: Any) -> None:
    """Take ``mode`` out from wherever it stands and put those above it back."""
    if not any(other is mode for other in mode_stack()):
        return
    above = []
    while True:
        top = torch.overrides._pop_mode()  # type: ignore[no-untyped-call]
        if top is mode:
            break
        above.append(top)
    for other in reversed(above):
        torch.overrides._push_mode(other)  # type: ignore[no-untyped-call]


def node_name(node: Any) -> str:
    """``AddmmBackward0``, ``AccumulateGrad``, or the name of a custom Function's backward."""
    name: str = node.name()
    return name.rpartition("::")[2]


def node_types(nodes: list[Any]) -> list[Any]:
    """What all nodes of one operation share: their Python type, or their name where torch has no type for them."""
    types: list[Any] = list(map(type, nodes))
    without = {kind for kind in set(types) if kind.__name__ == "CppFunction"}
    if not without:
        return types
    return [node.name() if kind in without else kind for node, kind in zip(nodes, types, strict=True)]


def type_name(kind: Any) -> str:
    """The name of nodes of a type that ``node_types`` gave."""
    name: str = kind if isinstance(kind, str) else kind.__name__
    return name.rpartition("::")[2]


def adds_as_it_is(node: Any) -> bool:
    """Whether an addition hands its gradient on unscaled."""
    return getattr(node, "_saved_alpha", None) == 1


def gradient_is_its_own(leaf: torch.Tensor) -> bool:
    """Whether what the next pass brings a leaf will be its whole ``.grad``, untouched by hooks."""
    return leaf.grad is None and not leaf._backward_hooks and not getattr(leaf, "_post_accumulate_grad_hooks", None)


def distributed() -> bool:
    """Whether gradients may be reduced over several processes before the pass is over."""
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def hooks_made() -> int:
    """A number that grows with every hook that anybody registers anywhere in torch."""
    return int(torch.utils.hooks.RemovableHandle.next_id)


def register_hooks(nodes: list[Any], hooks: list[partial[Any]], side: Side = BEFORE, key: str = _KEY) -> list[Any]:
    """Hook each node by its hook, to be called before it runs or behind it; what ``remove_hooks`` takes.

    A node takes one hook of ours for each ``key``.

    The public way makes a handle object for each, which costs several times what the hook itself does. It asks
    ``Function._register_hook`` for it; while ours go in, that gives out the bare dictionary.
    """
    mixin = getattr(torch.autograd.Function, "_register_hook", None)
    if mixin is None or not hooks or "_register_hook" in vars(torch.autograd.Function):
        return [side(node)(hook) for node, hook in zip(nodes, hooks, strict=True)]
    wanted = hooks[0].func

    def register(known: Any, hook: Any) -> tuple[Any, Any]:
        if getattr(hook, "func", None) is not wanted:  # another thread's, meanwhile
            made: tuple[Any, Any] = mixin(known, hook)
            return made
        if known is None:
            known = OrderedDict()  # not a plain one: a hook of the user's will hold it weakly
        known[key] = hook
        return known, known

    torch.autograd.Function._register_hook = staticmethod(register)  # type: ignore[method-assign]
    try:
        return [side(node)(hook) for node, hook in zip(nodes, hooks, strict=True)]
    finally:
        del torch.autograd.Function._register_hook


def register_anew(nodes: Iterable[Any], known: list[tuple[Any, Any]], side: Side = BEFORE) -> bool:
    """Give each node a dictionary of hooks that was made before, as ``known`` (dictionary, dictionary).

    False, with some of them done, where it cannot be: a node has hooks of its own, or Python lacks what it takes. No
    line of Python runs between the first node and the last, so nobody else's hook can meet what stands in for torch's
    own function meanwhile: asked for a node without hooks, ``{}.get`` hands back what it is given.
    """
    if _call is None or "_register_hook" in vars(torch.autograd.Function):
        return False
    torch.autograd.Function._register_hook = {}.get  # type: ignore[method-assign]
    try:
        deque(map(_call, map(side, nodes), known), maxlen=0)
    except TypeError:  # a dictionary that is there already cannot be looked up
        return False
    finally:
        del torch.autograd.Function._register_hook
    return True


def fill(dictionaries: list[OrderedDict[str, Any]], hooks: Iterable[Any]) -> None:
    """Put ours into each dictionary of hooks."""
    deque(map(setitem, dictionaries, repeat(_KEY), hooks), maxlen=0)


def remove_hooks(registered: list[Any], key: str = _KEY) -> None:
    """Take hooks out again, also from nodes that never ran."""
    if {*map(type, registered)} == {OrderedDict}:
        deque(map(OrderedDict.pop, registered, repeat(key), repeat(None)), maxlen=0)
        return
    for entry in registered:
        if isinstance(entry, dict):
            entry.pop(key, None)
        else:
            entry.remove()


class _NothingIsRegistered(Exception):  # no error: how torch is left before it registers anything
    pass


def node_hooks(nodes: list[Any]) -> list[tuple[int, bool, Any]]:
    """Hooks on nodes themselves, as (row, whether it is called before the node runs, hook).

    Torch does not list them. Where one is registered it hands the known ones to ``Function._register_hook``: asked so,
    and left by an exception, it registers nothing.
    """
    mixin = getattr(torch.autograd.Function, "_register_hook", None)
    if mixin is None or "_register_hook" in vars(torch.autograd.Function):
        return []
    found: list[Any] = []

    def register(known: Any, hook: Any) -> Any:
        if hook is not _NothingIsRegistered:  # another thread's, meanwhile
            return mixin(known, hook)
        found.extend(known.values() if known else ())
        raise _NothingIsRegistered

    hooks = []
    torch.autograd.Function._register_hook = staticmethod(register)  # type: ignore[method-assign]
    try:
        for row, node in enumerate(nodes):
            for ask, before in ((node.register_prehook, True), (node.register_hook, False)):
                with suppress(_NothingIsRegistered):
                    ask(_NothingIsRegistered)
                hooks += [(row, before, hook) for hook in found]
                found.clear()
    finally:
        del torch.autograd.Function._register_hook
    return hooks


def node_sequence(node: Any) -> int:
    """Its number among the nodes that its thread made; a leaf has the largest there is, -1 if torch hides it."""
    number = getattr(node, "_sequence_nr", None)
    return int(number()) if number is not None else -1


def node_outputs(node: Any) -> list[tuple[tuple[int, ...], str, str]]:
    """(shape, dtype, device) of each output of the forward operation; empty where torch does not say."""
    outputs = []
    for metadata in getattr(node, "_input_metadata", ()):
        try:
            shape = tuple(int(size) for size in metadata.shape)
        except (RuntimeError, TypeError):  # a nested tensor has no sizes
            shape = ()
        outputs.append((shape, str(metadata.dtype).removeprefix("torch."), str(metadata.device)))
    return outputs


def grad_enabled() -> bool:
    """Whether this thread records operations for autograd."""
    return bool(torch.is_grad_enabled())


def each_norm(tensors: list[torch.Tensor]) -> list[torch.Tensor]:
    """2-norms, in one call where torch has one for it."""
    together = getattr(torch, "_foreach_norm", None)
    return list(together(tensors)) if together is not None else [torch.linalg.vector_norm(tensor) for tensor in tensors]


def version(tensor: torch.Tensor) -> int:
    """How often the tensor was written to in place."""
    return int(tensor._version)


def writes_in_place(name: str) -> bool:
    """Whether a torch call of that name writes to its first argument."""
    return (name.endswith("_") and not name.endswith("__")) or name.startswith("__i") or name == "__setitem__"


def base_written(tensor: torch.Tensor) -> bool:
    """A view whose base was written to: asking for its ``grad_fn`` would make a new node."""
    base = tensor._base
    return base is not None and base._version > 0


def is_leaf(tensor: torch.Tensor) -> bool:
    """``is_leaf``, without asking a view whose base was written to: torch would make it a node, or refuse to."""
    return not tensor.requires_grad if base_written(tensor) else tensor.is_leaf


def is_view(tensor: torch.Tensor) -> bool:
    """It shares the memory of another tensor that autograd knows."""
    return tensor._base is not None


def address(tensor: torch.Tensor) -> int:
    """Where its memory begins; 0 for one that has none of its own kind."""
    if type(tensor) not in _PLAIN or tensor.layout is not torch.strided:
        return 0
    try:
        return tensor.untyped_storage().data_ptr()
    except RuntimeError:  # inside a functorch transform
        return 0


_PLAIN = (torch.Tensor, torch.nn.Parameter)


def storage_reference(tensor: torch.Tensor) -> Any:
    """A weak reference to its memory, for ``storage_gone``."""
    return StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]


def storage_gone(reference: Any) -> bool:
    """Whether the memory was freed."""
    return bool(reference.expired())


def thread_frames() -> dict[int, Any]:
    """The innermost frame of every Python thread."""
    return sys._current_frames()


def is_tracing() -> bool:
    """``torch.jit.trace`` notes every operation on tensors: ours must not be among them."""
    return bool(torch._C._is_tracing())


def is_compiling() -> bool:
    """Dynamo is tracing: nothing of ours may be traced."""
    return bool(torch.compiler.is_compiling())


def leave_uncompiled(code: CodeType) -> None:
    """Dynamo is not to compile this code where it meets it outside of what it traces, nor what is called there."""
    frames = torch._C._dynamo.eval_frame
    if hasattr(frames, "set_code_exec_strategy"):
        skip = frames._FrameAction.SKIP
        frames.set_code_exec_strategy(code, frames._FrameExecStrategy(skip, skip))
    elif hasattr(frames, "skip_code"):
        frames.skip_code(code)


def silence_onnx() -> Callable[[], None]:
    """Keep the older ONNX exporter from printing a graph that it cannot write; what is returned undoes it."""
    ask = getattr(torch._C, "_jit_is_onnx_log_enabled", None)
    order = getattr(torch._C, "_jit_set_onnx_log_enabled", None)
    if ask is None or order is None or not ask():
        return lambda: None
    order(False)
    return lambda: order(True)
