"""What a part of the process shows while there is no picture to look at: what it would show, and ways to a picture."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.ui.process.invitation import Invitation

_BEING_MADE = tr("Your picture is being made. It can be looked at here as soon as it is finished.")


class NoPicture(QWidget):
    """`why` says what the part is good for. Without `can_open` it is about pictures that were made here.

    Signals:
        example_asked(): make a picture.
        open_asked(): look at a picture file.
    """

    example_asked = Signal()
    open_asked = Signal()

    def __init__(self, name: str, why: str, *, can_open: bool = True) -> None:
        super().__init__()
        self._why = why
        self.open = QPushButton(tr("Open a picture"))
        self.open.setToolTip(tr("Look at a picture file"))
        self.open.clicked.connect(self.open_asked)
        tip = tr("Make a picture now, and look at it here")
        self.invitation = Invitation(name, tr("Run the example"), tip, (self.open,) if can_open else ())
        self.invitation.accepted.connect(self.example_asked)
        self.invitation.why.setText(why)
        self.setFocusProxy(self.invitation)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.invitation)

    def show_waiting(self, *, waits: bool) -> None:
        """Whether a picture is on its way: another one need not be asked for."""
        self.invitation.why.setText(_BEING_MADE if waits else self._why)
        self.invitation.set_offering(offers=not waits)
