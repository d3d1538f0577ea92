"""What the user calls things: qualified names of parameters, paths of modules.

A parameter is known by identity for as long as it lives; one that takes the place of a dead one under the same name
keeps its index (``w = (w - lr * w.grad).requires_grad_()`` makes a new leaf called ``w`` in every iteration).
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import torch

from ..wire.messages import Frame, Parameter, ParametersKnown
from .tensors import untouchable

if TYPE_CHECKING:
    from collections.abc import Iterable

_OUTERMOST = ("module.", "base_model.model.")  # a layer of the user's own may be called so further in
_ANYWHERE = ("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")


class _Entry:
    __slots__ = ("aliases", "in_optimizer", "name", "reference", "requires_grad", "shape")

    def __init__(self, tensor: torch.Tensor, name: str) -> None:
        self.reference = weakref.ref(tensor)
        self.name = name
        self.aliases: list[str] = []
        self.shape = tuple(tensor.shape)
        self.in_optimizer = False
        self.requires_grad = tensor.requires_grad


class Parameters:
    """Leaves by index. ``changed`` tells that the session has an old list."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._by_id: dict[int, int] = {}
        self._by_name: dict[str, int] = {}
        self._frozen: dict[int, tuple[weakref.ref[torch.Tensor], Frame]] = {}
        self.changed = False

    def __len__(self) -> int:
        return len(self._entries)

    def index_of(self, tensor: torch.Tensor) -> int:
        """-1 for a tensor that was never learnt."""
        index = self._by_id.get(id(tensor), -1)
        return index if index >= 0 and self._entries[index].reference() is tensor else -1

    def index_named(self, name: str) -> int:
        """By name or alias; -1 if nothing is called so."""
        known = self._by_name.get(name, -1)
        aliased = (index for index, entry in enumerate(self._entries) if name in entry.aliases)
        return known if known >= 0 else next(aliased, -1)

    def name(self, index: int) -> str:
        """The qualified name."""
        return self._entries[index].name

    def names(self, index: int) -> tuple[str, ...]:
        """The qualified name, and the others that it goes by."""
        entry = self._entries[index]
        return (entry.name, *entry.aliases)

    def tensor(self, index: int) -> torch.Tensor | None:
        """The tensor, if it still lives."""
        return self._entries[index].reference()

    def living(self) -> list[tuple[int, torch.Tensor]]:
        """All that live and take gradient, by index."""
        pairs = [(index, entry.reference()) for index, entry in enumerate(self._entries)]
        return [(index, tensor) for index, tensor in pairs if tensor is not None and tensor.requires_grad]

    def counts(self) -> tuple[int, int]:
        """How many of those that live take a gradient, and how many do not."""
        alive = [tensor for tensor in (entry.reference() for entry in self._entries) if tensor is not None]
        trained = sum(tensor.requires_grad for tensor in alive)
        return trained, len(alive) - trained

    def learn(self, tensor: torch.Tensor, name: str) -> int:
        """Remember a leaf under a name; a further name of a known one becomes an alias."""
        known = self.index_of(tensor)
        if known >= 0:
            self._rename(known, name)
            return known
        index = self._by_name.get(name, -1) if name else -1
        if index >= 0 and not self._replaceable(index, tensor):
            name, index = self._distinct(name), -1
        self.changed = True
        entry = _Entry(tensor, name or f"leaf {len(self._entries)}")
        if index >= 0:
            entry.aliases, entry.in_optimizer = self._entries[index].aliases, self._entries[index].in_optimizer
            self._entries[index] = entry
            self._by_id[id(tensor)] = index
            return index
        self._entries.append(entry)
        self._by_id[id(tensor)] = len(self._entries) - 1
        self._by_name[entry.name] = len(self._entries) - 1
        return len(self._entries) - 1

    def _replaceable(self, index: int, tensor: torch.Tensor) -> bool:
        old = self._entries[index].reference()
        return old is None or (not isinstance(old, torch.nn.Parameter) and old.shape == tensor.shape)

    def _distinct(self, name: str) -> str:
        number = 2
        while f"{name} ({number})" in self._by_name:
            number += 1
        return f"{name} ({number})"

    def _rename(self, index: int, name: str) -> None:
        entry = self._entries[index]
        if not name or name == entry.name or name in entry.aliases:
            return
        if entry.name.startswith(("leaf ", "group ")):
            self._by_name.pop(entry.name, None)
            entry.name = name
            self._by_name[name] = index
        elif "." in name or "." not in entry.name:
            entry.aliases.append(name)
        else:
            return
        self.changed = True

    def mark_in_optimizer(self, tensors: Iterable[torch.Tensor], names: dict[int, str], group: str) -> None:
        """Parameters of an optimizer's group; those still unknown are named by ``names`` (by id), else by position."""
        for position, tensor in enumerate(tensors):
            index = self.index_of(tensor)
            if index < 0:
                index = self.learn(tensor, names.get(id(tensor), f"{group} [{position}]"))
            if not self._entries[index].in_optimizer:
                self._entries[index].in_optimizer = True
                self.changed = True

    def note_frozen(self, tensor: torch.Tensor, place: Frame | None) -> None:
        """``requires_grad`` was switched off at a line of the script, or on again (None)."""
        if place is not None:
            self._frozen[id(tensor)] = (weakref.ref(tensor), place)
        elif self._frozen.pop(id(tensor), None) is None:
            return
        self.changed = self.changed or self.index_of(tensor) >= 0

    def frozen_at(self, tensor: torch.Tensor | None) -> Frame | None:
        """Where it was frozen, if that was seen."""
        reference, place = self._frozen.get(id(tensor), (None, None))
        return place if reference is not None and reference() is tensor else None

    def refresh(self) -> None:
        """Notice leaves that were frozen or set free since they were told."""
        for entry in self._entries:
            tensor = entry.reference()
            if tensor is not None and tensor.requires_grad != entry.requires_grad:
                entry.requires_grad = tensor.requires_grad
                self.changed = True

    def known(self) -> ParametersKnown:
        """The list as a message; resets ``changed``."""
        self.changed = False
        return ParametersKnown(tuple(self._parameter(index, entry) for index, entry in enumerate(self._entries)))

    def _parameter(self, index: int, entry: _Entry) -> Parameter:
        tensor = entry.reference()
        dtype = str(tensor.dtype).removeprefix("torch.") if tensor is not None else ""
        device = str(tensor.device) if tensor is not None else ""
        requires_grad = tensor.requires_grad if tensor is not None else entry.requires_grad
        aliases = tuple(entry.aliases)
        place = None if requires_grad else self.frozen_at(tensor)
        return Parameter(
            index, entry.name, entry.shape, dtype, device, requires_grad, entry.in_optimizer, aliases, place
        )


