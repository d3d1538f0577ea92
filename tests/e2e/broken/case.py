"""What a broken script is, and what its explanation must say."""

from __future__ import annotations

from typing import NamedTuple

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


class Case(NamedTuple):
    """``says`` are words that title and sentence must hold; ``helper`` is a module of the user's beside the script."""

    rule: str
    says: tuple[str, ...]
    script: str
    helper: str = ""
