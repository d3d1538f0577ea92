"""What a script says of its own arguments, found by reading its text: it is never run for this.

``parser.add_argument("--lr", type=float, default=0.1, help="learning rate")`` is read as far as its words are written
out; what is computed is left unknown, and an argument without a long name is left to the command itself.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

ArgumentKind = Literal["text", "number", "count", "choice", "flag"]
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Argument:
    """One long option. ``default`` is "" where there is none or it is computed; a "flag" is "yes" or "no".

    ``low`` and ``high`` bound a count whose choices are a ``range``.
    """

    name: str
    kind: ArgumentKind = "text"
    default: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None

    def problem(self, text: str) -> str:
        """One sentence on a text that the script would refuse; "" if it would not."""
        label = self.name.replace("-", " ").replace("_", " ").capitalize()
        if not text or self.kind not in ("number", "count"):
            return ""
        whole = self.kind == "count"
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            return f"{label} is “{text}”: that is not {'a whole number' if whole else 'a number'}."
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            return f"{label} is {text}: it lies between {self.low} and {self.high}."
        return ""


def declared_arguments(script: Path) -> dict[str, Argument]:
    """The long options of a script by name, in the order in which they are declared."""
    try:
        tree = ast.parse(script.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return {}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    calls = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument"]
    found = [_argument(call) for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset))]
    return {argument.name: argument for argument in found if argument is not None}


def _argument(call: ast.Call) -> Argument | None:
    texts = [_constant(argument) for argument in call.args]
    name = next((text[2:] for text in texts if isinstance(text, str) and text.startswith("--")), "")
    words = {word.arg: word.value for word in call.keywords if word.arg}
    action, default = _constant(words.get("action")), _constant(words.get("default"))
    if not name or "nargs" in words or action not in (None, "store", "store_true"):
        return None
    told = _constant(words.get("help"))
    help_text = told.replace("%%", "%") if isinstance(told, str) and "%(" not in told else ""
    if action == "store_true":
        return Argument(name, "flag", NO, help_text, (NO, YES))
    text = "" if default is None else str(default)
    bounds = _bounds(words.get("choices"))
    if bounds is not None:
        return Argument(name, "count", text, help_text, (), *bounds)
    choices = _choices(words.get("choices"))
    if choices:
        return Argument(name, "choice", text, help_text, choices)
    kind = words.get("type")
    kinds: dict[str, ArgumentKind] = {"int": "count", "float": "number"}
    return Argument(name, kinds.get(kind.id, "text") if isinstance(kind, ast.Name) else "text", text, help_text)


def _constant(node: ast.expr | None) -> Any:
    """What is written there, None if it is computed."""
    if node is None:
        return None
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return None
    return value if isinstance(value, (str, int, float, bool)) else None


def _choices(node: ast.expr | None) -> tuple[str, ...]:
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        values = [_constant(item) for item in node.elts]
        return tuple(map(str, values)) if None not in values else ()
    return ()


def _bounds(node: ast.expr | None) -> tuple[int, int] | None:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"):
        return None
    values = [_constant(argument) for argument in node.args]
    if not 1 <= len(values) <= 2 or not all(isinstance(value, int) for value in values):
        return None
    low, high = (0, values[0]) if len(values) == 1 else values
    return (low, high - 1)
