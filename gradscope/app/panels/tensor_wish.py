"""Which tensor a panel wants to show, whether it was asked for, and whether the answer is this one's.

A tensor is asked for once a pause, and only when it is looked at. An answer is taken only while its question stands;
until then nothing of another node or another pause is passed off as this one's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from gradscope.graph.tensor_looks import Cut, first_cut

if TYPE_CHECKING:
    from gradscope.graph.tensor import TensorView

PATIENCE_MS = 250  # so long an old picture may stand, or an answer may take, before words replace it
NOTHING = ("", -1, 0)


class TensorWish(QObject):
    """``requested(kind, node, output, cut)`` asks; ``overdue`` comes when no answer came for a while."""

    requested = Signal(str, int, int, object)
    overdue = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.answer: TensorView | None = None
        self.cut: Cut | None = None  # chosen by the user; else what is usual for the shape
        self.liked: dict[int, str] = {}
        self._subject: tuple[str, int, int] = NOTHING
        self._shape: tuple[int, ...] = ()
        self._asked: tuple[object, ...] = ()
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._errand = QTimer(self, singleShot=True, interval=0)
        self._patience.timeout.connect(self.overdue)
        self._errand.timeout.connect(self._ask)

    @property
    def young(self) -> bool:
        """Whether an answer may still come before anybody misses it."""
        return self._patience.isActive()

    def forget(self) -> None:
        """What was asked and answered belongs to something else now."""
        self.cut = None
        self.ask_again()
        self._patience.start()

    def ask_again(self) -> None:
        """The same tensor may have other numbers now."""
        self.answer, self._asked = None, ()

    def renew(self) -> None:
        """Another pause: what stands may stand for a blink."""
        self.ask_again()
        self._patience.start()

    def look_at(self, cut: Cut) -> None:
        """Another cut of the same tensor."""
        self.cut, self.answer = cut, None

    def like(self, rank: int, name: str) -> None:
        """The look that was chosen for tensors of this rank comes first from now on."""
        self.liked[rank] = name

    def want(self, kind: str, node: int, output: int, shape: tuple[int, ...], later: bool) -> None:
        """Ask for it, unless it was asked for; ``later`` where another one may be wanted at once."""
        self._subject, self._shape = (kind, node, output), shape
        wanted = (*self._subject, self.cut)
        if wanted != self._asked:
            self._asked = wanted
            self._patience.start()
            if later:
                self._errand.start()
            else:
                self._errand.stop()
                self._ask()

    def take(self, kind: str, tensor: TensorView) -> bool:
        """The answer to the newest request; False where it cannot be that, the next one being due."""
        if not self._asked or self._errand.isActive() or kind != self._subject[0]:
            return False
        self.answer = tensor
        self._patience.stop()
        if tensor.available and tensor.rank >= 3:
            self.cut = tensor.cut
        return True

    def _ask(self) -> None:
        kind, node, output = self._subject
        if self._asked:
            self.requested.emit(kind, node, output, self.cut or first_cut(self._shape, kind == "value", self.liked))
