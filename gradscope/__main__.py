"""``python -m gradscope``: the same as the command ``gradscope``."""

from __future__ import annotations

import sys

from gradscope.cli import main

if __name__ == "__main__":
    sys.exit(main())
