"""A walk through all pages and dialogs of the window, with a session that needs no torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from studio.app.wiring import Studio
from studio.ui.canvas.canvas_page import CanvasPage
from studio.ui.compare.compare_page import CompareMode, ComparePage
from studio.ui.guide.guide_page import GuidePage
from studio.ui.model_manager.model_list_model import Shown
from studio.ui.model_manager.models_page import ModelsPage
from studio.ui.process.latent_tab import LatentTab, LatentView
from studio.ui.process.process_page import ProcessMode, ProcessPage
from tests.helpers.ready_window import ready_studio
from tests.helpers.spoken_window import Reader, settle, wait_until


def visit(application: QApplication, home: Path, size: QSize) -> list[dict[str, object]]:
    """What was said on all pages, in a home that is new."""
    studio = ready_studio(application, home, size)
    walk = _Walk(studio, home)
    walk.go()
    studio.window.ask_before_closing(lambda: True)
    studio.window.close()
    assert studio.close()
    return walk.reader.found


class _Walk:
    def __init__(self, studio: Studio, home: Path) -> None:
        self._studio = studio
        self._window = studio.window
        self._commands = studio.window.commands
        self._home = home
        self.reader = Reader(studio.window)

    def go(self) -> None:
        self.reader.read("first start")
        self._make_pictures(3)
        self._settings()
        self._gallery()
        self._canvas()
        self._process()
        self._guide()
        self._models()
        self._dialogs()
        self.reader.read_actions("commands", self._commands.all)

    def _make_pictures(self, count: int) -> None:
        panel = self._window.request_panel
        panel.prompt.set_texts("a red apple", "blue")
        for _ in range(count):
            panel.make.click()
        wait_until(lambda: self._studio.gallery_model.rowCount() == count)
        wait_until(lambda: self._studio.service.running is None)
        self.reader.read("pictures made")

    def _settings(self) -> None:
        panel = self._window.request_panel
        panel.sampling.fine.setVisible(True)
        self._window.request_panel.prompt.set_texts("a ((red) apple", "")
        self._commands.toggle_left.setChecked(True)
        self.reader.read("settings")
        panel.prompt.set_texts("a red apple", "")

    def _gallery(self) -> None:
        panel, commands = self._window.gallery_panel, self._commands
        panel.search_bar.field.setText("steps:x colour:blue")
        settle()
        self.reader.read("a search with a fault")
        panel.search_bar.field.setText("panda")
        wait_until(lambda: self._studio.gallery_model.rowCount() == 0)
        self.reader.read("nothing found")
        panel.search_bar.field.clear()
        wait_until(lambda: self._studio.gallery_model.rowCount() == 3)
        commands.list_or_grid.trigger()
        self.reader.read("list")
        commands.list_or_grid.trigger()
        panel.select_first()
        self._page("large", commands.show_large.trigger)
        panel.view.selectAll()
        settle()
        commands.compare.trigger()
        wait_until(lambda: self._window.findChild(ComparePage) is not None)
        page = self._window.findChild(ComparePage)
        for mode in CompareMode:
            page.view.set_mode(mode)
            self.reader.read(f"compare {mode.name}")
        page.close_asked.emit()
        panel.select_first()

    def _canvas(self) -> None:
        self._commands.edit.trigger()
        wait_until(lambda: self._studio.canvas.desk.is_shown)
        page = self._window.findChild(CanvasPage)
        for name, command in page.canvas_commands.tools.items():
            command.trigger()
            self.reader.read(f"tool {name}")
        page.canvas_commands.mask_all.trigger()
        self.reader.read("masked")
        saved: list[object] = []
        self._studio.service.picture_saved.connect(lambda _job, record: saved.append(record))
        self._window.request_panel.make.click()
        wait_until(lambda: saved)
        self.reader.read("candidates")

    def _process(self) -> None:
        self._window.gallery_panel.select_first()
        self._commands.show_process.trigger()
        wait_until(lambda: self._window.findChild(ProcessPage) is not None)
        page = self._window.findChild(ProcessPage)
        for mode in ProcessMode:
            page.set_mode(mode)
            self.reader.read(f"process {mode.name}")
        page.set_mode(ProcessMode.LATENT)
        for view in LatentView:
            page.findChild(LatentTab).set_view(view)
            self.reader.read(f"latent {view.name}")
        self._commands.show_process.trigger()

    def _guide(self) -> None:
        self._commands.show_guide.trigger()
        wait_until(lambda: self._window.findChild(GuidePage) is not None)
        page = self._window.findChild(GuidePage)
        for row in range(page.list.count()):
            page.list.setCurrentRow(row)
            self.reader.read(f"guide {row}")
        page.close_asked.emit()

    def _models(self) -> None:
        self._commands.show_models.trigger()
        wait_until(lambda: self._window.findChild(ModelsPage) is not None)
        page = self._window.findChild(ModelsPage)
        wait_until(lambda: page.card.row is not None)
        self.reader.read("models")
        page.show_only(Shown.TO_DOWNLOAD)
        page.choose("offered:sdxl-base")
        wait_until(lambda: page.card.row is not None and page.card.row.key == "offered:sdxl-base")
        self.reader.read("a model to download")
        page.close_asked.emit()

    def _dialogs(self) -> None:
        commands = self._commands
        self._window.gallery_panel.select_first()
        for command in (
            commands.about,
            commands.shortcuts,
            commands.notices,
            commands.grid,
            commands.settings,
            commands.export,
            commands.rename,
            commands.edit_marks,
            commands.tokens,
            commands.watched_folders,
            commands.diagnostics,
            commands.styles,
            commands.prompt_history,
            commands.show_queue,
            commands.go_to_date,
            commands.palette,
        ):
            self._page(command.text(), command.trigger)

    def _page(self, name: str, show: Callable[[], object]) -> None:
        """What comes to the front is read, and goes again."""
        before = _tops()
        show()
        settle()
        self.reader.read(name)
        for top in _tops() - before:
            top.close()
        settle()


def _tops() -> set[QWidget]:
    return {top for top in QApplication.topLevelWidgets() if top.isVisible() and isinstance(top, QDialog | QWidget)}
