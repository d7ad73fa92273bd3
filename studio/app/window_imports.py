"""What is imported and read behind the window, before the engine is: it would make these wait with the window."""

from __future__ import annotations

import importlib

from studio.app.canvas_wiring import import_canvas
from studio.app.preload import import_numpy, import_opencv, import_pydantic
from studio.ui.icons import read_drawings


def import_for_window() -> None:
    """What the window needs next, with pydantic, which reads settings of pictures and the saved queue."""
    import_numpy()
    import_opencv()
    import_canvas()
    read_drawings()
    importlib.import_module("studio.app.later_wiring")
    import_pydantic()
