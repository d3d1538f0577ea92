"""Hooks of a graph that comes again: ours run once a node and pass, and the user's run where the user put them."""

from __future__ import annotations

from typing import Any

import torch

from gradscope.probe import compat
from gradscope.probe.prehooks import Prehooks

LENGTH = 40


def chain() -> tuple[torch.Tensor, list[Any]]:
    """The root of a new graph and its nodes, root first; a chain, so that a row is a place."""
    value = torch.ones(2, requires_grad=True)
    for _ in range(LENGTH):
        value = value.sin()
    root = value.sum()
    nodes: list[Any] = [root.grad_fn]
    while nodes[-1].next_functions:
        nodes.append(nodes[-1].next_functions[0][0])
    return root, nodes


def rows(prehooks: Prehooks, root: torch.Tensor, nodes: list[Any]) -> list[int]:
    """A pass with our hooks on: the rows in the order in which they were called."""
    called: list[int] = []
    registered = prehooks.install(nodes, range(len(nodes)), lambda row, _: called.append(row))
    root.backward(retain_graph=True)
    compat.remove_hooks(registered)
    return called


def test_a_graph_that_comes_again_is_hooked_again_and_left_as_it_was() -> None:
    prehooks = Prehooks()
    for _ in range(3):
        root, nodes = chain()
        for _ in range(2):  # the same graph again, too
            assert rows(prehooks, root, nodes) == list(range(LENGTH + 2))
        root.backward(retain_graph=True)
        assert compat.node_hooks(nodes) == []


def test_a_hook_of_the_users_stays_on_the_node_it_was_put_on() -> None:
    prehooks, theirs = Prehooks(), []
    old_root, old = chain()
    rows(prehooks, old_root, old)
    old[5].register_prehook(lambda _: theirs.append("old"))  # into the dictionary that was ours
    for _ in range(3):
        root, nodes = chain()
        assert rows(prehooks, root, nodes) == list(range(LENGTH + 2))
        assert theirs == []
    old_root.backward(retain_graph=True)
    assert theirs == ["old"]
    rows(prehooks, old_root, old)
    assert theirs == ["old"] * 2
    del old_root, old  # and with the node it goes
    for _ in range(3):
        root, nodes = chain()
        rows(prehooks, root, nodes)
        assert theirs == ["old"] * 2


def test_a_hook_put_on_an_older_node_when_a_newer_graph_is_hooked_stays_there_too() -> None:
    prehooks, theirs = Prehooks(), []
    old_root, old = chain()
    rows(prehooks, old_root, old)
    root, nodes = chain()
    rows(prehooks, root, nodes)
    old[5].register_prehook(lambda _: theirs.append("old"))
    root.backward(retain_graph=True)
    assert theirs == []
    old_root.backward()
    assert theirs == ["old"]


def test_hooks_behind_are_called_with_what_a_node_sent_and_what_it_received() -> None:
    prehooks, called = Prehooks(behind=True), []
    for _ in range(2):
        root, nodes = chain()
        registered = prehooks.install(nodes, range(len(nodes)), lambda row, *grads: called.append((row, len(grads))))
        root.backward()
        compat.remove_hooks(registered)
    assert called == [(row, 2) for row in range(LENGTH + 2)] * 2


def test_a_node_with_a_hook_of_the_users_keeps_it_and_gets_ours() -> None:
    prehooks, theirs = Prehooks(), []
    for _ in range(3):
        root, nodes = chain()
        nodes[7].register_prehook(lambda _: theirs.append("theirs"))
        assert rows(prehooks, root, nodes) == list(range(LENGTH + 2))
    assert theirs == ["theirs"] * 3
