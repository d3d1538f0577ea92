"""Hooks by the names of their functions, as the user registered them on modules and leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .compat import node_hooks
from .naming import is_inner_file, is_our_file

if TYPE_CHECKING:
    import torch

TENSOR, POST_ACCUMULATE, FORWARD_PRE, FORWARD, BACKWARD_PRE, BACKWARD, NODE_PRE, NODE = range(8)
_OF_LEAVES = (("_backward_hooks", TENSOR), ("_post_accumulate_grad_hooks", POST_ACCUMULATE))
_OF_MODULES = (
    ("_forward_pre_hooks", FORWARD_PRE),
    ("_forward_hooks", FORWARD),
    ("_backward_pre_hooks", BACKWARD_PRE),
    ("_backward_hooks", BACKWARD),
)


class UserHook(NamedTuple):
    """What a hook is called and where its code begins."""

    kind: int
    name: str
    file: str = ""
    line: int = -1
    last: int = -1  # the line that its code ends at

    def holds(self, file: str, line: int) -> bool:
        """Whether a line stands in its code."""
        return file == self.file and self.line <= line <= self.last


def module_hooks(module: torch.nn.Module) -> tuple[UserHook, ...]:
    """Those that the user registered on a module, not the global ones."""
    values = vars(module)
    if not any(values.get(name) for name, _ in _OF_MODULES):
        return ()
    return tuple(_hooks_of(module, _OF_MODULES))


def describe_hook(kind: int, hook: Any) -> UserHook:
    """By its qualified name and its first line; a ``partial`` by what it calls."""
    while hasattr(hook, "func"):
        hook = hook.func
    code = getattr(getattr(hook, "__func__", hook), "__code__", None)
    name: str = getattr(hook, "__qualname__", "") or type(hook).__qualname__
    if code is None:
        return UserHook(kind, name)
    last = max(line or 0 for _, _, line in code.co_lines())
    return UserHook(kind, name, code.co_filename, code.co_firstlineno, last)


def hooks_on_nodes(nodes: list[Any]) -> list[tuple[int, UserHook]]:
    """Those on graph nodes themselves, by row; torch's own, which stand for hooks of modules, are left out."""
    found = []
    for row, before, hook in node_hooks(nodes):
        described = describe_hook(NODE_PRE if before else NODE, hook)
        if not is_inner_file(described.file):
            found.append((row, described))
    return found


def leaf_hooks(leaf: torch.Tensor) -> list[UserHook]:
    """Those on a leaf."""
    return _hooks_of(leaf, _OF_LEAVES)


def _hooks_of(owner: Any, kinds: tuple[tuple[str, int], ...]) -> list[UserHook]:
    found = []
    for attribute, kind in kinds:
        hooks = getattr(owner, attribute, None)
        found += [describe_hook(kind, hook) for hook in list(hooks.values())] if hooks else []
    return [hook for hook in found if not is_our_file(hook.file)]
