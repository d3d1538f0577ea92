"""A Python that has imported torch already, for tests that start many scripts which are not about starting.

``import torch`` and what the first optimizer imports after it take 3 s of CPU, a script of 50 iterations 0.3. So each
worker of the tests keeps one process with torch in it (``server.py``), which forks for each script; ``client.py`` is
what stands as ``bin/python`` of the virtual environment that the tests then name in VIRTUAL_ENV. What runs there cannot
tell it from an interpreter just started: see ``server.py``, and ``test_warm.py``, which compares the two.

Tests of the way in, of signals, of a process's end and of the environment take the real interpreter.
"""
