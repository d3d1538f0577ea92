"""What ``gradscope --help`` says: every command of the registry on one line."""

from __future__ import annotations

from .registry import COMMANDS, WINDOW


def overview() -> str:
    """What ``gradscope --help`` says."""
    rows = [(f"gradscope {WINDOW.usage}", WINDOW.help)]
    rows += [(f"{command.program} {command.usage}", command.help) for command in COMMANDS]
    width = max(len(usage) for usage, _ in rows)
    lines = ["GradScope: a visual debugger for PyTorch training.", ""]
    lines += [f"  {usage:<{width}}   {text}" for usage, text in rows]
    lines += ["", "COMMAND: train.py args | -m module args | any program that ends in Python, such as torchrun"]
    lines += ["gradscope COMMAND --help tells a command's options; gradscope --version the version."]
    return "\n".join(lines)
