"""Saves the steps of a picture as an animation or a sheet, where the user says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtWidgets import QFileDialog

from studio.core.errors import StudioError
from studio.core.language import tr
from studio.ui.background import RunInBackground
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Notice

Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class ExportTexts:
    """What is said about what is saved; `word` stands in the names of files."""

    word: str
    title: str
    saved: str
    sheet: str


STEPS = ExportTexts("steps", tr("Save the steps"), tr("Steps saved"), tr("Sheet of all steps, PNG (*.png)"))
FRAMES = ExportTexts("frames", tr("Save the frames"), tr("Frames saved"), tr("Sheet of all frames, PNG (*.png)"))


class StepExport(Generic[Shown]):
    """`save` writes what is shown in the background, as the file's ending says. It raises StorageError."""

    def __init__(
        self,
        window: MainWindow,
        run: RunInBackground,
        save: Callable[[Shown, Path], None],
        failed: Callable[[StudioError], None],
        texts: ExportTexts = STEPS,
    ) -> None:
        self._window = window
        self._run = run
        self._save = save
        self._failed = failed
        self._texts = texts
        self._folder = Path.home()

    def ask(self, shown: Shown, name: str) -> None:
        """Where to, then save; `name` is what the file is called if nothing else is typed."""
        filters = _filters(self._texts.sheet)
        usual = str(self._folder / f"{name}-{self._texts.word}.gif")
        chosen, kind = QFileDialog.getSaveFileName(self._window, self._texts.title, usual, ";;".join(filters))
        if chosen:
            self.save(shown, _with_ending(Path(chosen), filters, kind))

    def save(self, shown: Shown, target: Path) -> None:
        self._folder = target.parent

        def saved(_: None) -> None:
            self._window.notices.show_notice(Notice(self._texts.saved, str(target), key="done"))

        self._run(lambda: self._save(shown, target), done=saved, failed=self._failed)


def _with_ending(path: Path, filters: Mapping[str, str], chosen: str) -> Path:
    """What the chosen kind has, unless another that can be written was typed."""
    if path.suffix.lower() in filters.values():
        return path
    return path.with_name(path.name + filters.get(chosen, ".gif"))


def _filters(sheet: str) -> dict[str, str]:
    """What can be chosen in the dialog, and the endings. ffmpeg is looked for anew each time."""
    from studio.imaging.video import ffmpeg  # which imports what the window must not wait for

    return {
        tr("Animation, GIF (*.gif)"): ".gif",
        tr("Animation, WebP (*.webp)"): ".webp",
        (tr("Film, MP4 (*.mp4)") if ffmpeg() else tr("Film, MP4: needs ffmpeg, which is not here (*.mp4)")): ".mp4",
        sheet: ".png",
    }
