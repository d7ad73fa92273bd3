"""From the panels to a request: the one place where a press of the button becomes work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from studio.core.checkpoint import Checkpoint
from studio.core.errors import InvalidRequest
from studio.core.request import GenerationRequest
from studio.ui.request_panel import RequestPanel


class StartPicture(Protocol):
    """The canvas: while it is shown, requests start from what lies on it."""

    @property
    def is_shown(self) -> bool: ...

    def send(self, request: GenerationRequest, send: Callable[[GenerationRequest], None]) -> None:
        """Give the request its task, then `send` it."""
        ...


class MakeChoices(Protocol):
    """Makes the choices that the prompts of a request leave (`{a|b}`, `__name__`)."""

    def __call__(self, request: GenerationRequest, then: Callable[[tuple[GenerationRequest, ...]], None]) -> None:
        """Call `then` with requests that leave none: at once if there are none to make."""
        ...


class GenerateAction(QObject):
    """Reads the panel and sends a request, or shows the fault beside the field that has it.

    A batch whose prompts leave choices becomes a request for each picture.

    Signals:
        requested(GenerationRequest)
        used(Prompt): what stands in the fields, for the history.
    """

    requested = Signal(object)
    used = Signal(object)

    def __init__(
        self,
        panel: RequestPanel,
        start: StartPicture,
        checkpoint: Callable[[], Checkpoint],
        make_choices: MakeChoices,
        with_addons: Callable[[GenerationRequest], GenerationRequest],
    ) -> None:
        """`with_addons` finds what the prompt names; raises InvalidRequest."""
        super().__init__()
        self._make_choices = make_choices
        self._with_addons = with_addons
        self._start = start
        self._panel = panel
        self._checkpoint = checkpoint
        panel.make_requested.connect(self.trigger)

    def trigger(self) -> None:
        request = self._asked_for()
        if request is not None:
            self._make_choices(request, self._send_all)

    def prepare(self, then: Callable[[GenerationRequest], None]) -> None:
        """Call `then` with what the panel asks for and starts from, for somebody who makes more of it. Choices and
        add-ons of its prompts are still open."""
        request = self._asked_for()
        if request is not None:
            self._with_start(request, then)

    def _asked_for(self) -> GenerationRequest | None:
        try:
            request = self._panel.request(self._checkpoint())
        except InvalidRequest as fault:
            self._panel.show_fault(fault)
            return None
        self._panel.clear_faults()
        return request

    def _send_all(self, requests: tuple[GenerationRequest, ...]) -> None:
        """Add-ons are looked for last: a line of a file may name one."""
        try:
            complete = [self._with_addons(request) for request in requests]
        except InvalidRequest as fault:
            self._panel.show_fault(fault)
            return
        self.used.emit(self._panel.prompt.typed())
        for request in complete:
            self._with_start(request, self.requested.emit)

    def _with_start(self, request: GenerationRequest, then: Callable[[GenerationRequest], None]) -> None:
        """While the canvas is shown, requests start from what lies on it; then it is known what a region belongs to."""

        def complete(started: GenerationRequest) -> None:
            try:
                whole = self._panel.with_regions(started)
                then(self._with_addons(whole) if whole.regions else whole)
            except InvalidRequest as fault:
                self._panel.show_fault(fault)

        if self._start.is_shown:
            self._start.send(request, complete)
        else:
            complete(request)
