"""macOS says which file is to be opened by an event."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ASKED = """
from PySide6.QtCore import QEvent, QUrl
from PySide6.QtGui import QFileOpenEvent
from studio.app.application import DesktopApplication

application = DesktopApplication(["studio"])
application.asked.connect(lambda files: print(*files))
for event in (QFileOpenEvent("/pictures/a car.png"), QFileOpenEvent(QUrl("latent:nothing")), QEvent(QEvent.Type.Close)):
    application.sendEvent(application, event)
"""


def test_a_file_that_the_desktop_wants_opened_is_told_and_other_events_are_qts() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", ASKED], env=environment, capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "/pictures/a car.png\n"
