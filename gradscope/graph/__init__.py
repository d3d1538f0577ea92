"""The model of a graph and of a run: what is known, never how it is shown or where it came from.

``snapshot`` is one captured graph as immutable arrays, ``statistics`` what passed through it, ``state`` the whole run
and ``reduce(state, message)``, ``fold`` the part of a graph that is open on screen, ``queries`` the questions that
networkx answers. Pure: numpy, networkx (imported inside functions) and ``wire``; no Qt, no torch, no file, no socket.
"""
