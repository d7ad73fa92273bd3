"""Where the picture lies in the view, and how large."""

from __future__ import annotations

from dataclasses import dataclass

LOWEST_ZOOM = 0.1
HIGHEST_ZOOM = 20.0
_NICE_ZOOMS = (0.1, 0.125, 0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 16.0, 20.0)
_NEARLY_NICE = 0.06
_KEPT_IN_SIGHT = 32
"""Device pixels of the picture that cannot be pushed out of the view."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """`zoom` device pixels to a pixel of the picture, whose corner lies at `left`, `top` in the view.

    All lengths are device pixels: at a zoom of 1 each pixel of the picture is one of the screen, at any screen factor.
    The corner is a whole pixel, so that nothing is blurred by moving the picture.
    """

    zoom: float = 1.0
    left: int = 0
    top: int = 0

    @classmethod
    def fitting(
        cls, width: int, height: int, view_width: int, view_height: int, margin: int, foot: int = 0
    ) -> Viewport:
        """A picture of width x height as large as it can be in the view, with a margin around it.

        At its lower edge the margin is at least `foot`; the picture is in the middle where that is free.
        """
        foot = max(foot, margin)
        room_across, room_down = max(1, view_width - 2 * margin), max(1, view_height - margin - foot)
        zoom = min(room_across / width, room_down / height, HIGHEST_ZOOM)
        centred = cls.centred(width, height, view_width, view_height, zoom)
        lowest_top = max(margin, view_height - foot - round(height * zoom))
        return cls(zoom, centred.left, min(centred.top, lowest_top))

    @classmethod
    def centred(cls, width: int, height: int, view_width: int, view_height: int, zoom: float) -> Viewport:
        return cls(zoom, round((view_width - width * zoom) / 2), round((view_height - height * zoom) / 2))

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """The point of the picture (pixel centres at .5) under this point of the view."""
        return (x - self.left) / self.zoom, (y - self.top) / self.zoom

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        return self.left + x * self.zoom, self.top + y * self.zoom

    def zoomed_at(self, x: float, y: float, zoom: float) -> Viewport:
        """This zoom, with the same point of the picture under x, y as now (to half a device pixel)."""
        picture_x, picture_y = self.to_picture(x, y)
        return Viewport(zoom, round(x - picture_x * zoom), round(y - picture_y * zoom))

    def moved(self, across: int, down: int) -> Viewport:
        return Viewport(self.zoom, self.left + across, self.top + down)

    def kept_in_sight(self, width: int, height: int, view_width: int, view_height: int) -> Viewport:
        """Moved just so far that a picture of width x height cannot be lost outside the view."""
        shown_width, shown_height = round(width * self.zoom), round(height * self.zoom)
        return Viewport(
            self.zoom,
            _between(self.left, _KEPT_IN_SIGHT - shown_width, view_width - _KEPT_IN_SIGHT),
            _between(self.top, _KEPT_IN_SIGHT - shown_height, view_height - _KEPT_IN_SIGHT),
        )


def limited_zoom(zoom: float) -> float:
    return min(max(zoom, LOWEST_ZOOM), HIGHEST_ZOOM)


def nice_zoom(zoom: float) -> float:
    """`zoom`, or the round value that it nearly is."""
    nearest = min(_NICE_ZOOMS, key=lambda nice: abs(nice / zoom - 1))
    return nearest if abs(nearest / zoom - 1) <= _NEARLY_NICE else zoom


def _between(value: int, lowest: int, highest: int) -> int:
    return min(max(value, lowest), max(lowest, highest))
