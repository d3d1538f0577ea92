"""Python runs this at its start when GradScope put this folder on PYTHONPATH: it has the probe wait for torch.

Nothing heavy, and no error of ours leaves it: it runs in every Python that inherits the environment. ``wire`` and
``probe`` are loaded under the private name ``_gradscope_agent``, so that a package of the user's called ``gradscope``
keeps working.
"""

import os
import sys


def _run_next_sitecustomize(here):  # type: ignore[no-untyped-def]  # any Python may read this file
    """Run the ``sitecustomize`` that this one hides, so that an environment's own keeps working."""
    import importlib.machinery
    import importlib.util

    others = [path for path in sys.path if os.path.abspath(path or os.curdir) != here]  # noqa: PTH100  # light
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


def _install(here):  # type: ignore[no-untyped-def]  # any Python may read this file
    if not os.environ.get("GRADSCOPE_ENDPOINT") or sys.version_info < (3, 10):
        return
    import importlib
    import types

    agent = types.ModuleType("_gradscope_agent")
    agent.__path__ = [os.path.dirname(os.path.dirname(here))]  # noqa: PTH120  # pathlib costs 10 ms in every Python
    sys.modules["_gradscope_agent"] = agent
    importlib.import_module("_gradscope_agent.probe.torch_import").wait_for_torch()


_here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # pathlib costs 10 ms in every Python
try:
    _run_next_sitecustomize(_here)  # type: ignore[no-untyped-call]  # what it raises, Python reports as without us
finally:
    try:  # noqa: SIM105  # contextlib is not loaded here
        _install(_here)  # type: ignore[no-untyped-call]
    except Exception:  # noqa: BLE001  # a Python must start whatever is wrong with us
        pass
