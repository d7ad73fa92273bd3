"""`studio grid`, with a session that needs no torch."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from studio.app import engine_factory
from studio.app.cli import studio
from studio.core.errors import BrokenPicture
from studio.gallery.grid_store import GridStore
from studio.imaging.picture_metadata import read_picture_info
from studio.settings.paths import UserPaths
from tests.helpers.fake_session import FakeSession


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> FakeSession:
    session = FakeSession()
    monkeypatch.setattr(engine_factory, "create_session", lambda _sources: session)
    return session


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(studio, ["--home", str(home), "grid", *arguments])


def prompts(result: Result) -> list[str]:
    told = [read_picture_info(Path(line)).parameters for line in result.stdout.splitlines()]
    return [parameters.prompt.text for parameters in told if parameters is not None]


def test_every_cell_and_the_labelled_picture_are_made(session: FakeSession, tmp_path: Path) -> None:
    output = tmp_path / "grid.png"
    axes = ("--x", "seed: 1-2", "--y", "prompt: red, green", "--z", "steps: 4")

    result = run(tmp_path, "a red apple", *axes, "-o", str(output))

    assert result.exit_code == 0, result.output
    assert result.stderr.startswith("2 × 2 × 1 = 4 pictures. How long")
    assert prompts(result) == ["a red apple", "a red apple", "a green apple", "a green apple"]
    assert result.stdout.splitlines()[-1] == str(output)
    assert "Z Type: Steps" in (read_picture_info(output).infotext or "")
    again = run(tmp_path, "a red apple", "--x", "seed: 7")
    assert again.stderr.startswith("1 picture, about ")


def test_what_stopped_goes_on_and_is_not_made_twice(session: FakeSession, tmp_path: Path) -> None:
    session.failure, session.fail_at_step = BrokenPicture("a test"), 5
    stopped = run(tmp_path, "an apple", "--x", "steps: 4, 6, 8")
    assert stopped.exit_code == 1
    assert "1 of 3 pictures are there; `studio grid --resume` goes on." in stopped.stderr
    UserPaths.below(tmp_path).index_database.unlink()

    resumed = run(tmp_path, "--resume")

    assert resumed.exit_code == 0, resumed.output
    assert len(resumed.stdout.splitlines()) == 3  # two cells, and the labelled picture
    store = GridStore(UserPaths.below(tmp_path).user_database)
    assert [kept.sheet is not None for kept in store.grids()] == [True]
    store.close()
    assert run(tmp_path, "--resume").exit_code == 2


@pytest.mark.parametrize(
    ("axes", "part"),
    [
        ((), "nothing is varied"),
        (("--x", "colour: red"), "Choose one of: seed, steps"),
        (("--x", "steps: many"), "no number and no range"),
        (("--x", "model: nobody"), "no model called “nobody”"),
        (("--x", "seed: 1-2000"), "too many values"),
    ],
)
def test_what_makes_no_grid_is_a_fault_of_the_request(
    session: FakeSession, tmp_path: Path, axes: tuple[str, ...], part: str
) -> None:
    result = run(tmp_path, "an apple", *axes)

    assert result.exit_code == 2
    assert part in result.stderr
    assert result.stdout == ""
