"""`studio --smoke`: the real window makes one picture through the real worker and tells how long everything took."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from dataclasses import asdict, dataclass

from PySide6.QtCore import QObject, QTimer

from studio.app.wiring import Studio
from studio.core.errors import StudioError
from studio.core.job import Job, JobId
from studio.gallery.record import PictureRecord
from studio.imaging.decode import read_pixels
from studio.ui.messages import message_for

_PROMPT = "a red apple"
_SEED = 42
_SECONDS_AT_MOST = 120


@dataclass
class SmokeReport:
    """Times are Unix times, so that whoever started the process can subtract its own clock."""

    window_painted_at: float = 0.0
    engine_ready_at: float = 0.0
    picture_saved_at: float = 0.0
    file: str = ""
    pixels_sha256: str = ""
    previews_shown: int = 0
    error: str = ""


class Smoke(QObject):
    """Presses the button once the window is painted and leaves when the picture is saved."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._report = SmokeReport()
        self.exit_code = 1
        self._left = False
        studio.window.first_painted.connect(self._press)
        studio.service.device_known.connect(self._on_ready)
        studio.service.picture_saved.connect(self._on_picture_saved)
        studio.service.job_finished.connect(self._on_finished)
        studio.service.job_failed.connect(self._on_failed)
        studio.service.load_failed.connect(self._on_load_failed)
        studio.previews.frame_arrived.connect(self._on_preview)
        QTimer.singleShot(_SECONDS_AT_MOST * 1000, self._on_timeout)

    def _press(self) -> None:
        self._report.window_painted_at = time.time()
        panel = self._studio.window.request_panel
        panel.prompt.set_texts(_PROMPT, "")
        panel.use_seed(_SEED)
        self._studio.generate.trigger()

    def _on_ready(self) -> None:
        self._report.engine_ready_at = time.time()

    def _on_preview(self) -> None:
        self._report.previews_shown += 1

    def _on_picture_saved(self, _job_id: JobId, record: PictureRecord) -> None:
        self._report.picture_saved_at = time.time()
        self._report.file = str(record.path)
        self._report.pixels_sha256 = hashlib.sha256(read_pixels(record.path).tobytes()).hexdigest()

    def _on_finished(self, _job: Job) -> None:
        self._leave()

    def _on_failed(self, _job: Job | None, error: StudioError) -> None:
        self._report.error = str(message_for(error))
        self._leave()

    def _on_load_failed(self, error: StudioError) -> None:
        self._on_failed(None, error)

    def _on_timeout(self) -> None:
        self._report.error = f"no picture within {_SECONDS_AT_MOST} s"
        self._leave()

    def _leave(self) -> None:
        """Report once: what a closing window still hears about its job changes nothing any more."""
        if self._left:
            return
        self._left = True
        self.exit_code = 1 if self._report.error else 0
        sys.stdout.write(json.dumps(asdict(self._report), indent=2) + "\n")
        sys.stdout.flush()
        self._studio.window.close()
