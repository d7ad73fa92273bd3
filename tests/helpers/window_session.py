"""A person's whole visit, played in the real program: `python -m tests.helpers.window_session HOME`. Prints JSON.

Makes a picture, looks at the models, the tokens, the gallery and all dialogs, goes on from the picture on the canvas,
and closes the window. Whoever started it watches what it does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QDialog

from studio.app import main
from studio.app.wiring import Studio
from studio.settings.model import Theme
from studio.settings.paths import UserPaths
from studio.ui.large.large_page import LargePage
from studio.ui.model_manager.model_list_model import Shown
from studio.ui.model_manager.models_page import ModelsPage
from studio.ui.model_manager.token_dialog import TokenDialog

LOOK_EVERY_MS = 30
SECONDS_AT_MOST = 400

Wait = Callable[[], bool]


class Visit(QObject):
    """Does one thing after the other, each as soon as what it waits for has come."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.exit_code = 1
        self._studio = studio
        self._window = studio.window
        self._saved = 0
        self._done: list[str] = []
        self._steps = self._visit()
        self._wait: Wait = lambda: False
        studio.service.picture_saved.connect(self._on_picture_saved)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._window.first_painted.connect(self._begin)
        QTimer.singleShot(SECONDS_AT_MOST * 1000, self._window.close)

    def _begin(self) -> None:
        self._wait = lambda: True
        self._timer.start(LOOK_EVERY_MS)

    def _look(self) -> None:
        if not self._wait():
            return
        step = next(self._steps, None)
        if step is not None:
            self._wait = step
            return
        self._timer.stop()
        self.exit_code = 0
        sys.stdout.write(json.dumps({"visited": self._done, "pictures": self._saved}) + "\n")
        sys.stdout.flush()
        self._window.close()

    def _visit(self) -> Iterator[Wait]:
        for visit in (self._make, self._models, self._tokens, self._gallery, self._canvas, self._dialogs, self._theme):
            yield from visit()
            self._done.append(visit.__name__.strip("_"))

    def _make(self) -> Iterator[Wait]:
        self._window.request_panel.prompt.set_texts("a red apple", "")
        self._window.request_panel.make.click()
        yield lambda: self._saved == 1

    def _models(self) -> Iterator[Wait]:
        self._window.commands.show_models.trigger()
        page = self._window.findChild(ModelsPage)
        yield lambda: page.card.row is not None
        page.search.setText("sdxl")
        page.choose("offered:sdxl-base")
        yield lambda: page.card.row is not None and page.card.row.key == "offered:sdxl-base"
        page.search.clear()
        page.show_only(Shown.HERE)

    def _tokens(self) -> Iterator[Wait]:
        self._window.commands.tokens.trigger()
        [dialog] = self._window.findChildren(TokenDialog)
        yield lambda: all(part.state.text() != "Looking…" for part in dialog.parts.values())
        dialog.accept()

    def _gallery(self) -> Iterator[Wait]:
        panel = self._window.gallery_panel
        panel.search_bar.field.setText("panda")
        yield lambda: self._studio.gallery_model.rowCount() == 0
        panel.search_bar.field.clear()
        yield lambda: self._studio.gallery_model.rowCount() == 1
        panel.select_first()
        self._window.commands.show_large.trigger()
        yield lambda: any(page.isVisible() for page in self._window.findChildren(LargePage))
        self._window.commands.show_large.trigger()

    def _canvas(self) -> Iterator[Wait]:
        self._window.commands.edit.trigger()
        yield lambda: self._studio.canvas.desk.is_shown
        self._window.request_panel.make.click()
        yield lambda: self._saved == 2

    def _dialogs(self) -> Iterator[Wait]:
        for command in (self._window.commands.shortcuts, self._window.commands.notices, self._window.commands.about):
            command.trigger()
            yield lambda: bool(shown_dialogs())
            for dialog in shown_dialogs():
                dialog.close()
            yield lambda: not shown_dialogs()

    def _theme(self) -> Iterator[Wait]:
        for theme in Theme:
            self._window.commands.themes[theme].trigger()
            yield lambda: True

    def _on_picture_saved(self, _job_id: object, _record: object) -> None:
        self._saved += 1


def shown_dialogs() -> list[QDialog]:
    return [dialog for dialog in QApplication.topLevelWidgets() if isinstance(dialog, QDialog) and dialog.isVisible()]


if __name__ == "__main__":
    paths = UserPaths.below(Path(sys.argv[1]))
    paths.create()
    main._smoke = Visit
    sys.exit(main.run_window(paths, None, smoke=True))
