"""A person at the canvas: the real engine, an X display, real keys, strokes and drags.

Runs on a virtual screen (`xvfb-run ... pytest -m display`). With STUDIO_SCREENSHOTS=DIR the screens are kept there.
"""

from __future__ import annotations

from math import cos, pi, sin
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication, QFrame

from studio.app.engine_factory import create_session
from studio.app.wiring import Studio
from studio.core.task import Inpaint
from studio.gallery.record import PictureRecord
from studio.imaging.canvas import Canvas
from studio.imaging.decode import read_pixels
from studio.settings.paths import UserPaths
from studio.ui.canvas.canvas_view import CanvasView
from studio.ui.canvas.staging import Staging
from studio.ui.canvas.tools.extend import Extend
from studio.ui.canvas.tools.tool import ToolName
from studio.ui.drop_zones import DropZones
from tests.e2e.person import Person

pytestmark = [pytest.mark.display, pytest.mark.timeout(300)]


def test_repainting_a_part(person: Person) -> None:
    apple = make(person, "a red apple")
    person.presses("ctrl+e")
    person.waits_for(lambda: person.studio.canvas.desk.is_shown)
    canvas, view = canvas_of(person), view_of(person)
    before = canvas.picture_now()
    assert np.array_equal(before, read_pixels(apple.path))
    assert person.window.request_panel.make.text() == "Vary this picture"

    # a mask with the brush, made larger for it: round, seen while it is drawn, and its middle
    person.presses("b", "bracketright", "bracketright")
    assert view.options.diameter > 50
    person.waits_for(lambda: "Brush" in person.window.job_bar.context.text())
    ring = [view.sight.to_view(128 + 48 * cos(step * pi / 12), 132 + 48 * sin(step * pi / 12)) for step in range(25)]
    person.presses_button(view, ring[0])
    person.moves(view, *ring[1:16])
    assert canvas.undo_label is None, "the stroke is not done yet"
    assert not canvas.is_mask_empty
    person.looks("canvas-1-masking")
    person.moves(view, *ring[16:], view.sight.to_view(128, 132))
    person.releases_button()
    person.waits_for(lambda: canvas.undo_label == "Brush stroke")
    assert person.window.request_panel.make.text() == "Repaint the mask"
    assert (canvas.mask[0, 0], canvas.mask[132, 128 + 48]) == (0, 255)
    mask = canvas.mask_now()

    # two results from another prompt, while the picture stays what it is
    person.types_prompt("a green apple")
    first = repaint(person)
    second = repaint(person)
    staging = staging_of(person)
    assert staging.ids == (first.id, second.id)
    assert np.array_equal(canvas.picture, before)
    for record in (first, second):
        assert_unchanged_outside(record, before, mask)
    assert not np.array_equal(read_pixels(first.path), read_pixels(second.path))

    # compared by keys: the first, the original, both again, and the original as long as a key is held
    person.presses("F6")
    person.waits_for(view.hasFocus)
    person.waits_for(lambda: shown_over(person, second))
    person.looks("canvas-2-candidates")
    person.presses("Left")
    person.waits_for(lambda: staging.current == first)
    person.presses("Left")
    person.waits_for(lambda: staging.current is None)
    assert not view.is_covered
    person.presses("Right", "Right")
    person.waits_for(lambda: shown_over(person, second))
    with person.holds("backslash"):
        person.waits_for(lambda: view.comparing and "Original" in person.window.job_bar.context.text())
        assert staging.bar.accessibleDescription() == "Original", "the strip marks what is shown"
        person.looks("canvas-3-before")
    person.waits_for(lambda: not view.comparing)
    assert shown_over(person, second)

    # accepted: one step, to be taken back and done again
    person.presses("Return")
    person.waits_for(lambda: staging.ids == () and canvas.is_mask_empty)
    assert np.array_equal(canvas.picture, read_pixels(second.path))
    person.presses("ctrl+z")
    person.waits_for(lambda: not canvas.is_mask_empty)
    assert np.array_equal(canvas.picture, before)
    assert np.array_equal(canvas.mask, mask)
    person.presses("ctrl+shift+z")
    person.waits_for(lambda: canvas.is_mask_empty)
    assert np.array_equal(canvas.picture, read_pixels(second.path))
    person.waits_for(lambda: "mask 0.0 %" in person.window.job_bar.context.text())
    assert second.path.is_file(), "Ctrl+Shift+Z on the canvas is not about the gallery"
    person.looks("canvas-4-accepted")


@pytest.mark.parametrize("person", ["dark-1440"], indirect=True)
def test_extending_the_picture(person: Person) -> None:
    make(person, "a tree at sunset")
    person.presses("ctrl+e")
    person.waits_for(lambda: person.studio.canvas.desk.is_shown)
    canvas, view = canvas_of(person), view_of(person)
    before = canvas.picture_now()
    person.presses("u")
    person.waits_for(lambda: view.toolbox.chosen.name is ToolName.EXTEND)
    edge, goal = view.sight.to_view(256, 128), view.sight.to_view(256 + 64, 128)
    path = [edge + (goal - edge) * step / 10 for step in range(1, 11)]
    person.presses_button(view, edge)
    person.moves(view, *path)
    tool = view.toolbox.chosen
    assert isinstance(tool, Extend)
    person.waits_for(lambda: tool.margins.right == 64)
    person.looks("canvas-5-extend")
    person.releases_button()
    person.presses("Return")
    person.waits_for(lambda: canvas.width == 320)
    assert person.window.request_panel.make.text() == "Extend the picture"
    mask = canvas.mask_now()
    assert (mask[:, 256:] == 255).all()

    record = repaint(person)
    person.waits_for(lambda: shown_over(person, record))
    person.looks("canvas-6-extended")
    result = read_pixels(record.path)
    assert result.shape == (256, 320, 3)
    assert np.array_equal(result[:, :128], before[:, :128])
    person.presses("Return")
    person.waits_for(lambda: np.array_equal(canvas.picture, result))


