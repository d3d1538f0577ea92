"""Runs other scripts one after the other in this process, each as if alone: "several.py 'gan.py --seed 1' ..."."""

import runpy
import shlex
import sys
from pathlib import Path

here = Path(__file__).parent
for line in sys.argv[1:]:
    name, *words = shlex.split(line)
    sys.argv = [name, *words]
    sys.path.insert(0, str((here / name).parent))
    runpy.run_path(str(here / name), run_name="__main__")
    sys.path.pop(0)
