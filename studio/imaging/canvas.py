"""A picture, the mask over it, and everything that was done to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from studio.core.geometry import Rect
from studio.core.picture_id import PictureId
from studio.core.pixels import frozen_pixels
from studio.imaging.brush import Brush, BrushTip, StrokePoint
from studio.imaging.history import Edit, Growth, History, TilePatch, change_of, patch_of
from studio.imaging.layer import NOTHING, Layer, LayerName, Paint
from studio.imaging.outpaint import extended
from studio.imaging.pyramid import Pyramid
from studio.imaging.stroke import Stroke

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels
    from studio.imaging.layer import LayerPixels

HISTORY_BYTES = 400 * 2**20


class CanvasListener(Protocol):
    """Hears of every step, for autosave. Positions count the steps since the canvas was made, forgotten ones too."""

    def edit_added(self, edit: Edit, position: int) -> None:
        """`edit` was done as step `position` (0 for the first); what lay at or beyond that is gone."""
        ...

    def moved(self, position: int) -> None:
        """By undo or redo: the steps before `position` are done."""
        ...


class Canvas:
    """A picture and its mask (255 = repaint), changed in place, with undo. Belongs to one thread.

    Everything that changes returns the rectangle within which pixels may be different now; empty if none are. An
    edit that changed nothing is no step of the history. While a stroke is being drawn nothing else may be changed:
    that raises RuntimeError, as does a stroke that was never begun.

    Raises:
        ValueError: if `mask` is not of the picture's size.
    """

    def __init__(
        self,
        picture: Pixels,
        mask: MaskPixels | None = None,
        *,
        history_bytes: int = HISTORY_BYTES,
        listener: CanvasListener | None = None,
    ) -> None:
        import numpy as np

        own_mask = np.zeros(picture.shape[:2], np.uint8) if mask is None else np.array(mask)
        if own_mask.shape != picture.shape[:2]:
            raise ValueError(f"a mask of {own_mask.shape} pixels for a picture of {picture.shape}")
        self._layers = {LayerName.PICTURE: Layer(np.array(picture)), LayerName.MASK: Layer(own_mask)}
        for layer in self._layers.values():
            layer.prepare()  # here, where a large canvas is made in the background
        self.parent: PictureId | None = None
        """The picture of the gallery that this one comes from, if there is one."""
        self.history = History(history_bytes)
        self.changes = 0
        """How often picture or mask were changed, also by undo."""
        self._kept_at: int | None = None
        self._listener = listener
        self._stroke: Stroke | None = None
        self._tip: BrushTip | None = None

    # --- what is there

    @property
    def width(self) -> int:
        return self._layers[LayerName.MASK].width

    @property
    def height(self) -> int:
        return self._layers[LayerName.MASK].height

    @property
    def bounds(self) -> Rect:
        return self._layers[LayerName.MASK].bounds

    @property
    def picture(self) -> LayerPixels:
        """(height, width, 3), RGB. A read-only view that shows every change; after a resize it is another array.

        Not for other threads, nor to be kept: those take `picture_now()`.
        """
        return self._layers[LayerName.PICTURE].view

    @property
    def mask(self) -> LayerPixels:
        """(height, width), 255 = repaint. A view like `picture`."""
        return self._layers[LayerName.MASK].view

    def pyramid(self, layer: LayerName) -> Pyramid:
        """Half-size copies of the layer, always as it is; after a resize it is another one."""
        return self._layers[layer].pyramid

    def picture_now(self) -> Pixels:
        """A copy that stays as it is."""
        return frozen_pixels(self.picture.copy())

    def mask_now(self) -> MaskPixels:
        """A copy that stays as it is."""
        return frozen_pixels(self.mask.copy())

    @property
    def mask_share(self) -> float:
        """How much is masked, 0 to 1; grey counts by its value."""
        return self._layers[LayerName.MASK].total / (255 * self.width * self.height)

    @property
    def is_mask_empty(self) -> bool:
        return self._layers[LayerName.MASK].total == 0

    # --- strokes

    @property
    def is_drawing(self) -> bool:
        """From `begin_stroke` to `end_stroke` or `cancel_stroke`."""
        return self._stroke is not None

    def begin_stroke(self, layer: LayerName, brush: Brush, paint: Paint, at: StrokePoint) -> Rect:
        """Put down the brush: one dab."""
        self._check_idle()
        if self._tip is None or self._tip.brush != brush:
            self._tip = BrushTip(brush)
        self._stroke = Stroke(self._layers[layer], self._tip, _checked(paint, layer), at)
        return self._stroke.changed

    def continue_stroke(self, to: StrokePoint) -> Rect:
        return self._current_stroke().continue_to(to)

    def end_stroke(self, label: str) -> Rect:
        """Lift the brush: the stroke becomes one step of the history. Returns what this call itself changed."""
        changed = self._current_stroke().finish()
        self._stroke = None
        self._add_edit(label)
        return changed

    def cancel_stroke(self) -> Rect:
        """As if it had never been begun."""
        self._current_stroke()
        self._stroke = None
        return self._revert()

    # --- areas

    def paint_area(self, layer: LayerName, area: Rect, coverage: MaskPixels, paint: Paint, label: str) -> Rect:
        """Lay `paint` over `area`, which may reach beyond the picture, as far as `coverage` (255 = fully) says.

        Raises:
            ValueError: unless coverage has the shape (area.height, area.width).
        """
        self._check_idle()
        if coverage.shape != (area.height, area.width):
            raise ValueError(f"coverage of {coverage.shape} pixels for {area}")
        self._layers[layer].blend(area, coverage, _checked(paint, layer))
        return self._add_edit(label)

    def set_mask(self, mask: MaskPixels, label: str) -> Rect:
        """Raises ValueError unless the mask has the canvas' size."""
        self._check_idle()
        self._replace(LayerName.MASK, mask)
        return self._add_edit(label)

    def replace_picture(self, picture: Pixels, label: str) -> Rect:
        """Another picture under the same mask. Raises ValueError unless it has the canvas' size."""
        self._check_idle()
        self._replace(LayerName.PICTURE, picture)
        return self._add_edit(label)

    def accept(self, picture: Pixels, label: str, parent: PictureId | None = None) -> Rect:
        """Take over a result, of any size: the canvas gets that size. The mask has done its work and is cleared.

        `parent` is the picture of the gallery that the result is.
        """
        self._check_idle()
        height, width = picture.shape[:2]
        if picture.shape != (height, width, 3) or not picture.size:
            raise ValueError(f"{picture.shape} pixels for a picture")
        if (width, height) == (self.width, self.height):
            self._clear(LayerName.MASK)
            self._replace(LayerName.PICTURE, picture)
            return self._add_edit(label, parent=parent)
        growth = Growth(0, 0, width - self.width, height - self.height)
        cleared = self._cleared()
        self._resize(growth)
        self._replace(LayerName.PICTURE, picture)
        return self._add_edit(label, growth, cleared, parent)

    def extend(self, left: int, top: int, right: int, bottom: int, label: str) -> None:
        """Make the canvas larger on its sides. What is new is filled from the picture's edges, and masked.

        Raises:
            ValueError: for negative numbers.
        """
        import numpy as np

        self._check_idle()
        growth = Growth(left, top, right, bottom)
        if min(left, top, right, bottom) < 0:
            raise ValueError(f"a canvas cannot grow by {growth}")
        if growth == Growth(0, 0, 0, 0):
            return
        picture = extended(self.picture, left, top, right, bottom)
        mask = np.pad(self.mask, ((top, bottom), (left, right)), constant_values=255)
        self._resize(growth)
        self._replace(LayerName.PICTURE, picture)
        self._replace(LayerName.MASK, mask)
        self._add_edit(label, growth)

    # --- history

    @property
    def is_kept(self) -> bool:
        """Nothing that lies here would be lost with it."""
        return self.changes == self._kept_at or self.history.next_undo is None

    def note_kept(self, changes: int) -> None:
        """What lay here when there were so many `changes` is in a file, or a picture of the gallery."""
        self._kept_at = changes

    @property
    def undo_label(self) -> str | None:
        edit = self.history.next_undo
        return edit.label if edit else None

    @property
    def redo_label(self) -> str | None:
        edit = self.history.next_redo
        return edit.label if edit else None

    def undo(self) -> Rect | None:
        """None: there is nothing to undo. After a resize the whole canvas."""
        self._check_idle()
        edit = self.history.next_undo
        if edit is None:
            return None
        self.history.step_back()
        self.changes += 1
        changed = self._take_back(edit)
        self._report_position()
        return changed

    def redo(self) -> Rect | None:
        """None: there is nothing to do again. After a resize the whole canvas."""
        self._check_idle()
        edit = self.history.next_redo
        if edit is None:
            return None
        self.history.step_forward()
        self.changes += 1
        changed = self._do(edit)
        self._report_position()
        return changed

    # --- within

    def _current_stroke(self) -> Stroke:
        if self._stroke is None:
            raise RuntimeError("no stroke is being drawn")
        return self._stroke

    def _check_idle(self) -> None:
        if self._stroke is not None:
            raise RuntimeError("a stroke is being drawn")

    def _replace(self, name: LayerName, pixels: LayerPixels) -> None:
        layer = self._layers[name]
        if pixels.shape != layer.view.shape:
            raise ValueError(f"{pixels.shape} pixels for a {name} of {layer.view.shape}")
        layer.replace(pixels)

    def _clear(self, name: LayerName) -> None:
        import numpy as np

        layer = self._layers[name]
        layer.replace(np.zeros_like(layer.view))

    def _cleared(self) -> tuple[TilePatch, ...]:
        """Take all pixels to 0; returns what that changed."""
        for name in LayerName:
            self._clear(name)
        return self._take_patches()

    def _resize(self, by: Growth) -> None:
        self._layers = {
            name: layer.resized(by.left, by.top, by.right, by.bottom) for name, layer in self._layers.items()
        }

    def _take_patches(self) -> tuple[TilePatch, ...]:
        return tuple(patch_of(name, change) for name, layer in self._layers.items() for change in layer.take_changes())

    def _add_edit(
        self,
        label: str,
        growth: Growth | None = None,
        cleared: tuple[TilePatch, ...] | None = None,
        parent: PictureId | None = None,
    ) -> Rect:
        patches = self._take_patches()
        parents = None if parent in {None, self.parent} else (self.parent, parent)
        if not patches and growth is None and parents is None:
            return NOTHING
        edit = Edit(label=label, patches=patches, growth=growth, cleared=cleared, parents=parents)
        self._set_parent(edit, 1)
        self.history.add(edit)
        self.changes += 1
        if self._listener is not None:
            self._listener.edit_added(edit, self._steps_done() - 1)
        return self._place_of(edit)

    def _revert(self) -> Rect:
        return _around(layer.revert() for layer in self._layers.values())

    def _do(self, edit: Edit) -> Rect:
        self._apply(edit.cleared or ())
        if edit.growth is not None:
            self._resize(edit.growth)
        self._apply(edit.patches)
        self._set_parent(edit, 1)
        return self._place_of(edit)

    def _take_back(self, edit: Edit) -> Rect:
        self._revert_patches(edit.patches)
        if edit.growth is not None:
            self._resize(edit.growth.reversed())
        self._revert_patches(edit.cleared or ())
        self._set_parent(edit, 0)
        return self._place_of(edit)

    def _set_parent(self, edit: Edit, which: int) -> None:
        if edit.parents is not None:
            self.parent = edit.parents[which]

    def _apply(self, patches: Sequence[TilePatch]) -> None:
        for patch in patches:
            self._layers[patch.layer].apply(change_of(patch))

    def _revert_patches(self, patches: Sequence[TilePatch]) -> None:
        for patch in patches:
            self._layers[patch.layer].take_back(change_of(patch))

    def _place_of(self, edit: Edit) -> Rect:
        return self.bounds if edit.growth else _around(patch.area for patch in edit.patches)

    def _steps_done(self) -> int:
        return self.history.forgotten + self.history.position

    def _report_position(self) -> None:
        if self._listener is not None:
            self._listener.moved(self._steps_done())


def _around(areas: Iterable[Rect]) -> Rect:
    whole = NOTHING
    for area in areas:
        whole = whole.union(area)
    return whole


def _checked(paint: Paint, layer: LayerName) -> Paint:
    values = (paint,) if isinstance(paint, int) else paint
    if isinstance(paint, int) != (layer is LayerName.MASK) or not all(0 <= value <= 255 for value in values):
        raise ValueError(f"{paint} cannot be painted on the {layer}")
    return paint