@pytest.mark.parametrize("person", ["dark-1440"], indirect=True)
def test_carrying_a_picture_from_the_gallery(person: Person) -> None:
    record = make(person, "a hamburger")
    grid = person.window.gallery_panel.view
    [zones] = person.window.findChildren(DropZones)

    start, *others = zones.findChildren(QFrame, "dropZone")

    def look_and_drop() -> None:
        assert not any(zone.property("lit") for zone in others)
        person.looks("canvas-7-drop-zones")
        person.drops()

    person.carries(
        grid.viewport(),
        QPointF(grid.visualRect(grid.model().index(0, 0)).center()),
        (start.isVisible, lambda: person.carries_on_to(start)),
        (lambda: bool(start.property("lit")), look_and_drop),
    )
    person.waits_for(lambda: person.studio.canvas.desk.is_shown)
    assert not zones.isVisible()
    assert np.array_equal(canvas_of(person).picture, read_pixels(record.path))
    assert person.studio.canvas.desk.parent_picture == record.id


@pytest.mark.parametrize("person", ["light-1280"], indirect=True)
def test_closing_in_the_middle_of_the_work(person: Person, tmp_path: Path, qapp: QApplication) -> None:
    make(person, "a red apple")
    person.presses("ctrl+e")
    person.waits_for(lambda: person.studio.canvas.desk.is_shown)
    canvas, view = canvas_of(person), view_of(person)
    for row in (60, 120, 180):
        person.drags(view, view.sight.to_view(80, row), view.sight.to_view(120, row), view.sight.to_view(180, row))
    person.presses("ctrl+z")
    person.waits_for(lambda: canvas.redo_label == "Brush stroke")
    record = repaint(person)
    picture, mask = canvas.picture_now(), canvas.mask_now()
    person.window.close()
    assert person.studio.close()

    studio = Studio(qapp, UserPaths.below(tmp_path / "home"), create_session)
    studio.show()
    person.sits_down_at(studio)
    person.waits_for(lambda: studio.canvas.desk.is_shown)
    again = canvas_of(person)
    assert np.array_equal(again.picture, picture)
    assert np.array_equal(again.mask, mask)
    assert staging_of(person).ids == (record.id,)
    assert any(notice.title == "Your canvas is back" for notice in studio.window.notices.shown)
    person.clicks(studio.window.request_panel.prompt.text)  # not on the canvas: that would paint
    person.presses("F6")
    person.waits_for(view_of(person).hasFocus)
    person.presses("Escape")
    person.waits_for(lambda: staging_of(person).ids == ())
    person.presses("ctrl+shift+z")
    person.waits_for(lambda: bool(again.mask[180, 120] == 255))
    person.looks("canvas-8-back")


def make(person: Person, prompt: str) -> PictureRecord:
    """A picture from words; it is shown and current when this is done."""
    person.types_prompt(prompt)
    person.presses("ctrl+Return")
    person.waits_for(lambda: person.studio.stage.shown_record is not None and person.studio.service.running is None)
    record = person.studio.stage.shown_record
    assert record is not None
    return record


def repaint(person: Person) -> PictureRecord:
    """One more result for what lies on the canvas."""
    count = len(person.studio.canvas.staging.ids) if person.studio.canvas.staging else 0
    person.presses("ctrl+Return")
    person.waits_for(lambda: len(staging_of(person).ids) == count + 1 and person.studio.service.running is None)
    record = staging_of(person).records[-1]
    assert record.parameters is not None
    assert isinstance(record.parameters.task, Inpaint)
    return record


def assert_unchanged_outside(record: PictureRecord, before: np.ndarray, mask: np.ndarray) -> None:
    """Beyond the mask and its blur not one pixel is another; within it some are."""
    import cv2

    assert record.parameters is not None
    task = record.parameters.task
    assert isinstance(task, Inpaint)
    reach = 2 * (task.mask_grow + task.mask_blur) + 1
    kept = cv2.dilate(mask, np.ones((reach, reach), np.uint8)) == 0
    result = read_pixels(record.path)
    assert kept.any()
    assert np.array_equal(result[kept], before[kept])
    assert not np.array_equal(result[mask == 255], before[mask == 255])


def shown_over(person: Person, record: PictureRecord) -> bool:
    return view_of(person).is_covered and staging_of(person).current == record


def canvas_of(person: Person) -> Canvas:
    canvas = person.studio.canvas.desk.canvas
    assert canvas is not None
    return canvas


def view_of(person: Person) -> CanvasView:
    return person.studio.canvas.desk.page.view


def staging_of(person: Person) -> Staging:
    staging = person.studio.canvas.staging
    assert staging is not None
    return staging
