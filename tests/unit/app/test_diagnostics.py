"""The report for whoever looks into a fault: what is in it, and what never is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from studio.app import diagnostics
from studio.app.doctor import Finding
from studio.core.errors import FolderUnwritable
from studio.core.report import ReportPart
from studio.settings.model import PanelState, RecentSettings, Settings
from studio.settings.paths import UserPaths


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UserPaths:
    """Those of a user whose folder has a name."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "ada lovelace")
    paths = UserPaths.below(tmp_path / "ada lovelace" / "studio")
    paths.create()
    return paths


def collected(paths: UserPaths, settings: Settings | None = None) -> dict[str, str]:
    parts = diagnostics.collect([Finding("gallery", "all is well")], paths, settings or Settings())
    return {part.name: part.text for part in parts}


def test_it_tells_versions_checks_settings_and_the_log(paths: UserPaths) -> None:
    paths.log_file.write_text("today\n")
    paths.log_file.with_name("studio.log.1").write_text("yesterday\n")
    report = collected(paths)
    assert "all is well" in report["checks.txt"]
    assert "torch 2." in report["versions.txt"]
    assert json.loads(report["settings.json"])["panel"]["steps"] == Settings().panel.steps
    assert (report["studio.log"], report["studio.log.1"]) == ("today\n", "yesterday\n")
    assert "crash.txt" not in report


def test_the_stacks_of_a_crash_are_part_of_it(paths: UserPaths) -> None:
    paths.crash_file.write_text("Fatal Python error: Segmentation fault\n")
    assert collected(paths)["crash.txt"].startswith("Fatal")


def test_what_the_user_wrote_and_the_users_name_are_not_in_it(paths: UserPaths) -> None:
    paths.log_file.write_text(f"opened {paths.gallery}")
    panel = PanelState(prompt="a secret wish", negative="a secret fear")
    settings = replace(Settings(), panel=panel, recent=RecentSettings(("/a secret place.png",)))
    report = collected(paths, settings)
    assert "~" in report["studio.log"]
    for text in report.values():
        assert "secret" not in text
        assert "lovelace" not in text


def test_only_the_end_of_a_long_log_is_taken(paths: UserPaths) -> None:
    paths.log_file.write_text("old\n" * 100_000 + "the last line")
    log = collected(paths)["studio.log"]
    assert log.endswith("the last line")
    assert len(log) < 250_000


def test_it_becomes_one_file(tmp_path: Path) -> None:
    parts = (ReportPart("a.txt", "one \N{SNOWMAN}"), ReportPart("b.txt", "a lone surrogate \udc80"))
    diagnostics.save(parts, file := tmp_path / "report.zip")
    with ZipFile(file) as archive:
        assert archive.namelist() == ["a.txt", "b.txt"]
        assert archive.read("a.txt").decode() == "one \N{SNOWMAN}"


def test_a_place_that_cannot_be_written_is_a_fact(tmp_path: Path) -> None:
    with pytest.raises(FolderUnwritable):
        diagnostics.save((ReportPart("a.txt", ""),), tmp_path / "no such folder" / "report.zip")
