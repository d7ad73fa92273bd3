"""The window is on the screen before what only pictures need is imported, and then shows the newest one."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.core.job import JobId
from studio.core.sources import PixelSource
from studio.gallery.canvas_store import CanvasStore
from studio.gallery.gallery import Gallery
from studio.gallery.record import PictureRecord
from studio.settings.paths import UserPaths
from tests.helpers.fake_session import FakeSession, a_picture, a_request
from tests.integration.program_under_test import running_studio

ROOT = Path(__file__).resolve().parents[2]

_START = """
import enum, os, sys
from pathlib import Path

made, new = set(), enum.EnumMeta.__new__

def note(meta, name, *arguments, **options):
    made.add(name)
    return new(meta, name, *arguments, **options)

enum.EnumMeta.__new__ = note

from PySide6.QtWidgets import QApplication
from studio.app.engine_factory import create_session
from studio.app.wiring import Studio
from studio.settings.paths import UserPaths

def tell():
    large = {"cv2", "diffusers", "numpy", "pydantic", "torch", "transformers"}
    later = {"studio.app.later_wiring", "studio.app.generate_command", "studio.checkpoints.library"}
    of_other_widgets = {"WizardButton", "VerticalHeaderFormat"}  # of a QWizard, of a QCalendarWidget
    print(sorted((large | later) & set(sys.modules)), sorted(of_other_widgets & made), flush=True)
    os._exit(0)

application = QApplication([])
paths = UserPaths.below(Path(sys.argv[1]))
paths.create()
studio = Studio(application, paths, create_session)
studio.window.first_painted.connect(tell)
studio.show()
application.exec()
"""


def keep_a_picture(home: Path) -> PictureRecord:
    paths = UserPaths.below(home)
    paths.create()
    gallery = Gallery(paths.gallery, paths.index_database, paths.thumbnails_database, paths.user_database)
    gallery.open()
    record = gallery.add(a_picture(a_request()), JobId("earlier"))
    gallery.close()
    return record


def test_nothing_large_and_no_page_of_later_is_imported_before_the_window_is_painted(tmp_path: Path) -> None:
    """Nor has PySide made its classes of widgets that are not there yet, with their enumerations: it makes each at the
    first need, and all of them to tell what kind of widget it is that Qt made itself."""
    keep_a_picture(tmp_path)

    started = subprocess.run(
        [sys.executable, "-c", _START, str(tmp_path)], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert started.stdout.strip() == "[] []"


def test_the_newest_picture_is_shown_then(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    kept = keep_a_picture(tmp_path / "home")

    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        qtbot.waitUntil(lambda: studio.stage.shown_record is not None)

        assert studio.stage.shown_record is not None
        assert studio.stage.shown_record.id == kept.id


def test_what_was_made_before_the_model_was_announced_stays_said(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    """A hasty person's picture is asked for, and made, before the model is."""
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession, at_once=lambda it: it.make_example("a car")) as it:
        qtbot.waitUntil(lambda: it.gallery_model.rowCount() == 1 and it.service.running is None)

        assert "made in" in it.window.job_bar.status.text()


def test_the_thread_that_keeps_the_canvas_runs_before_the_engine_is_imported(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start while the engine's libraries are opened would hold the window up until they are."""
    running: list[str] = []
    is_made = threading.Event()
    open_store = CanvasStore.open

    def open_late(store: CanvasStore) -> tuple[str, ...]:
        assert is_made.wait(10)
        return open_store(store)

    def make_session(sources: PixelSource) -> FakeSession:
        running.extend(thread.name for thread in threading.enumerate())
        is_made.set()
        return FakeSession(sources)

    monkeypatch.setattr(CanvasStore, "open", open_late)
    with running_studio(qapp, qtbot, tmp_path / "home", make_session):
        assert "canvas store" in running
