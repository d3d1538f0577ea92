"""New trainings: what can be chosen, what fits together, and the plain script that comes of it.

A studio training is a PyTorch script like any other: readable, self-contained, run without GradScope. Nothing here
trains, draws or imports torch. May import: the standard library and numpy.
"""
