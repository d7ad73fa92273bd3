"""A person looks through the gallery: large, as a list, with a search, two pictures compared, a grid asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

from studio.core.geometry import Size
from studio.core.resources import resource_path
from studio.gallery.picture_marks import PictureMarks
from studio.imaging.decode import read_pixels
from studio.ui.compare.compare_page import ComparePage
from studio.ui.compare.compare_view import CompareMode
from studio.ui.gallery.list_columns import Column
from studio.ui.grid.grid_dialog import GridDialog
from studio.ui.large.large_page import LargePage
from tests.e2e.person import Person
from tests.helpers.fake_session import a_picture, a_request

pytestmark = [pytest.mark.display, pytest.mark.timeout(240)]

PICTURES = {
    "cfg_high": ("a panda", 2, 20, 7.0),
    "cfg_low": ("a panda", 2, 20, 1.0),
    "example_a_car": ("a car", 1, 20, 5.0),
    "example_a_heart_on_a_pink_background": ("a heart on a pink background", 1, 20, 5.0),
    "example_a_smiling_face": ("a smiling face", 1, 20, 5.0),
    "negative_with": ("a balloon", 5, 20, 5.0),
    "prompt_rich": ("a yellow car on a green background", 3, 20, 5.0),
    "sampler_dpm": ("a gift", 7, 8, 5.0),
    "seed_a": ("a house", 4, 20, 5.0),
    "seed_b": ("a house", 5, 20, 5.0),
    "size_best": ("a bus", 1, 20, 5.0),
    "size_wide": ("a bus", 1, 20, 5.0),
    "steps_few": ("a hamburger", 4, 2, 5.0),
    "steps_many": ("a hamburger", 4, 20, 5.0),
}
"""Of the guide, which the bundled model made: prompt, seed, steps, CFG scale."""


def fill(person: Person) -> None:
    """Pictures of several days."""
    gallery, newest = person.studio.gallery, a_picture().created_at
    for number, (name, (prompt, seed, steps, guidance)) in enumerate(PICTURES.items()):
        asked = a_request(prompt, seed=seed, steps=steps)
        pixels = read_pixels(resource_path("guide") / f"{name}.png")
        request = replace(
            asked,
            sampling=replace(asked.sampling, guidance_scale=guidance),
            size=Size(pixels.shape[1], pixels.shape[0]),
            checkpoint=replace(asked.checkpoint, name="Starter model"),
        )
        made = replace(a_picture(request), pixels=pixels, created_at=newest - timedelta(hours=5 * number))
        record = gallery.add(made)
        if number % 3 == 0:
            gallery.put_marks({record.id: PictureMarks(rating=3 + number % 3, favourite=number % 2 == 0)})
    person.studio.pictures.search.refresh()
    person.waits_for(lambda: person.studio.gallery_model.rowCount() == len(PICTURES))


def page_of(person: Person, kind: type[QWidget]) -> QWidget:
    [page] = person.window.findChildren(kind)
    return page


def place_of(person: Person, row: int) -> QPoint:
    view = person.window.gallery_panel.view
    view.scrollTo(view.model().index(row, 0))
    return view.visualRect(view.model().index(row, 0)).center()


def clicks_picture(person: Person, row: int) -> None:
    person.clicks(person.window.gallery_panel.view.viewport(), place_of(person, row))
    person.waits_for(lambda: person.window.gallery_panel.view.currentIndex().row() == row)


def test_looking_through_the_gallery(person: Person) -> None:
    fill(person)
    window, panel = person.window, person.window.gallery_panel

    # large, on with the arrows, rated, and back to the same place
    clicks_picture(person, 2)
    person.presses("space")
    person.waits_for(lambda: any(page.isVisible() for page in window.findChildren(LargePage)))
    large = page_of(person, LargePage)
    assert isinstance(large, LargePage)
    person.waits_for(lambda: large.picture.is_sharp)
    person.presses("Right", "4")
    person.waits_for(lambda: panel.marks_of_current().rating == 4 and large.picture.is_sharp)
    assert panel.view.currentIndex().row() == 3
    window.notices.dismiss("marks")
    person.looks("gallery-1-large")
    person.presses("ctrl+1")
    person.waits_for(lambda: large.picture.zoom.viewport.zoom == 1)
    person.presses("Escape")
    person.waits_for(lambda: not large.isVisible() and panel.view.hasFocus())

    # as a list, sorted by a click, found by what is suggested
    person.presses("v")
    person.waits_for(panel.list_header.isVisible)
    person.clicks(panel.list_header.columns[Column.DATE])
    person.waits_for(lambda: panel.search_bar.request.order.is_by_date)
    person.presses("ctrl+shift+f")
    person.types("sam")
    person.waits_for(lambda: panel.search_bar.field.suggestion_list.is_open)
    person.presses("Tab")
    person.waits_for(lambda: panel.search_bar.field.text() == "sampler:")
    person.looks("gallery-2-list")
    person.presses("Tab", "Return")
    person.waits_for(lambda: panel.search_bar.field.text() == "sampler:Euler ")
    panel.search_bar.clear()
    person.waits_for(lambda: person.studio.gallery_model.rowCount() > 3)
    person.clicks(panel.browse_bar.list_button)
    person.waits_for(lambda: not panel.list_header.isVisible())

    # two are compared
    clicks_picture(person, 0)
    with person.holds("ctrl"):
        person.clicks(panel.view.viewport(), place_of(person, 1))
    person.waits_for(lambda: len(panel.selected) == 2)
    person.presses("c")
    person.waits_for(lambda: any(page.isVisible() for page in window.findChildren(ComparePage)))
    compare = page_of(person, ComparePage)
    assert isinstance(compare, ComparePage)
    person.looks("gallery-3-compare")
    for key, mode in (("2", CompareMode.SLIDER), ("4", CompareMode.DIFFERENCE)):
        person.presses(key)
        person.waits_for(lambda mode=mode: compare.view.mode is mode)
    person.waits_for(lambda: "pixels" in compare.state.text())
    person.presses("Escape")
    person.waits_for(lambda: not compare.isVisible())

    # a grid is asked for
    person.presses("ctrl+shift+g")
    person.waits_for(lambda: any(dialog.isVisible() for dialog in window.findChildren(GridDialog)))
    dialog = page_of(person, GridDialog)
    assert isinstance(dialog, GridDialog)
    person.clicks(dialog.rows[0].values)
    person.types("1-3")
    person.waits_for(lambda: dialog.rows[0].values.text() == "1-3")
    person.looks("gallery-4-grid")
    person.presses("Escape")
    person.waits_for(lambda: not window.findChildren(GridDialog))
