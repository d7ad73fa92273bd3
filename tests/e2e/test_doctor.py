"""`studio doctor`: everything that the program needs, and what helps where it is not there."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from zipfile import ZipFile

from studio.settings.paths import UserPaths
from tests.helpers.program import run_warm_studio
from tests.unit.checkpoints.model_folder import make_model

Found = dict[str, list[dict[str, str]]]


def examined(home: Path) -> tuple[int, Found]:
    """The exit code, and the findings by their subject."""
    done = run_warm_studio("doctor", "--json", home=home)
    assert done.stderr == ""
    found: Found = defaultdict(list)
    for finding in json.loads(done.stdout):
        found[finding["subject"]].append(finding)
    return done.returncode, found


def test_a_new_home_is_in_order(tmp_path: Path) -> None:
    code, found = examined(tmp_path / "home")
    assert code == 0
    assert {"program", "computer", "settings", "window", "gallery", "keyring", "engine"} <= found.keys()
    assert all(finding["level"] in {"ok", "hint"} for findings in found.values() for finding in findings)
    [device, made] = found["engine"]
    assert "torch" in device["text"]
    assert "made a small picture" in made["text"]


def test_a_report_for_whoever_helps_is_written_beside_it(tmp_path: Path) -> None:
    done = run_warm_studio("doctor", "--report", str(file := tmp_path / "report.zip"), home=tmp_path / "home")
    assert done.returncode == 0
    with ZipFile(file) as archive:
        assert archive.read("checks.txt").decode().strip() == done.stdout.strip()
        assert {"versions.txt", "settings.json", "studio.log"} <= set(archive.namelist())


def test_faults_are_told_with_what_helps(tmp_path: Path) -> None:
    paths = UserPaths.below(tmp_path / "home")
    paths.create()
    paths.settings_file.write_text("{no settings")
    model = make_model(paths.checkpoints / "mine")
    (model / "unet" / "config.json").write_text("{")
    code, found = examined(tmp_path / "home")
    assert code == 1
    [settings] = found["settings"]
    assert settings["level"] == "FAULT"
    assert "could not be read" in settings["text"]
    assert str(paths.settings_file) in settings["advice"]
    assert [finding["advice"] for finding in found["models"] if finding["level"] == "FAULT"] == [
        "“studio models verify --repair NAME” fetches bad files again."
    ]
    assert len(found["engine"]) == 2, "the other checks go on"


def test_settings_of_a_newer_program_are_a_finding_and_the_other_checks_go_on(tmp_path: Path) -> None:
    paths = UserPaths.below(tmp_path / "home")
    paths.create()
    paths.settings_file.write_text('{"version": 99}')
    code, found = examined(tmp_path / "home")
    assert code == 1
    [settings] = found["settings"]
    assert settings["level"] == "FAULT"
    assert settings["advice"]
    assert {"gallery", "models", "engine"} <= found.keys()
    assert paths.settings_file.read_text() == '{"version": 99}'
