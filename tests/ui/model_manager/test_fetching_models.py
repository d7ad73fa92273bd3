"""Models are downloaded after a look at what they are, and a yes to their licence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from studio.checkpoints.catalogue_entry import Repository
from studio.core.download import (
    Download,
    DownloadedFile,
    DownloadPhase,
    DownloadProgress,
    DownloadResult,
    DownloadState,
)
from studio.core.errors import AddressNotUnderstood, CheckpointDamaged, LoginNeeded, StudioError
from studio.ui.model_manager.model_list_model import Shown
from studio.ui.model_manager.model_row import ModelAction, RowState, time_text
from studio.ui.model_manager.model_rows import download_key, installed_key, offered_key
from studio.ui.notice_bar import Notice, NoticeBar
from tests.ui.model_manager.manager import GATED, INSTALLED, OFFERED, PLAN, UNLISTED, Manager, answer


def test_a_licence_is_asked_about_once_and_then_the_download_begins(manager: Manager) -> None:
    manager.page.choose(offered_key(OFFERED.id))
    manager.press(ModelAction.DOWNLOAD)
    assert manager.downloads == []
    manager.agree("Accept and download")
    assert manager.disk.accepted == [OFFERED.licence]
    assert manager.downloads == [PLAN]
    manager.press(ModelAction.DOWNLOAD)
    assert manager.downloads == [PLAN, PLAN]


def test_a_question_about_one_model_is_not_answered_for_another(manager: Manager) -> None:
    manager.page.choose(offered_key(OFFERED.id))
    manager.press(ModelAction.DOWNLOAD)
    manager.page.choose(installed_key(INSTALLED.path))
    assert not manager.page.card.question.isVisible()


def test_a_running_download_tells_how_far_it_is_and_can_be_paused(manager: Manager) -> None:
    asked: list[str] = []
    manager.presenter.pause_asked.connect(asked.append)
    manager.presenter.on_downloads_changed((Download(PLAN, DownloadState.RUNNING),))
    progress = DownloadProgress(PLAN.id, DownloadPhase.TRANSFERRING, "y", 250_000_000, 1_000_000_000, 5_000_000.0)
    manager.presenter.on_progressed((progress,))
    row = manager.model.row(0)
    assert row.progress == 0.25
    assert row.progress_text == "238 MB of 954 MB, 4.8 MB/s, about 2 minutes left"
    manager.page.choose(download_key(PLAN.id))
    manager.press(ModelAction.PAUSE)
    assert asked == [PLAN.id]


def test_a_paused_download_tells_no_speed(manager: Manager) -> None:
    manager.presenter.on_downloads_changed((Download(PLAN, DownloadState.RUNNING),))
    progress = DownloadProgress(PLAN.id, DownloadPhase.TRANSFERRING, "y", 250_000_000, 1_000_000_000, 5_000_000.0)
    manager.presenter.on_progressed((progress,))
    manager.presenter.on_downloads_changed((Download(PLAN, DownloadState.PAUSED),))
    row = manager.model.row(0)
    assert (row.progress, row.progress_text) == (0.25, "238 MB of 954 MB")


def test_a_download_that_begins_is_shown_whatever_was_searched_for(manager: Manager) -> None:
    manager.page.search.setText("sdxl")
    manager.presenter.fetches.on_looked_up("owner/name", PLAN)
    answer(manager, "Download “A download”?", "Download")
    manager.presenter.on_downloads_changed((Download(PLAN, DownloadState.RUNNING),))
    assert [manager.model.row(number).name for number in range(manager.model.rowCount())] == ["A download"]


def test_who_watches_a_download_goes_on_to_see_its_model(manager: Manager) -> None:
    """And never another one in its place, whose buttons lie where its own were."""
    manager.presenter.on_downloads_changed((Download(PLAN, DownloadState.RUNNING),))
    manager.page.choose(download_key(PLAN.id))
    manager.background.holds = True
    manager.presenter.on_downloads_changed(())
    manager.presenter.on_finished(DownloadResult(PLAN, ()))
    row = manager.page.card.row
    assert row is not None
    assert (row.key, row.state, row.actions) == (download_key(PLAN.id), RowState.ADDING, ())
    manager.background.let_go()
    assert manager.page.card.row is not None
    assert manager.page.card.row.key == installed_key(INSTALLED.path)


def test_who_looks_at_another_model_is_left_there(manager: Manager) -> None:
    manager.presenter.on_downloads_changed((Download(PLAN, DownloadState.RUNNING),))
    manager.page.choose(offered_key(OFFERED.id))
    manager.presenter.on_downloads_changed(())
    manager.presenter.on_finished(DownloadResult(PLAN, ()))
    assert manager.page.card.row is not None
    assert manager.page.card.row.key == offered_key(OFFERED.id)


def test_what_was_fetched_and_is_no_model_leaves_the_list_and_says_why(
    manager: Manager, announced: list[StudioError]
) -> None:
    error = CheckpointDamaged(PLAN.folder, "no JSON")
    manager.disk.adopting_fails = error
    manager.presenter.on_finished(DownloadResult(PLAN, ()))
    assert announced == [error]
    announced.clear()
    assert manager.model.number_of(download_key(PLAN.id)) is None


def test_one_notice_says_that_a_model_came_and_whether_it_was_verified(manager: Manager) -> None:
    bar = manager.page.findChildren(NoticeBar)[0]
    bar.show_notice(Notice("The download is complete", "", key=PLAN.id))
    file = DownloadedFile("y.safetensors", 1000, "0" * 64, verified=False)
    manager.presenter.on_finished(DownloadResult(PLAN, (file,)))
    [told] = bar.shown
    assert told.title == f"{INSTALLED.name} is there"
    assert "could not be verified" in told.text


def test_a_failed_download_says_why_and_can_go_on(manager: Manager) -> None:
    error = AddressNotUnderstood("x")
    manager.presenter.on_downloads_changed((Download(PLAN, DownloadState.FAILED, error),))
    row = manager.model.row(0)
    assert row.fault
    assert row.actions == (ModelAction.RESUME, ModelAction.CANCEL)


def test_an_address_that_is_none_is_said_beside_the_field(manager: Manager, qtbot) -> None:  # type: ignore[no-untyped-def]
    asked: list[str] = []
    manager.presenter.fetches.look_up_asked.connect(asked.append)
    qtbot.keyClicks(manager.page.address, "nonsense")
    qtbot.keyClick(manager.page.address, Qt.Key.Key_Return)
    assert asked == ["nonsense"]
    assert not manager.page.look_up.isEnabled()
    manager.presenter.fetches.on_lookup_failed("nonsense", AddressNotUnderstood("nonsense"))
    assert manager.page.look_up.isEnabled()
    assert manager.page.address.text() == "nonsense"


def test_what_was_looked_up_is_told_and_fetched_only_after_a_yes(manager: Manager) -> None:
    manager.presenter.fetches.on_looked_up("owner/name", replace(PLAN, licence="mit"))
    assert manager.downloads == []
    told = answer(manager, "Download “A download”?", "Leave it")
    assert "1 file, 1000 bytes, from owner/name. Its licence: mit." in told.text
    assert manager.downloads == []
    answer(manager, "Download “A download”?", "Download")
    assert manager.downloads == [replace(PLAN, licence="mit", licence_accepted=True)]
    assert manager.disk.prepared == [None]
    manager.presenter.on_downloads_changed((Download(PLAN, DownloadState.WAITING),))
    assert manager.model.rowCount() == manager.model.count(Shown.COMING) == 1
    manager.presenter.on_downloads_changed(())
    manager.presenter.on_finished(DownloadResult(PLAN, ()))
    assert manager.page.card.row is not None
    assert manager.page.card.row.key == installed_key(INSTALLED.path)


def test_an_entry_without_a_list_of_files_is_listed_under_its_commit_and_fetched_as_itself(manager: Manager) -> None:
    asked: list[str] = []
    manager.presenter.fetches.look_up_asked.connect(asked.append)
    manager.disk.accepted.append(UNLISTED.licence)
    manager.page.choose(offered_key(UNLISTED.id))
    manager.press(ModelAction.DOWNLOAD)
    assert isinstance(UNLISTED.origin, Repository)
    assert asked == [f"{UNLISTED.origin.id}@{UNLISTED.origin.revision}"]

    manager.presenter.fetches.on_looked_up(asked[0], PLAN)

    assert manager.disk.prepared == [UNLISTED]
    assert manager.downloads == [replace(PLAN, licence_accepted=True)]


def test_an_entry_that_cannot_be_listed_is_announced(manager: Manager, announced: list[StudioError]) -> None:
    manager.disk.accepted.append(UNLISTED.licence)
    manager.page.choose(offered_key(UNLISTED.id))
    manager.press(ModelAction.DOWNLOAD)
    assert isinstance(UNLISTED.origin, Repository)
    error = AddressNotUnderstood("x")
    manager.presenter.fetches.on_lookup_failed(UNLISTED.origin.address, error)
    assert announced == [error]
    announced.clear()
    assert manager.page.look_up.isEnabled()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (5, "less than a minute left"),
        (61, "about 1 minute left"),
        (7200, "about 2.0 hours left"),
        (35 * 3600, "about 35.0 hours left"),
        (36 * 3600, "about 2 days left"),
        (286.5 * 3600, "about 12 days left"),
    ],
)
def test_times_are_written_for_people(seconds: float | None, text: str) -> None:
    assert time_text(seconds) == text


def test_a_gated_model_offers_to_give_a_token(manager: Manager, qtbot) -> None:  # type: ignore[no-untyped-def]
    gated = GATED
    manager.page.choose(offered_key(gated.id))
    with qtbot.waitSignal(manager.presenter.token_asked):
        manager.press(ModelAction.GIVE_TOKEN)
    manager.press(ModelAction.DOWNLOAD)
    assert "give a token" in manager.page.card.question.accessibleName()


def test_an_address_that_wants_a_token_offers_to_give_it(manager: Manager, qtbot) -> None:  # type: ignore[no-untyped-def]
    manager.presenter.fetches.on_lookup_failed("x/y", LoginNeeded("https://civitai.com/api/download/models/1"))
    assert manager.page.give_token.isVisible()
    with qtbot.waitSignal(manager.page.tokens_asked) as asked:
        manager.page.give_token.click()
    assert asked.args == ["civitai.com"]
    manager.presenter.fetches.on_lookup_failed("x/y", AddressNotUnderstood("x/y"))
    assert not manager.page.give_token.isVisible()
