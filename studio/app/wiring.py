"""The circuit diagram of the program: what is made before the window is painted, and what after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studio.app.early_wiring import EarlyWiring
from studio.app.preload import import_numpy
from studio.app.prompt_wiring import prepare_prompts
from studio.app.window_imports import import_for_window

if TYPE_CHECKING:
    from studio.app.later_wiring import LaterWiring


class Studio(EarlyWiring):
    """The running program."""

    _later: LaterWiring | None = None
    _waiting_files: tuple[Path, ...] = ()

    @property
    def later(self) -> LaterWiring:
        """What is made once the window is painted; not to be asked for before `service` has started."""
        assert self._later is not None
        return self._later

    def show(self) -> None:
        """Show the window; the rest begins when it is on the screen."""
        self.window.first_painted.connect(self._show_newest)
        self.window.first_painted.connect(self.pictures.search.read_rest)
        self.window.first_painted.connect(self._import_behind_the_window)
        self.window.show()

    def close(self) -> bool:
        """Save what the window knows and stop the threads; the queue is kept. False if the engine hangs."""
        self.turns.stop()
        self.kept_settings.close()
        self.announcements.stop()
        self.prompts.close()
        if self._later is not None:
            self._later.stop()
        stopped = self.service.stop()
        self.recording.close()
        self.disk.stop()
        self.canvas.close()
        if self._later is not None:
            self._later.close()
        self.canvas.incoming.cancel_imports()
        self.scan.stop()
        self.typing.stop()
        self.gallery_model.thumbnails.stop()
        self.pictures.close()
        if stopped:
            self.gallery.close()
        self.queue_store.close()
        return stopped

    def _show_newest(self) -> None:
        """Not before the window is painted: a picture is read with numpy, whose import would make the window wait."""
        self.disk.run(import_numpy, failed=self.announce)
        self.window.gallery_panel.select_first()

    def _import_behind_the_window(self) -> None:
        """Before the engine is imported, which would make these wait with the window."""
        self.disk.run(import_for_window, done=self._make_later, failed=self.announce)

    def _make_later(self, _imported: None) -> None:
        from studio.app.later_wiring import LaterWiring

        self._later = LaterWiring(self)
        self.typing.run(prepare_prompts, done=self._start_in_turns, failed=self.announce)

    def _start_in_turns(self, _prepared: None) -> None:
        """The canvas's page takes long, and is made while no thread works. The engine comes last: while it is imported,
        what is new in the window would be laid out and painted slowly, and another thread take long to start."""
        self.turns.take(
            self.canvas.make_page,
            self._tell_of_start,
            self.canvas.start,
            self.prompts.start,
            self.pictures.start,
            self.later.start,
            self.models.offer_vaes,
            self.models.offer_models,
            self._take_waiting_files,
            self._start_engine,
        )

    def _tell_of_start(self) -> None:
        self.jobs.on_preparing(self.checkpoint)
        self.announcements.show_waiting()
        self.queue.restore(self.window.notices)

    def _take_waiting_files(self) -> None:
        self.open_files(self._waiting_files)

    def _start_engine(self) -> None:
        self.service.start()
        self.service.prepare(self.checkpoint)

    def open_files(self, files: Sequence[Path]) -> None:
        """Lay one on the canvas as soon as the window is there; several, and folders, are added to the gallery, and
        models to the models."""
        if self._later is None:
            self._waiting_files = (*self._waiting_files, *files)
        elif files:
            self._later.take(files)

    def come_to_front(self, files: Sequence[Path]) -> None:
        """Another start of the program wants this window, with these files."""
        self.window.come_to_front()
        self.open_files(files)
