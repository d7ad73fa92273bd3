"""Previews: from noise to the picture, only when somebody looks, and never at the picture's cost."""

from __future__ import annotations

import numpy as np
import pytest

from studio.checkpoints.model_size import read_model_size
from studio.core.progress import PreviewFrame
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.core.sources import MemorySources
from studio.core.task import ImageToImage
from studio.engine.session import DiffusersSession
from studio.imaging.latent_picture import latent_picture


class Viewer:
    """A sink that wants frames or not, and keeps what it gets."""

    def __init__(self, *, looking: bool = True) -> None:
        self.looking = looking
        self.asked = 0
        self.frames: list[PreviewFrame] = []

    def wants_frame(self) -> bool:
        self.asked += 1
        return self.looking

    def put(self, frame: PreviewFrame) -> None:
        self.frames.append(frame)


@pytest.mark.parametrize("scheduler", SchedulerName)
def test_frames_go_from_noise_to_the_picture(session, make_request, correlation, scheduler):
    viewer = Viewer()
    request = make_request(scheduler=scheduler, steps=8)
    [image] = session.generate(request, on_progress=lambda _: None, cancel=CancelToken(), previews=viewer)
    small = image.pixels.reshape(16, 8, 16, 8, 3).mean(axis=(1, 3))
    likeness = [correlation(frame.pixels, small) for frame in viewer.frames]
    assert [frame.step for frame in viewer.frames] == list(range(9))
    assert {frame.steps for frame in viewer.frames} == {8}
    assert viewer.frames[0].pixels.shape == (16, 16, 3)
    assert abs(likeness[0]) < 0.3, "the first is noise"
    assert likeness[-1] > 0.8, "the last is the picture"
    assert likeness[4] > 0.5, "the middle shows what is expected, not the noisy latent"


@pytest.mark.parametrize("scheduler", SchedulerName)
def test_frames_show_what_each_step_is_given_as_its_record_does(session, make_small, scheduler):
    viewer = Viewer()
    request = make_small(scheduler=scheduler, steps=5)
    [image] = session.generate(request, on_progress=lambda _: None, cancel=CancelToken(), previews=viewer, record=True)
    noise, *frames = viewer.frames
    assert noise.noisy is noise.pixels, "it begins with nothing but noise"
    for frame, step in zip(frames, image.trajectory.steps, strict=True):
        recorded = latent_picture(step.latents, image.trajectory.colours)
        assert np.abs(recorded.astype(int) - frame.noisy).max() <= 2, "the record has half as many bits"
        assert frame.level == step.level


def test_a_picture_that_it_begins_with_is_no_noise(session, sources, make_small):
    viewer = Viewer()
    start = sources.put_image(np.full((64, 64, 3), 200, np.uint8))
    request = make_small(steps=4, task=ImageToImage(image=start, strength=0.5))
    list(session.generate(request, on_progress=lambda _: None, cancel=CancelToken(), previews=viewer))
    assert viewer.frames[0].noisy is None
    assert viewer.frames[1].noisy is not None


def test_no_frame_is_made_when_nobody_looks(session, make_small):
    viewer = Viewer(looking=False)
    list(session.generate(make_small(steps=4), on_progress=lambda _: None, cancel=CancelToken(), previews=viewer))
    assert viewer.asked == 5
    assert viewer.frames == []


def test_frames_name_the_picture_of_the_batch(session, make_small):
    viewer = Viewer()
    request = make_small(steps=2, batch_size=2)
    list(session.generate(request, on_progress=lambda _: None, cancel=CancelToken(), previews=viewer))
    assert [(frame.index, frame.step) for frame in viewer.frames] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]


def test_previews_do_not_change_the_picture(session, make_small, pixels_of):
    request = make_small(scheduler=SchedulerName.EULER_ANCESTRAL)
    [watched] = session.generate(request, on_progress=lambda _: None, cancel=CancelToken(), previews=Viewer())
    assert np.array_equal(watched.pixels, pixels_of(session, request)[0])


def test_a_latent_space_that_nobody_fitted_has_no_previews_but_pictures(tmp_path, make_small):
    (tmp_path / "empty.json").write_text("[]")
    session, viewer = DiffusersSession(tmp_path / "empty.json", MemorySources(), tmp_path, read_model_size), Viewer()
    [image] = session.generate(make_small(steps=2), on_progress=lambda _: None, cancel=CancelToken(), previews=viewer)
    assert image.pixels.any()
    assert viewer.frames == []
