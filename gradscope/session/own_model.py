"""A model of the user's own, tried before it is trained: imported, made and called once, in a process of its own.

What goes wrong there is one sentence with what to do, long before a training would die of it.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from typing import Any

from .interpreter import PATIENCE, ask

_MARK = "gradscope-model:"
_QUESTION = f"""
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import json, os, traceback
asked = json.loads(sys.argv[1])
told = {{"stage": "import"}}
sys.argv[1:] = []
try:
    sys.path.insert(0, asked["folder"])
    __import__(asked["module"])
    module = sys.modules[asked["module"]]
    told["stage"] = "name"
    told["has"] = [name for name in vars(module) if name[:1] != "_" and callable(vars(module)[name])
                   and getattr(vars(module)[name], "__module__", "") == asked["module"]]
    make = getattr(module, asked["function"])
    import torch
    told["stage"] = "make"
    model = make()
    told["stage"] = "kind"
    told["got"] = type(model).__name__
    if isinstance(model, torch.nn.Module):
        told["stage"] = "call"
        dtype = getattr(torch, asked["dtype"])
        shape = asked["takes"]
        batch = torch.randint(asked["codes"], shape) if asked["codes"] else torch.rand(shape, dtype=dtype)
        answer = model.to(dtype)(batch)
        told["stage"] = "answer"
        told["got"] = list(answer.shape) if isinstance(answer, torch.Tensor) else type(answer).__name__
except BaseException as error:
    frames = [one for one in traceback.extract_tb(error.__traceback__) if os.path.isfile(one.filename)]
    own = [one for one in frames if one.filename.startswith(os.path.join(asked["folder"], ""))]
    told.update(type=type(error).__name__, text=str(error).strip(), missing=str(getattr(error, "name", "") or ""))
    if isinstance(error, SyntaxError):
        told.update(text=error.msg, file=error.filename, line=error.lineno)
    elif own:
        told.update(file=own[-1].filename, line=own[-1].lineno)
print("\\n" + {_MARK!r} + json.dumps(told), flush=True)
os._exit(0)
"""


@dataclass(frozen=True, slots=True)
class OwnModel:
    """What is to be tried: ``module:function`` from ``folder``, with a batch of shape ``takes``.

    ``codes`` is how many whole numbers the batch may hold, 0 for a batch of real numbers. The answer must have the
    shape ``gives``; ``at_least``: its last dimension may be larger.
    """

    module: str
    function: str
    folder: str
    takes: tuple[int, ...]
    gives: tuple[int, ...]
    codes: int = 0
    at_least: bool = False
    dtype: str = "float32"


def try_model(python: str, model: OwnModel) -> str:
    """What is wrong with a model, in one sentence or two for the user; "" if it can be trained.

    Raises:
        ScriptError: the interpreter does not start, or does not come back.
    """
    with tempfile.TemporaryDirectory() as elsewhere:
        try:
            answer = ask(python, _QUESTION, json.dumps(asdict(model)), cwd=elsewhere)
        except subprocess.TimeoutExpired:
            what = f"{model.module}:{model.function} was not made and called within {PATIENCE:.0f} s."
            return f"{what} Keep training out of its import: put it below if __name__ == '__main__'."
    told = next((line for line in answer.stdout.splitlines()[::-1] if line.startswith(_MARK)), "")
    if not told:
        last = (answer.stderr.strip().splitlines() or [f"exit code {answer.returncode}"])[-1]
        return f"Python ended while it imported and tried {model.module}: {last}. Mend that and try again."
    return sentence(json.loads(told.removeprefix(_MARK)), model, python)


def sentence(told: dict[str, Any], model: OwnModel, python: str) -> str:
    """What the answer of the process means; "" if nothing is wrong."""
    name = f"{model.module}:{model.function}"
    if told["stage"] == "answer":
        return _of_answer(told["got"], model)
    if told["stage"] == "kind":
        return f"{name} gives {told['got']}, which is no nn.Module. Let it return the model."
    error = f"{told['type']}: {told['text'].splitlines()[0] if told['text'] else 'no message'}".rstrip(".")
    if told.get("file"):
        error += f" (line {told['line']} of {told['file']})"
    if told["stage"] == "import":
        missing = told["missing"]
        if missing and (model.module + ".").startswith(missing + "."):
            return f"There is no module {missing} in {model.folder}. Choose the folder that it lies in, or its file."
        if told["type"] == "ModuleNotFoundError":
            return f"{model.module} needs {missing}, which {python} does not have. Install it there, or take it out."
        return f"{model.module} cannot be imported: {error}. Mend that line and try again."
    if told["stage"] == "name":
        has = told.get("has") or []
        offer = f"It has {', '.join(has[:6])}: write one of them" if has else "Nothing in it can be called: add it"
        return f"{model.module} has no {model.function}. {offer}."
    if told["stage"] == "make":
        return f"{model.function}() raised {error}. It is called without arguments: give it defaults."
    return f"The model cannot take a batch of {_shape(model.takes)}: {error}. These data come in that shape."


def _of_answer(got: list[int] | str, model: OwnModel) -> str:
    if isinstance(got, str):
        return f"The model answers with {got}. Let its forward return one tensor of {_shape(model.gives)}."
    wanted = model.gives
    fits = len(got) == len(wanted) and tuple(got[:-1]) == wanted[:-1]
    if fits and (got[-1] == wanted[-1] or (model.at_least and got[-1] > wanted[-1])):
        return ""
    return (
        f"A batch of {_shape(model.takes)} gives {_shape(got)}, but these data and this loss need {_shape(wanted)}."
        f" Make its last layer {wanted[-1]} wide, or choose what fits."
    )


def _shape(shape: tuple[int, ...] | list[int]) -> str:
    return " x ".join(map(str, shape)) or "no dimensions"
