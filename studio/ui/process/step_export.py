"""Saves the steps of a picture as an animation or a sheet, where the user says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtWidgets import QFileDialog

from studio.core.errors import StudioError
from studio.ui.background import RunInBackground
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Notice

Shown = TypeVar("Shown")


class StepExport(Generic[Shown]):
    """`save` writes what is shown in the background, as the file's ending says. It raises StorageError."""

    def __init__(
        self,
        window: MainWindow,
        run: RunInBackground,
        save: Callable[[Shown, Path], None],
        failed: Callable[[StudioError], None],
        kind: str = "steps",
    ) -> None:
        self._window = window
        self._run = run
        self._save = save
        self._failed = failed
        self._kind = kind
        self._folder = Path.home()

    def ask(self, shown: Shown, name: str) -> None:
        """Where to, then save; `name` is what the file is called if nothing else is typed."""
        filters = _filters(self._kind)
        usual = str(self._folder / f"{name}-{self._kind}.gif")
        chosen, kind = QFileDialog.getSaveFileName(self._window, f"Save the {self._kind}", usual, ";;".join(filters))
        if chosen:
            self.save(shown, _with_ending(Path(chosen), filters, kind))

    def save(self, shown: Shown, target: Path) -> None:
        self._folder = target.parent

        def saved(_: None) -> None:
            self._window.notices.show_notice(Notice(f"{self._kind.capitalize()} saved", str(target), key="done"))

        self._run(lambda: self._save(shown, target), done=saved, failed=self._failed)


def _with_ending(path: Path, filters: Mapping[str, str], chosen: str) -> Path:
    """What the chosen kind has, unless another that can be written was typed."""
    if path.suffix.lower() in filters.values():
        return path
    return path.with_name(path.name + filters.get(chosen, ".gif"))


def _filters(kind: str) -> dict[str, str]:
    """What can be chosen in the dialog, and the endings. ffmpeg is looked for anew each time."""
    from studio.imaging.video import ffmpeg  # which imports what the window must not wait for

    return {
        "Animation, GIF (*.gif)": ".gif",
        "Animation, WebP (*.webp)": ".webp",
        "Film, MP4 (*.mp4)" if ffmpeg() else "Film, MP4: needs ffmpeg, which is not here (*.mp4)": ".mp4",
        f"Sheet of all {kind}, PNG (*.png)": ".png",
    }
