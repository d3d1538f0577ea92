"""Starts or awaits training processes, owns their sockets, output and recording. No Qt, no torch.

The one door that window and command line share (``session``): give it a command, get states; give it an order, it
reaches the probe. ``launch`` and ``interpreter`` say what to start, ``process`` starts and ends it, ``endpoint`` and
``listener`` hear its probe, ``tail`` and ``terminal`` follow its output, ``run`` holds these together in one thread.
``waiting`` finds and takes over training that is held and lost its window. ``recording_writer`` and ``recording``
keep a run and give it back, ``kept_tensors`` the tensors of it; ``schema`` and ``blocks`` are the file's format and
``library`` the folder of files. ``errors``, ``launch``, ``interpreter`` and ``terminal`` load in a moment; numpy and
msgspec come with the others.
"""
