"""`studio open` with what cannot be opened: said before there is a window."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from studio.app.cli import studio


@pytest.mark.parametrize("name", ["photo.png", "work.lstudio", "folder"])
def test_a_name_that_is_not_there_is_to_be_looked_at_again(tmp_path: Path, name: str) -> None:
    done = CliRunner().invoke(studio, ["open", str(tmp_path / name)])
    assert done.exit_code == 1
    assert f"There is no {tmp_path / name}. Look whether its name and folder are right" in done.output
    assert "save it as PNG" not in done.output
