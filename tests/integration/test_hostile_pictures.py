"""Pictures made to harm: each is refused (or shown, where only its metadata harms) within a second and 256 MB."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.helpers.program import ROOT
from tests.unit.imaging.metadata.hostile import hostile_files
from tests.unit.imaging.test_decoding import harmless_giants, hostile_pictures

MOST_SECONDS = 1.0
MOST_KB = 256 * 1024


def test_no_picture_takes_long_or_much_memory(tmp_path: Path) -> None:
    refused, shown = dict(hostile_pictures()), dict(harmless_giants()) | dict(hostile_files())
    for name, content in (refused | shown).items():
        (tmp_path / name).write_bytes(content)
    child = subprocess.run(
        [sys.executable, "-m", "tests.helpers.decoding_child", *(str(tmp_path / name) for name in refused | shown)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    base, *reports = [json.loads(line) for line in child.stdout.splitlines()]
    outcomes = {report["name"]: report["outcome"] for report in reports}
    assert {name: outcomes[name] == "shown" for name in outcomes} == dict.fromkeys(refused, False) | dict.fromkeys(
        shown, True
    )
    slow = {report["name"]: report["seconds"] for report in reports if report["seconds"] > MOST_SECONDS}
    assert slow == {}
    assert reports[-1]["peak_kB"] - base["peak_kB"] <= MOST_KB, reports
