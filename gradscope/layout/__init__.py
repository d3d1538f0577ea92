"""Boxes and routes from sizes, edges and parents. Arithmetic only: no Qt, no file, no knowledge of training.

``geometry`` is what comes out, ``engine`` the one interface behind which the layout library stands, ``compose`` puts
large pictures together box by box, ``sizes`` says how large a card is, ``worker`` is the child process that computes
what may take long.
"""
