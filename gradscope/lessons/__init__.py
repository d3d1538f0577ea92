"""Lessons: a plain script each, and a tour beside it that tells, asks, and checks against the live run.

A lesson's script stands in ``resources/lessons/NN_topic.py`` and its tour in ``NN_topic.toml``. Nothing here draws or
gives orders. May import: the standard library, ``graph`` and ``resources``.
"""
