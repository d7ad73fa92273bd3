"""The page of the models in the whole program."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QFrame
from pytestqt.qtbot import QtBot

from studio.app.model_stores import model_library
from studio.app.wiring import Studio
from studio.checkpoints.inspect import inspect_checkpoint
from studio.checkpoints.manifest import read_manifest
from studio.checkpoints.model_arrival import HowToAdd
from studio.core.resources import resource_path
from studio.core.session import DeviceInfo
from studio.settings.paths import UserPaths
from studio.ui.model_manager.model_list_model import ROW
from studio.ui.model_manager.model_row import ModelAction, RowState
from studio.ui.model_manager.models_page import ModelsPage
from studio.ui.notice_bar import Answer, Notice
from tests.helpers.addon_files import write_lora
from tests.helpers.fake_session import FakeSession
from tests.helpers.hub_server import COMMIT, HubServer
from tests.integration.program_under_test import running_studio
from tests.integration.test_downloads_in_the_window import answer, notice
from tests.unit.app.test_models_cli import hub, offer
from tests.unit.checkpoints.headers import write_file
from tests.unit.checkpoints.model_folder import make_model

__all__ = ["hub"]


def test_a_model_that_was_added_is_chosen_and_the_next_picture_hides_the_page(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        page = shown_page(studio, qtbot)
        assert page.isVisible()
        assert page.card.row is not None
        assert page.card.row.state is RowState.BUNDLED

        mine = shutil.copytree(resource_path("starter"), tmp_path / "mine")
        page.files_given.emit((mine,))
        [asked] = [notice for notice in studio.window.notices.shown if notice.title == "Add “mine”?"]
        [use] = [answer for answer in asked.answers if answer.text == "Use it where it is"]
        use.act()
        qtbot.waitUntil(lambda: ("mine", RowState.INSTALLED) in states(page))
        page.choose(f"installed:{mine}")
        page.card.buttons[ModelAction.USE].click()
        assert studio.checkpoint.name == "mine"
        assert ModelAction.IN_USE in page.card.buttons

        studio.window.request_panel.make.click()
        assert not page.isVisible()
        assert studio.window.picture_view.isVisible()


def test_a_file_of_a_model_that_is_opened_is_offered_to_the_models(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    """As a file manager does it: `studio FILE`."""
    lora = write_lora(tmp_path / "Inky.safetensors")
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession, open_file=lora) as studio:
        qtbot.waitUntil(
            lambda: any(notice.title == "Add “Inky.safetensors”?" for notice in studio.window.notices.shown)
        )
        assert shown_page(studio, qtbot).isVisible()


def test_a_test_picture_stands_for_its_model_until_it_is_removed(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    mine = make_model(tmp_path / "mine")
    model_library(UserPaths.below(tmp_path / "home")).add_local(mine, HowToAdd.IN_PLACE)
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        page = shown_page(studio, qtbot)
        qtbot.waitUntil(lambda: "mine" in names(page))
        page.choose(f"installed:{mine}")
        assert thumbnail(page) is None
        with qtbot.waitSignal(studio.service.picture_saved) as saved:
            page.card.buttons[ModelAction.TEST_PICTURE].click()
        made = saved.args[1].parameters
        assert made.sampling.num_inference_steps == inspect_checkpoint(mine).recommended.num_inference_steps
        qtbot.waitUntil(lambda: thumbnail(page) is not None)
        assert page.isVisible()

    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        page = shown_page(studio, qtbot)
        qtbot.waitUntil(lambda: "mine" in names(page))
        page.choose(f"installed:{mine}")
        kept = thumbnail(page)
        assert kept is not None
        page.card.buttons[ModelAction.REMOVE].click()
        qtbot.waitUntil(page.card.question.isVisible)
        page.card.question.yes.click()
        qtbot.waitUntil(lambda: not kept.exists())


def test_the_test_picture_of_a_lora_is_made_with_it_and_stands_for_it(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    library = model_library(UserPaths.below(tmp_path / "home"))
    ink = library.add_local(write_lora(tmp_path / "ink.safetensors", parts="unet"), HowToAdd.COPY)
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        page = shown_page(studio, qtbot)
        qtbot.waitUntil(lambda: "ink" in names(page))
        page.choose(f"installed:{ink.path}")
        with qtbot.waitSignal(studio.service.job_started) as started:
            page.card.buttons[ModelAction.TEST_PICTURE].click()
        [use] = started.args[0].request.addons.loras
        assert (use.lora.path, use.weight) == (ink.path, 1.0)
        qtbot.waitUntil(lambda: thumbnail(page) is not None)


def test_a_test_picture_that_waited_when_the_program_closed_still_stands_for_its_model(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    mine = make_model(tmp_path / "mine")
    model_library(UserPaths.below(tmp_path / "home")).add_local(mine, HowToAdd.IN_PLACE)
    session = FakeSession()
    session.pause_at_step = 2
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: session) as studio:
        page = shown_page(studio, qtbot)
        qtbot.waitUntil(lambda: "mine" in names(page))
        page.choose(f"installed:{mine}")
        page.card.buttons[ModelAction.TEST_PICTURE].click()
        qtbot.waitUntil(session.paused.is_set)

    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        with qtbot.waitSignal(studio.service.picture_saved):
            answer(studio, qtbot, "still waiting", "Continue")
        page = shown_page(studio, qtbot)
        qtbot.waitUntil(lambda: "mine" in names(page))
        page.choose(f"installed:{mine}")
        qtbot.waitUntil(lambda: thumbnail(page) is not None)


def test_an_entry_without_a_list_of_files_keeps_its_name_and_folder_and_can_be_repaired(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, hub: HubServer
) -> None:
    home = tmp_path / "home"
    content = offer(home, tmp_path, hub, listed=False)
    ink = home / "data/loras/my-ink/weights.safetensors"
    with running_studio(qapp, qtbot, home, FakeSession) as studio:
        page = shown_page(studio, qtbot)
        page.choose("offered:my-ink")
        page.card.buttons[ModelAction.DOWNLOAD].click()
        qtbot.waitUntil(page.card.question.isVisible)
        page.card.question.yes.click()
        qtbot.waitUntil(lambda: page.card.row is not None and "weights" in names(page) and ink.exists())
        manifest = read_manifest(ink.parent)
        assert manifest is not None
        assert (manifest.name, manifest.entry_id, manifest.revision) == ("My ink", "my-ink", COMMIT)

        page.choose(f"installed:{ink}")
        page.card.buttons[ModelAction.ADD_TO_PROMPT].click()
        assert studio.window.request_panel.prompt.typed().text == "<lora:my-ink/weights:1>"

        ink.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        page.card.buttons[ModelAction.VERIFY].click()
        answer(studio, qtbot, "was checked", "Fetch them again")
        qtbot.waitUntil(lambda: ink.read_bytes() == content)
        qtbot.waitUntil(lambda: "weights" in names(page) and not studio.later.downloads.downloads)
    assert read_manifest(ink.parent) == manifest


def test_what_is_looked_up_is_fetched_only_after_a_yes(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, hub: HubServer
) -> None:
    offer(tmp_path / "home", tmp_path, hub)
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        page = shown_page(studio, qtbot)
        page.address.setText("owner/ink")
        page.look_up.click()
        qtbot.waitUntil(lambda: notice(studio, "Download “owner/ink”?") is not None)
        assert hub.file_requests("weights.safetensors") == []
        answer(studio, qtbot, "Download “owner/ink”?", "Download")
        qtbot.waitUntil(lambda: bool(hub.file_requests("weights.safetensors")))
        qtbot.waitUntil(lambda: "weights" in names(page))


def test_a_check_tells_how_far_it_is_and_is_stopped(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    huge = add_huge_file(tmp_path)
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        page = shown_page(studio, qtbot)
        qtbot.waitUntil(lambda: "huge" in names(page))
        page.choose(f"installed:{huge}")
        page.card.buttons[ModelAction.VERIFY].click()
        qtbot.waitUntil(lambda: " of 64.0 GB, " in progress_text(page))
        page.search.setText("huge")  # the page goes on being used
        assert names(page) == ["huge"]
        page.card.buttons[ModelAction.STOP].click()
        qtbot.waitUntil(lambda: ModelAction.VERIFY in page.card.buttons)
        assert notice(studio, "Cancelled") is not None


def test_the_model_in_use_is_used_where_it_was_moved_to(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = model_library(UserPaths.below(tmp_path / "home"))
    mine = library.add_local(resource_path("starter"), HowToAdd.COPY, name="mine").path
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        page = shown_page(studio, qtbot)
        qtbot.waitUntil(lambda: "mine" in names(page))
        page.choose(f"installed:{mine}")
        page.card.buttons[ModelAction.USE].click()
        monkeypatch.setattr(page, "choose_folder", lambda: tmp_path / "other disk")
        page.card.buttons[ModelAction.MOVE].click()
        qtbot.waitUntil(lambda: studio.checkpoint.path == tmp_path / "other disk/mine")
        assert not mine.exists()


def test_memory_is_judged_for_the_device_that_the_engine_found(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    session = FakeSession()
    session.device = DeviceInfo("cuda (a small card)", "float16", 2**30)
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: session) as studio:
        page = shown_page(studio, qtbot)
        page.choose("offered:sdxl-base")
        assert page.card.row is not None
        assert dict(page.card.row.facts)["Memory"].startswith("does not fit")


def test_closing_does_not_wait_for_a_model_that_is_read(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    huge = add_huge_file(tmp_path)
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        page = shown_page(studio, qtbot)
        qtbot.waitUntil(lambda: "huge" in names(page))
        page.choose(f"installed:{huge}")
        page.card.buttons[ModelAction.VERIFY].click()
        studio.window.request_panel.prompt.set_texts("a cat", "")
        with qtbot.waitSignal(studio.service.picture_saved):  # which has the disk's thread for itself
            studio.window.request_panel.make.click()
        began = time.monotonic()
    assert time.monotonic() - began < 10


def add_huge_file(folder: Path) -> Path:
    """A LoRA of 64 GiB, none of which is on the disk, in the list of the home in `folder`."""
    paths = UserPaths.below(folder / "home")
    shapes = {"lora_unet_a.lora_down.weight": (4, 8 * 2**30), "lora_unet_a.lora_up.weight": (4, 4)}
    huge = write_file(folder / "huge.safetensors", shapes)
    assert huge.stat().st_size > 60 * 10**9
    paths.create()
    model_library(paths).add_local(huge, HowToAdd.IN_PLACE)
    return huge


def progress_text(page: ModelsPage) -> str:
    return page.card.row.progress_text if page.card.row else ""


def test_notices_leave_the_row_free_in_which_models_are_asked_for(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    with running_studio(qapp, qtbot, tmp_path / "home", FakeSession) as studio:
        page = shown_page(studio, qtbot)
        studio.window.notices.show_notice(Notice("Download it?", "", (Answer("Download", lambda: None),)))
        [notice] = [frame for frame in studio.window.findChildren(QFrame, "notice") if frame.isVisible()]
        lowest = notice.mapTo(studio.window, QPoint(0, notice.height())).y()
        assert lowest <= page.address.mapTo(studio.window, QPoint(0, 0)).y()


def shown_page(studio: Studio, qtbot: QtBot) -> ModelsPage:
    studio.window.commands.show_models.trigger()
    [page] = studio.window.findChildren(ModelsPage)
    qtbot.waitUntil(lambda: page.card.row is not None)
    return page


def thumbnail(page: ModelsPage) -> Path | None:
    """Of the model whose card is shown."""
    return page.card.row.thumbnail if page.card.row else None


def states(page: ModelsPage) -> list[tuple[str, RowState]]:
    model = page.view.model()
    rows = [model.data(model.index(number, 0), ROW) for number in range(model.rowCount())]
    return [(row.name, row.state) for row in rows]


def names(page: ModelsPage) -> list[str]:
    model = page.view.model()
    return [str(model.data(model.index(number, 0))) for number in range(model.rowCount())]
