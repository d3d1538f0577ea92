"""A user's own model is tried before it is trained; what is wrong is one sentence with what to do."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from gradscope.session.own_model import OwnModel, try_model

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "good": "import torch\nfrom torch import nn\nprint('a word of its own')\n"
    "def more(): return nn.Linear(2, 5)\n"
    "def needy(width): return nn.Linear(2, width)\n"
    "class Pair(nn.Module):\n"
    "    def forward(self, x): return x, x\n"
    "class Wants(nn.Module):\n"
    "    def forward(self, x):\n"
    "        return x @ torch.zeros(3, 2)\n",
    "plain": "def number(): return 3\n",
    "spelt": "def two(:\n",
    "trains": "raise SystemExit('done')\n",
    "dies": "import os\nos._exit(3)\n",
}
# module, function, and words of what is said, the remedy last
SAID = {
    "good:more": (),
    "good:needy": ("needy() raised TypeError", "called without arguments", "give it defaults"),
    "plain:number": ("gives int, which is no nn.Module", "return the model"),
    "good:Pair": ("answers with tuple", "return one tensor of 4 x 2"),
    "good:Wants": ("cannot take a batch of 4 x 2", "shapes cannot be multiplied", "line 10 of"),
    "plain:numbers": ("plain has no numbers.", "It has number", "write one of them"),
    "spelt:two": ("cannot be imported: SyntaxError", "line 1 of", "Mend that line"),
    "trains:two": ("cannot be imported: SystemExit: done", "line 1 of", "Mend that line"),
    "dies:two": ("Python ended while it imported", "exit code 3", "Mend that"),
    "nowhere:two": ("There is no module nowhere in", "Choose the folder"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("models")
    for name, text in FILES.items():
        (made / f"{name}.py").write_text(text)
    return made


@pytest.mark.parametrize("factory", SAID)
def test_what_is_wrong_is_said(folder: Path, factory: str) -> None:
    module, _, function = factory.partition(":")
    said = try_model(sys.executable, OwnModel(module, function, str(folder), (4, 2), (4, 2), at_least=True))
    for words in SAID[factory]:
        assert words in said
    assert bool(said) is bool(SAID[factory])
    assert "\n" not in said
