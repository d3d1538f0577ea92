"""Run many generated scripts in one process, as ``python script.py --epochs 1`` each; print what each came to.

Usage: python -m tests.studio.train_all FOLDER [arguments of every script]
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
import warnings
from pathlib import Path


def main() -> None:
    """One line of JSON for each script: its name, and what it printed or the error it died of."""
    folder, arguments = Path(sys.argv[1]), sys.argv[2:]
    warnings.simplefilter("error")
    for path in sorted(folder.glob("*.py")):
        sys.argv = [str(path), *arguments]
        printed = io.StringIO()
        error = ""
        try:
            with contextlib.redirect_stdout(printed):
                runpy.run_path(str(path), run_name="__main__")
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            NameError,
            RuntimeError,
            TypeError,
            ValueError,
            Warning,
        ) as raised:
            error = f"{type(raised).__name__}: {raised}"
        print(json.dumps({"name": path.stem, "printed": printed.getvalue(), "error": error}), flush=True)


if __name__ == "__main__":
    main()
