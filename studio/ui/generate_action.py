"""From the panels to a request: the one place where a press of the button becomes work."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from studio.core.checkpoint import Checkpoint
from studio.core.errors import InvalidRequest
from studio.ui.request_panel import RequestPanel


class GenerateAction(QObject):
    """Reads the panel and sends a request, or shows the fault beside the field that has it.

    Signals:
        requested(GenerationRequest)
    """

    requested = Signal(object)

    def __init__(self, panel: RequestPanel, checkpoint: Callable[[], Checkpoint]) -> None:
        super().__init__()
        self._panel = panel
        self._checkpoint = checkpoint
        panel.make_requested.connect(self.trigger)

    def trigger(self) -> None:
        try:
            request = self._panel.request(self._checkpoint())
        except InvalidRequest as fault:
            self._panel.show_fault(fault)
        else:
            self._panel.clear_faults()
            self.requested.emit(request)
