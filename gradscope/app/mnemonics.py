"""Letters that choose the entries of an open menu: one each, no two the same, the start of a word if it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QMenu


def places(texts: Sequence[str]) -> list[int]:
    """For each text the index of its letter; -1 where there are too many texts, the first of them going first."""
    wishes = [_wishes(text) for text in texts]
    owner: dict[str, int] = {}
    for index in range(len(texts)):
        _give(index, texts, wishes, owner, set())
    found = [-1] * len(texts)
    for letter, index in owner.items():
        found[index] = next(place for place in wishes[index] if texts[index][place].lower() == letter)
    return found


def underline(menu: QMenu) -> None:
    """Give the entries of a menu, and of the menus in it, their letters."""
    entries = [action for action in menu.actions() if not action.isSeparator()]
    entries.sort(key=lambda action: not action.shortcut().isEmpty())  # who has a key can do without
    texts = [action.text().replace("&&", "\0").replace("&", "").replace("\0", "&") for action in entries]
    for action, text, place in zip(entries, texts, places(texts), strict=True):
        marked = text.replace("&", "&&") if place < 0 else _marked(text, place)
        if action.text() != marked:
            action.setText(marked)
    for action in entries:
        inner = action.menu()
        if inner is not None:
            underline(inner)  # type: ignore[arg-type]  # it is a QMenu, which the stub does not know


def _marked(text: str, place: int) -> str:
    return text[:place].replace("&", "&&") + "&" + text[place:].replace("&", "&&")


def _wishes(text: str) -> list[int]:
    """The places of all letters and digits: starts of words first."""
    usable = [place for place, letter in enumerate(text) if letter.isascii() and letter.isalnum()]
    return sorted(usable, key=lambda place: (place > 0 and text[place - 1].isalnum(), place))


def _give(index: int, texts: Sequence[str], wishes: list[list[int]], owner: dict[str, int], tried: set[str]) -> bool:
    """One more text gets a letter; others may have to take another one (augmenting paths in a bipartite graph)."""
    letters = [texts[index][place].lower() for place in wishes[index]]
    for letter in letters:
        if letter not in owner:
            owner[letter] = index
            return True
    for letter in letters:
        if letter not in tried:
            tried.add(letter)
            if _give(owner[letter], texts, wishes, owner, tried):
                owner[letter] = index
                return True
    return False
