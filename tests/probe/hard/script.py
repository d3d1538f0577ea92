"""The training script: every case of the families named on the command line, each from the same seed."""

import gc
import sys
from importlib import import_module
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[3]))
gc.freeze()  # what torch is made of need not be looked through again and again
for family in sys.argv[1:]:
    for case in import_module(f"tests.probe.hard.{family}").CASES:
        torch.manual_seed(0)
        case()
        gc.collect()  # a name is free again when what it stood for is gone
