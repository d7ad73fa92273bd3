"""Saves the steps of a picture as an animation or a sheet, where the user says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from studio.core.errors import StudioError
from studio.ui.background import RunInBackground
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Notice
from studio.ui.process.shown_process import ShownProcess

_FILTERS = {
    "Animation, GIF (*.gif)": ".gif",
    "Animation, WebP (*.webp)": ".webp",
    "Sheet of all steps, PNG (*.png)": ".png",
}


class StepExport:
    """`save` writes them in the background, as the file's ending says. It raises StorageError."""

    def __init__(
        self,
        window: MainWindow,
        run: RunInBackground,
        save: Callable[[ShownProcess, Path], None],
        failed: Callable[[StudioError], None],
    ) -> None:
        self._window = window
        self._run = run
        self._save = save
        self._failed = failed
        self._folder = Path.home()

    def ask(self, process: ShownProcess, name: str) -> None:
        """Where to, then save; `name` is what the file is called if nothing else is typed."""
        usual = str(self._folder / f"{name}-steps.gif")
        chosen, kind = QFileDialog.getSaveFileName(self._window, "Save the steps", usual, ";;".join(_FILTERS))
        if chosen:
            self.save(process, _with_ending(Path(chosen), kind))

    def save(self, process: ShownProcess, target: Path) -> None:
        self._folder = target.parent

        def saved(_: None) -> None:
            self._window.notices.show_notice(Notice("Steps saved", str(target), key="done"))

        self._run(lambda: self._save(process, target), done=saved, failed=self._failed)


def _with_ending(path: Path, kind: str) -> Path:
    """What the chosen kind has, unless another that can be written was typed."""
    if path.suffix.lower() in _FILTERS.values():
        return path
    return path.with_name(path.name + _FILTERS.get(kind, ".gif"))
