"""Waits for ``import torch`` without importing it, and arms the probe when it has happened."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import importlib.machinery
    from collections.abc import Sequence
    from types import ModuleType


class _ArmingLoader:
    """The real loader of torch, followed by arming."""

    def __init__(self, loader: Any, finder: _TorchFinder) -> None:
        self._loader = loader
        self._finder = finder

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        if spec is not None:
            spec.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        if hasattr(module, "_C") and hasattr(module, "autograd"):  # a folder of the user's called torch has neither
            from .arming import arm

            if self._finder in sys.meta_path:
                sys.meta_path.remove(self._finder)
                arm()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


class _TorchFinder:
    """First on the meta path until torch is there: who only asks whether there is one does not wear it out."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "torch":
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _ArmingLoader(spec.loader, self)  # type: ignore[assignment]  # a loader by its shape
                return spec
        return None


def wait_for_torch() -> None:
    """Put the finder first. Costs nothing in a process that never imports torch."""
    if "torch" not in sys.modules:
        sys.meta_path.insert(0, _TorchFinder())