class ModulePaths:
    """Paths of modules from the root model they were found under, and the parameters that come with them."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._paths: weakref.WeakKeyDictionary[torch.nn.Module, str] = weakref.WeakKeyDictionary()
        self._prefixes: set[str] = set()
        self._roots: list[tuple[weakref.ref[torch.nn.Module], str]] = []
        self._buffers: dict[int, tuple[weakref.ref[torch.Tensor], str]] = {}

    def path(self, module: torch.nn.Module) -> str | None:
        """None for a module of no known root."""
        return self._paths.get(module)

    def buffer_name(self, tensor: torch.Tensor) -> str:
        """The qualified name of a buffer such as ``bn1.running_mean``; "" for any other tensor."""
        reference, name = self._buffers.get(id(tensor), (None, ""))
        return name if reference is not None and reference() is tensor else ""

    def learn(self, module: torch.nn.Module, nearby: list[tuple[str, torch.nn.Module]]) -> None:
        """Take ``module`` as a root. ``nearby`` are modules by variable name in the frame that called it.

        A script with one model gets plain names (``fc1.weight``); with several, each is prefixed by its variable.
        """
        roots = _roots([*nearby, ("", module)])
        names = {id(root): name for name, root in reversed(roots)}
        several = len({id(root) for _, root in roots if _has_parameters(root)}) > 1
        for _, root in roots:
            if root in self._paths:
                continue
            name = names.get(id(root), "")
            prefix = "" if _has_parameters(root) and not several and "" not in self._prefixes else name
            self._learn_root(
                root, prefix or ("" if "" not in self._prefixes and _has_parameters(root) else _kind(root))
            )

    def learn_again(self) -> None:
        """A parameter turned up that no known model had: a layer was replaced, or only lent out when it was learnt."""
        for reference, prefix in self._roots:
            root = reference()
            if root is not None:
                self._learn_names(root, prefix)
        self._roots = [entry for entry in self._roots if entry[0]() is not None]

    def _learn_root(self, root: torch.nn.Module, prefix: str) -> None:
        self._prefixes.add(prefix)
        self._roots.append((weakref.ref(root), prefix))
        self._learn_names(root, prefix)

    def _learn_names(self, root: torch.nn.Module, prefix: str) -> None:
        for path, module in root.named_modules():
            self._paths.setdefault(module, _join(prefix, _strip(f"{path}.")[:-1]))
        for path, parameter in root.named_parameters(remove_duplicate=False):
            if untouchable(parameter) or not parameter.is_leaf:
                continue  # ``functional_call`` has put another tensor in its place, for this call alone
            self._parameters.learn(parameter, _join(prefix, _strip(path)))
            if _strip(path) != path:
                self._parameters.learn(parameter, _join(prefix, path))
        for path, buffer in root.named_buffers():
            self._buffers[id(buffer)] = (weakref.ref(buffer), _join(prefix, _strip(path)))


def _roots(found: list[tuple[str, torch.nn.Module]]) -> list[tuple[str, torch.nn.Module]]:
    inner: set[int] = set()
    for _, module in found:
        inner.update(id(child) for child in module.modules() if child is not module)
    named: dict[int, tuple[str, torch.nn.Module]] = {}
    for name, module in found:
        if id(module) not in inner:
            known = named.get(id(module))
            if known is None or not known[0]:
                named[id(module)] = (name, module)
    return list(named.values())


def _has_parameters(module: torch.nn.Module) -> bool:
    return next(iter(module.parameters()), None) is not None


def _kind(module: Any) -> str:
    return type(module).__name__


def _join(prefix: str, path: str) -> str:
    return f"{prefix}.{path}" if prefix and path else prefix or path


def _strip(path: str) -> str:
    """Without what wrappers (DataParallel, torch.compile, PEFT, FSDP) put before the names of what they wrap."""
    for wrapper in _ANYWHERE:
        path = path.replace(f".{wrapper}", ".").removeprefix(wrapper)
    for wrapper in _OUTERMOST:
        path = path.removeprefix(wrapper)
    return path
