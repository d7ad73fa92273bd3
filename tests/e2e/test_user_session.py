"""A person at the real window: the real engine, an X display, real key and mouse events from xdotool.

Runs on a virtual screen (`xvfb-run ... pytest -m display`). With STUDIO_SCREENSHOTS=DIR the screens are kept there.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from studio.app.engine_factory import create_session
from studio.app.wiring import Studio
from studio.settings.paths import UserPaths
from tests.e2e.person import Person

pytestmark = [pytest.mark.display, pytest.mark.timeout(240)]


def shows_its_file(studio: Studio) -> bool:
    """The finished picture is seen, and no longer the last preview of it."""
    record, image = studio.stage.shown_record, studio.window.picture_view.shown_image
    if record is None or image is None:
        return False
    return image == QImage(str(record.path)).convertToFormat(image.format())


def test_a_first_session(person: Person) -> None:
    studio, window = person.studio, person.window
    person.looks("1-welcome")

    person.types_prompt("a red apple")
    person.presses("ctrl+Return")
    person.waits_for(lambda: window.gallery_panel.current is not None)
    record = window.gallery_panel.current
    assert record is not None
    assert record.parameters is not None
    assert record.parameters.prompt.text == "a red apple"
    assert record.path.is_file()
    person.waits_for(lambda: studio.stage.shown_record == record)

    # three more, from the keyboard alone: the second and third wait
    for prompt in ("a hamburger", "a smiling face", "a gift on a pink background"):
        person.types_prompt(prompt)
        person.presses("ctrl+Return")
    person.waits_for(lambda: len(studio.service.waiting) >= 1)
    person.waits_for(lambda: "Step" in window.job_bar.status.text())
    person.looks("2-running")
    person.presses("ctrl+j")
    person.waits_for(window.queue_popup.isVisible)
    person.looks("3-queue")
    person.presses("Escape")
    person.waits_for(lambda: not window.queue_popup.isVisible())
    person.waits_for(lambda: window.gallery_panel.view.model().rowCount() == 4 and studio.service.running is None)
    person.waits_for(lambda: shows_its_file(studio))
    person.waits_for(lambda: len(window.picture_view.steps.shown_steps) > 1)
    person.looks("4-gallery")

    # look at the first one again and make it once more
    view = window.gallery_panel.view
    person.clicks(view.viewport(), view.visualRect(view.model().index(3, 0)).center())
    person.waits_for(lambda: studio.stage.shown_record is not None and studio.stage.shown_record.id == record.id)
    person.presses("ctrl+u")
    person.presses("ctrl+Return")
    person.waits_for(lambda: window.gallery_panel.view.model().rowCount() == 5 and studio.service.running is None)
    again = window.gallery_panel.current
    assert again is not None
    assert again.parameters is not None
    assert again.parameters.sampling == record.parameters.sampling
    assert again.parameters.prompt == record.parameters.prompt

    # delete it and take that back
    person.clicks(view.viewport(), view.visualRect(view.model().index(0, 0)).center())
    person.presses("Delete")
    person.waits_for(lambda: not again.path.exists())
    person.looks("5-deleted")
    person.presses("ctrl+shift+z")
    person.waits_for(again.path.exists)

    # a long one, cancelled with the mouse
    window.request_panel.sampling.steps.set_value(150)
    person.presses("ctrl+Return")
    person.waits_for(lambda: "Step" in window.job_bar.status.text())
    person.clicks(window.job_bar.cancel)
    person.waits_for(lambda: window.job_bar.status.text() == "Cancelled")

    # find a command by its name
    person.presses("ctrl+k")
    person.waits_for(lambda: QApplication.activePopupWidget() is not None)
    person.types("seed")
    person.looks("6-palette")
    person.presses("Escape")
    person.waits_for(lambda: QApplication.activePopupWidget() is None)


@pytest.mark.parametrize("person", ["light-1280"], indirect=True)
def test_closing_in_the_middle_keeps_what_waits(person: Person, tmp_path: Path, qapp: QApplication) -> None:
    window = person.window
    window.request_panel.sampling.steps.set_value(150)
    person.types_prompt("a panda")
    person.presses("ctrl+Return", "ctrl+Return")
    person.waits_for(lambda: "Step" in window.job_bar.status.text() and len(person.studio.service.waiting) == 1)
    window.close()
    assert person.studio.close()

    studio = Studio(qapp, UserPaths.below(tmp_path / "home"), create_session)
    studio.show()
    person.waits_for(lambda: any("2 jobs" in notice.title for notice in studio.window.notices.shown))
    assert studio.window.request_panel.prompt.prompt().text == "a panda"
    assert studio.service.running is None
    person.sits_down_at(studio)
