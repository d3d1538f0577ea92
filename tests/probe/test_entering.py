"""Getting into processes by their environment alone: into those that train, past all the others, in nobody's way."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .place import Place

if TYPE_CHECKING:
    from pathlib import Path

TRAIN = """
import sys
import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
for step in range(3):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad = None
print("trained", *sys.argv[1:])
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder with a script that nobody edited."""
    one = Place(tmp_path)
    one.write("train.py", TRAIN)
    return one


def test_a_script_with_its_arguments(place: Place) -> None:
    state = place.record("train.py", "--lr", "0.1")
    assert place.out == ["trained --lr 0.1"]
    assert len(state.history) == 3


def test_a_module_of_a_package_with_relative_imports(place: Place) -> None:
    place.write("pkg/__init__.py", "")
    place.write("pkg/train.py", "from .words import said\n" + TRAIN + "print(said, __name__)")
    place.write("pkg/words.py", "said = 'relative'")
    state = place.record("-m", "pkg.train", "x")
    assert place.out == ["trained x", "relative __main__"]
    assert len(state.history) == 3


def test_each_process_of_a_launcher_trains_as_without_us(place: Place) -> None:
    place.write("train.py", TRAIN + "import os; open('rank' + os.environ['RANK'], 'w').write('done')")
    words = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "train.py")
    state = place.record(*words, OMP_NUM_THREADS="1")
    assert (place.folder / "rank0").read_text() == (place.folder / "rank1").read_text() == "done"
    assert len(state.history) == 3


def test_a_package_called_gradscope_is_the_users_own(place: Place) -> None:
    place.write("gradscope/__init__.py", "word = 'mine'")
    place.write("gradscope/wire.py", "word = 'my wire'")
    place.write("gradscope/probe/__init__.py", "word = 'my probe'")
    ours = "import gradscope, gradscope.wire, gradscope.probe\n"
    place.write("train.py", ours + TRAIN + "print(gradscope.word, gradscope.wire.word, gradscope.probe.word)")
    state = place.record("train.py")
    assert place.out[-1] == "mine my wire my probe"
    assert len(state.history) == 3


def test_one_folder_that_holds_one_file_is_all_that_can_be_imported_besides(place: Place) -> None:
    place.write("train.py", TRAIN + "print(*sys.path, sep='\\n')")
    place.record("train.py")
    alone = subprocess.run(
        [sys.executable, "train.py"], cwd=place.folder, capture_output=True, text=True, check=True, timeout=60
    )
    (added,) = set(place.out) - set(alone.stdout.splitlines())
    assert [file for file in os.listdir(added) if not file.startswith("__")] == ["sitecustomize.py"]  # noqa: PTH208


def test_the_users_own_sitecustomize_still_runs(place: Place) -> None:
    place.write("site/sitecustomize.py", "import sys\nsys.customized = sys.modules[__name__].__file__\n")
    place.write("train.py", TRAIN + "print(sys.customized.endswith('site/sitecustomize.py'))")
    state = place.record("train.py", PYTHONPATH=str(place.folder / "site"))
    assert place.out[-1] == "True"
    assert len(state.history) == 3


def test_a_sitecustomize_that_fails_does_not_keep_us_out_nor_stop_python(place: Place) -> None:
    place.write("site/sitecustomize.py", "raise RuntimeError('broken')\n")
    state = place.record("train.py", PYTHONPATH=str(place.folder / "site"))
    assert "Error in sitecustomize" in place.out[0]  # as without us
    assert place.out[-1] == "trained"
    assert len(state.history) == 3


def test_a_folder_called_torch_is_not_torch(place: Place) -> None:
    place.write("torch/__init__.py", "word = 'my own'")
    place.write("train.py", "import torch\nprint(torch.word, torch.__spec__.loader.__class__.__name__)")
    state = place.record("train.py")
    assert place.out == ["my own SourceFileLoader"]
    assert "without a probe reporting" in state.explanation


def test_asking_whether_there_is_torch_does_not_count_as_importing_it(place: Place) -> None:
    place.write("train.py", "import importlib.util\nassert importlib.util.find_spec('torch')\n" + TRAIN)
    assert len(place.record("train.py").history) == 3


def test_workers_and_forked_children_stay_silent(place: Place) -> None:
    text = """
import os, sys
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

def train(x):
    model = nn.Linear(2, 1)
    loss = model(x).square().mean()
    loss.backward()
    torch.optim.SGD(model.parameters(), lr=0.1).step()

class Data(Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, index):
        if torch.utils.data.get_worker_info() is not None:
            train(torch.ones(1, 2))
        return torch.full((2,), float(index))

train(torch.ones(1, 2))
for x in DataLoader(Data(), batch_size=4, num_workers=2):
    train(x)
child = os.fork()
if child == 0:
    train(torch.ones(1, 2))
    sys.exit(5)
print("child", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
train(torch.ones(1, 2))
"""
    place.write("train.py", text)
    state = place.record("train.py")
    assert place.out == ["child 5"]
    assert [record.iteration for record in state.history] == [0, 1, 2, 3]
    assert state.life == "ended"
    assert state.explanation == ""


@pytest.mark.parametrize("option", ["-I", "-S"])
def test_a_python_that_takes_no_environment_is_explained_at_its_end(option: str, place: Place) -> None:
    text = "print('ran')"
    place.write("train.py", text)
    state = place.record(option, "train.py")
    assert place.out == ["ran"]
    assert "without a probe reporting" in state.explanation
    assert option in state.explanation


def test_the_python_of_another_environment(place: Place) -> None:
    other = place.folder / "other"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(other)], check=True, timeout=60)
    python = other / "bin" / "python"
    where = "import torch; print(torch.__path__[0])"
    torch = subprocess.run([sys.executable, "-c", where], capture_output=True, text=True, check=True).stdout.strip()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (other / "lib" / version / "site-packages" / "rest.pth").write_text(os.path.dirname(torch))  # noqa: PTH120
    place.write("train.py", TRAIN + "print(sys.prefix)")
    state = place.record("train.py", python=str(python))
    assert place.out[-1] == str(other)
    assert len(state.history) == 3


def test_a_program_that_starts_python_itself(place: Place) -> None:
    place.write("run.sh", f"#!/bin/sh\n{sys.executable} train.py from the shell\n")
    (place.folder / "run.sh").chmod(0o755)
    state = place.record("./run.sh")
    assert place.out == ["trained from the shell"]
    assert len(state.history) == 3
