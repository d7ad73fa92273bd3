"""Opens the window where it was left, on the screens that are told, and says where that is.

    python -m tests.helpers.window_on_screens HOME [X Y WIDTH HEIGHT]

Moves it, if a place is given, and closes it. Prints JSON: `{"screen": name, "frame": [x, y, width, height]}`.
The screens are those of Qt's plugin "offscreen" (`QT_QPA_PLATFORM=offscreen:configfile=FILE`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from studio.app.wiring import Studio
from studio.settings.paths import UserPaths
from tests.helpers.fake_session import FakeSession
from tests.helpers.spoken_window import settle, wait_until


def main(home: Path, place: tuple[int, ...]) -> None:
    application = QApplication([])
    paths = UserPaths.below(home)
    paths.create()
    studio = Studio(application, paths, FakeSession)
    is_ready: list[None] = []
    studio.service.ready.connect(lambda *_: is_ready.append(None))
    studio.show()
    wait_until(lambda: is_ready)
    if place:
        studio.window.setGeometry(*place)
        settle()
    window, frame = studio.window, studio.window.frameGeometry()
    sys.stdout.write(json.dumps({"screen": window.screen().name(), "frame": frame.getRect()}))
    window.close()
    assert studio.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(map(int, sys.argv[2:])))
