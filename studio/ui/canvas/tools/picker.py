"""Takes the brush's colour from the picture."""

from __future__ import annotations

import math

from studio.ui.canvas.tools.tool import Pointer, Tool, ToolName


class Picker(Tool):
    """While it is dragged, the colour follows."""

    name = ToolName.PICKER

    def press(self, at: Pointer) -> None:
        self._pick(at)

    def drag(self, to: Pointer) -> None:
        self._pick(to)

    def _pick(self, at: Pointer) -> None:
        canvas = self._easel.canvas
        x, y = math.floor(at.x), math.floor(at.y)
        if 0 <= x < canvas.width and 0 <= y < canvas.height:
            red, green, blue = canvas.picture[y, x].tolist()
            self._easel.options.set_colour(red, green, blue)
