"""Results over the canvas: compared, accepted, discarded, and more of them asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QImage, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.request import GenerationRequest
from studio.core.task import TextToImage
from studio.gallery.record import PictureRecord
from studio.ui.background import RunInBackground
from studio.ui.canvas.candidate_bar import CandidateBar
from studio.ui.canvas.candidates import Candidates
from studio.ui.canvas.canvas_desk import CanvasDesk
from studio.ui.canvas.canvas_page import CanvasPage
from studio.ui.icons import icon
from studio.ui.images import from_qimage
from studio.ui.keys import keys_text
from studio.ui.sampling_panel import random_seed

if TYPE_CHECKING:
    from studio.core.pixels import Pixels


class CandidateCommands:
    """What can be done with results; the keys work in `view`, and only while there are results."""

    def __init__(self, view: QWidget) -> None:
        self._view = view
        self.previous = self._command(
            tr("Previous result"), "up", "Left", tr("The one before; before the first, the original")
        )
        self.next = self._command(tr("Next result"), "down", "Right", tr("The one after"))
        self.accept = self._command(
            tr("Accept the result"), "check", "Return", tr("It becomes the picture on the canvas")
        )
        self.more = self._command(tr("More like this"), "sprout", "N", tr("The same again from another seed"))
        self.discard = self._command(tr("Discard the result"), "trash", "Delete", tr("Look at the others"))
        self.discard_all = self._command(tr("Discard all results"), "close", "Escape", tr("Back to the original"))
        self.keep_discarded = QAction(tr("Keep discarded results in the gallery"), view)
        self.keep_discarded.setCheckable(True)
        self.keep_discarded.setToolTip(tr("Else they go to the trash as they are discarded; that can be undone"))
        self.accept.setShortcuts([QKeySequence("Return"), QKeySequence("Enter")])
        self.show_for(Candidates())

    @property
    def all(self) -> tuple[QAction, ...]:
        return (
            self.previous,
            self.next,
            self.accept,
            self.more,
            self.discard,
            self.discard_all,
            self.keep_discarded,
        )

    def show_for(self, candidates: Candidates) -> None:
        """Offer what makes sense: most of it needs a result that is looked at."""
        any_there, looked_at = bool(candidates.records), candidates.current is not None
        for command in (self.previous, self.next, self.discard_all):
            command.setEnabled(any_there)
        for command in (self.accept, self.more, self.discard):
            command.setEnabled(looked_at)

    def _command(self, text: str, icon_name: str, shortcut: str, tip: str) -> QAction:
        command = QAction(icon(icon_name), text, self._view)
        command.setShortcut(QKeySequence(shortcut))
        command.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        command.setToolTip(f"{text}: {tip}  ({keys_text(command.shortcut())})")
        self._view.addAction(command)
        return command


class Staging(QObject):
    """Lives with the page of the canvas.

    Signals:
        changed(): other results wait now (to be saved).
        requested(GenerationRequest): the user wants more like one of them.
        discarded(PictureRecord): it is of no more use here.
    """

    changed = Signal()
    requested = Signal(object)
    discarded = Signal(object)

    def __init__(
        self,
        desk: CanvasDesk,
        page: CanvasPage,
        run: RunInBackground,
        read_pixels: Callable[[Path], Pixels],
        thumbnail: Callable[[PictureId], QImage],
        checkpoint: Callable[[], Checkpoint],
        failed: Callable[[StudioError], None],
    ) -> None:
        super().__init__(page)
        self._desk = desk
        self._page = page
        self._run = run
        self._read_pixels = read_pixels
        self._thumbnail = thumbnail
        self._checkpoint = checkpoint
        self._failed = failed
        self._candidates = Candidates()
        self._shown: tuple[PictureId, Pixels] | None = None
        self.commands = CandidateCommands(page.view)
        others = (self.commands.more, self.commands.discard, self.commands.discard_all)
        self.bar = CandidateBar(thumbnail, self.commands.accept, others)
        page.add_foot(self.bar)
        self._connect()

    @property
    def ids(self) -> tuple[PictureId, ...]:
        return self._candidates.ids

    @property
    def records(self) -> tuple[PictureRecord, ...]:
        return self._candidates.records

    @property
    def current(self) -> PictureRecord | None:
        """The result that is looked at; None while it is the original."""
        return self._candidates.current

    def restore(self, records: tuple[PictureRecord, ...]) -> None:
        """Results of an earlier session; the original is looked at."""
        self._candidates = Candidates(records)
        self._show()

    def on_picture_saved(self, record: PictureRecord) -> None:
        """A picture was made: if it was asked for from the open canvas, it waits here for an answer."""
        task = record.parameters.task if record.parameters is not None else TextToImage()
        if not isinstance(task, TextToImage) and self._desk.is_from_here(task.image):
            self._candidates.add(record)
            self._show()
            self.changed.emit()

    def show_again(self) -> None:
        """After a preview: what is looked at comes back."""
        self._show()

    def on_picture_deleted(self, picture: PictureId) -> None:
        self._candidates.remove(picture)
        self._show()

    # --- what the commands do ---

    def _look_at(self, position: int) -> None:
        self._candidates.look_at(position if position >= 0 else None)
        self._show()

    def _step(self, by: int) -> None:
        self._candidates.step(by)
        self._show()

    def _accept(self) -> None:
        record = self._candidates.current
        if record is not None:
            self._with_pixels(record, lambda pixels: self._accept_pixels(record, pixels))

    def _accept_pixels(self, record: PictureRecord, pixels: Pixels) -> None:
        self._candidates.clear()
        self._show()
        self._desk.accept(pixels, record.id, tr("Accept the result"))
        self.changed.emit()

    def _more(self) -> None:
        record = self._candidates.current
        parameters = record.parameters if record is not None else None
        if parameters is not None:
            request = GenerationRequest(
                prompt=parameters.prompt,
                sampling=replace(parameters.sampling, seed=random_seed()),
                size=parameters.size,
                checkpoint=self._checkpoint(),
                task=parameters.task,
                earlier=parameters.earlier,
            )
            self.requested.emit(request)

    def _discard(self) -> None:
        record = self._candidates.discard()
        self._show()
        if record is not None:
            self.discarded.emit(record)
            self.changed.emit()

    def _discard_all(self) -> None:
        for record in self._candidates.clear():
            self.discarded.emit(record)
        self._show()
        self.changed.emit()

    # --- what is seen ---

    def _show(self) -> None:
        if self.bar.has_keys:  # what has them there is made anew or goes: they would come to whatever is next
            self._page.view.setFocus()
        self.commands.show_for(self._candidates)
        self.bar.show_candidates(self._candidates)
        self._page.view.input.results_wait = bool(self._candidates.records)
        record = self._candidates.current
        if record is None:
            self._page.view.show_over(None)
        else:
            self._page.view.show_over(self._at_hand(record))
            self._with_pixels(record, self._page.view.show_over)

    def _at_hand(self, record: PictureRecord) -> Pixels:
        """What to show until the picture is read: from this moment on keys mean the result, not the mask."""
        if self._shown is not None and self._shown[0] == record.id:
            return self._shown[1]
        thumbnail = self._thumbnail(record.id)
        if not thumbnail.isNull():
            return from_qimage(thumbnail)
        assert self._desk.canvas is not None
        return self._desk.canvas.picture_now()

    def _with_pixels(self, record: PictureRecord, use: Callable[[Pixels], None]) -> None:
        """Read the picture in the background; what the user has left meanwhile is not shown."""
        if self._shown is not None and self._shown[0] == record.id:
            use(self._shown[1])
            return

        def read(pixels: Pixels) -> None:
            if self._candidates.current is not None and self._candidates.current.id == record.id:
                self._shown = (record.id, pixels)
                use(pixels)

        self._run(lambda: self._read_pixels(record.path), done=read, failed=self._failed)

    def _connect(self) -> None:
        commands = self.commands
        commands.previous.triggered.connect(lambda: self._step(-1))
        commands.next.triggered.connect(lambda: self._step(1))
        commands.accept.triggered.connect(self._accept)
        commands.more.triggered.connect(self._more)
        commands.discard.triggered.connect(self._discard)
        commands.discard_all.triggered.connect(self._discard_all)
        self.bar.chosen.connect(self._look_at)
        self._page.view.comparing_changed.connect(self.bar.show_comparing)
        self._desk.opened.connect(self._forget)
        self._desk.closed.connect(self._forget)

    def _forget(self) -> None:
        self._candidates = Candidates()
        self._shown = None
        self._show()
