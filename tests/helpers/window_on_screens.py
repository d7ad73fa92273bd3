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

from tests.helpers.ready_window import ready_studio
from tests.helpers.spoken_window import settle


def main(home: Path, place: tuple[int, ...]) -> None:
    studio = ready_studio(QApplication([]), home)
    if place:
        studio.window.setGeometry(*place)
        settle()
    window, frame = studio.window, studio.window.frameGeometry()
    sys.stdout.write(json.dumps({"screen": window.screen().name(), "frame": frame.getRect()}))
    window.close()
    assert studio.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), tuple(map(int, sys.argv[2:])))
