"""The options of the script's optimizers, as they were told."""

from __future__ import annotations

from gradscope.wire.changes import OptimizerGroup, OptimizerOption

__all__ = ["OptimizerGroup", "OptimizerOption"]
