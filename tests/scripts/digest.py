"""What a training run came to, to the bit: the helper of the scripts beside it, written where TRAINING_DIGEST says."""

import atexit
import hashlib
import json
import os
import struct
from pathlib import Path

import torch


class Digest:
    """Collects the bits of every loss; when the process ends, adds those of the parameters and of the random state."""

    def __init__(self, parameters):
        self._parameters = list(parameters)
        self._losses = []
        if os.environ.get("TRAINING_DIGEST"):
            atexit.register(self.write, os.environ["TRAINING_DIGEST"])

    def loss(self, value):
        self._losses.append(value.item() if isinstance(value, torch.Tensor) else value)

    def write(self, path):
        parameters = hashlib.sha256()
        gradients = hashlib.sha256()
        for parameter in self._parameters:
            parameters.update(_bits(parameter))
            gradients.update(b"none" if parameter.grad is None else _bits(parameter.grad))
        result = {
            "losses": [hashlib.sha256(struct.pack("<d", loss)).hexdigest() for loss in self._losses],
            "parameters": parameters.hexdigest(),
            "gradients": gradients.hexdigest(),
            "random": hashlib.sha256(_bits(torch.get_rng_state())).hexdigest(),
        }
        Path(path).write_text(json.dumps(result, indent=1))


def _bits(tensor):
    return bytes(tensor.detach().cpu().reshape(-1).view(torch.uint8).tolist())
