"""The process from Python tells the numbers that the command line writes, and those that the window asks for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio import look_inside, noise_errors, noisy_image, open_session, round_trip
from studio.app.api import Session
from studio.core.errors import InvalidSeed, InvalidSteps, InvalidTimestep
from studio.core.request import Prompt
from studio.core.session import CancelToken
from studio.imaging.decode import read_pixels
from tests.helpers.program import run_warm_studio


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with open_session() as session:
        yield session


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """100 x 68 pixels, of which whole cells are 96 x 64."""
    file = tmp_path / "start.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (68, 100, 3), dtype=np.uint8)).save(file)
    return file


def written(*arguments: object, home: Path) -> None:
    done = run_warm_studio(*map(str, arguments), home=home)
    assert done.returncode == 0, done.stderr


def test_noise_is_that_of_the_command_line(start: Path, home: Path, tmp_path: Path, session: Session) -> None:
    file = tmp_path / "noisy.png"
    written("noise", start, "--t", 300, "--seed", 4, "-o", file, home=home)
    for source in (start, str(start), Image.open(start)):
        noisy = noisy_image(source, 300, seed=4, home=home, session=session)
        assert np.array_equal(np.asarray(noisy), read_pixels(file))


def test_the_round_trip_is_that_of_the_command_line(start: Path, home: Path, tmp_path: Path, session: Session) -> None:
    written("latent", start, "-o", tmp_path / "latent", home=home)
    trip = round_trip(start, home=home, session=session)
    with np.load(tmp_path / "latent" / "latent.npz") as arrays:
        assert np.array_equal(trip.latents, arrays["latents"])
    assert np.array_equal(trip.decoded, read_pixels(tmp_path / "latent" / "decoded.png"))


def test_the_inside_of_a_step_is_that_of_the_command_line(home: Path, tmp_path: Path, session: Session) -> None:
    settings = ("--steps", 3, "--seed", 42, "--size", "128x128")
    written("trace", "a red apple", *settings, "--guidance", 2, "--attention", 2, "-o", tmp_path, home=home)
    inside = look_inside("a red apple", 2, steps=3, seed=42, size=(128, 128), home=home, session=session)
    [guidance] = tmp_path.glob("step-002-guidance.npz")
    with np.load(guidance) as arrays:
        assert np.array_equal(inside.guidance.conditional, arrays["conditional"])
        assert np.array_equal(inside.guidance.guided, arrays["guided"])
    assert inside.attention is not None
    assert [word.word for word in inside.attention.words] == ["a", "red", "apple"]


def test_errors_about_the_noise_are_those_that_the_window_asks_for(start: Path, home: Path, session: Session) -> None:
    told = noise_errors(start, prompt="a red apple", count=3, seed=5, home=home, session=session)
    pixels = read_pixels(start)[:64, :96]
    from studio.app.model_stores import checkpoint_store
    from studio.settings.paths import UserPaths

    checkpoint = checkpoint_store(UserPaths.below(home)).default()
    assert told == session.engine.noise_errors(
        checkpoint, pixels, prompt=Prompt("a red apple"), count=3, seed=5, cancel=CancelToken()
    )


def test_what_is_not_possible_is_refused_before_and_after_the_model(start: Path, home: Path, session: Session) -> None:
    with pytest.raises(InvalidTimestep):
        noisy_image(start, 1000, home=home, session=session)
    with pytest.raises(InvalidSeed):
        noisy_image(start, 5, seed=-1, home=home, session=session)
    with pytest.raises(InvalidSteps):
        look_inside("a red apple", 4, steps=3, home=home, session=session)
