"""A region of a picture goes on otherwise from a step on; all around it is the picture that was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from studio.core.branch import Change, Repaint, branched
from studio.core.errors import MaskUnusable, SourceUnusable
from studio.core.progress import StepProgress
from studio.core.request import GenerationRequest
from studio.core.result import GeneratedImage
from studio.core.scheduler import SchedulerName
from studio.core.session import CancelToken
from studio.core.sources import MemorySources
from studio.core.task import ImageToImage, Inpaint
from studio.engine.kept_steps import AllKept, KeptSteps
from tests.engine.test_families import ALL, FILLED, REDRAWN, a_request
from tests.engine.test_families import session as session_of_kind  # noqa: F401 - a fixture
from tests.engine.test_trajectory import recorded

STEPS = 5
BLUE = Change(text="a blue car")
LEFT = (slice(None), slice(0, 24))
"""Where the region is: away from the right half by more than its blur."""


def mask_of(picture: GeneratedImage, part: tuple[slice, slice] = LEFT, value: int = 255) -> np.ndarray:
    mask = np.zeros(picture.pixels.shape[:2], np.uint8)
    mask[part] = value
    return mask


def repaint(sources: MemorySources, picture: GeneratedImage, mask: np.ndarray, **others: object) -> Repaint:
    return Repaint(image=sources.put_image(picture.pixels), mask=sources.put_mask(mask), **others)


def everywhere(sources: MemorySources, picture: GeneratedImage, **others: object) -> Repaint:
    return repaint(sources, picture, np.full(picture.pixels.shape[:2], 255, np.uint8), **others)


def is_kept_around(child: GeneratedImage, parent: GeneratedImage, mask: np.ndarray, blur: int = 4) -> bool:
    """Nothing changed far from the mask, and all of that was counted; something changed under it."""
    near = np.zeros(mask.shape, bool)
    rows, columns = np.nonzero(mask)
    near[max(0, rows.min() - blur) : rows.max() + blur + 1, max(0, columns.min() - blur) : columns.max() + blur + 1] = (
        True
    )
    same = (child.pixels == parent.pixels).all(-1)
    assert child.unchanged_pixels is not None
    return bool(same[~near].all()) and child.unchanged_pixels >= (~near).sum() and not same[mask > 0].all()


@pytest.fixture(scope="module")
def request_of_parent(make_small) -> GenerationRequest:
    return make_small(steps=STEPS)


@pytest.fixture(scope="module")
def parent(session, request_of_parent) -> GeneratedImage:
    return recorded(session, request_of_parent)


@pytest.mark.parametrize("scheduler", SchedulerName)
def test_with_every_sampler(session, sources, make_small, scheduler):
    """Around the region every pixel stays; nothing changed is the same picture, everything the plain branch. With new
    noise a sampler goes on from it: UniPC's correction would take it out again."""
    request = make_small(scheduler=scheduler, steps=4)
    parent = recorded(session, request)
    mask = mask_of(parent)

    def branch(step: int, change: Change, wanted: Repaint | None) -> GeneratedImage:
        return recorded(session, branched(request, step, change, None, wanted))

    assert is_kept_around(branch(2, BLUE, repaint(sources, parent, mask, noise_seed=7)), parent, mask)
    assert np.array_equal(branch(2, Change(), repaint(sources, parent, mask)).pixels, parent.pixels)
    whole = branch(2, BLUE, everywhere(sources, parent))
    assert np.array_equal(whole.pixels, branch(2, BLUE, None).pixels)
    assert whole.unchanged_pixels == 0
    other = branch(1, Change(), everywhere(sources, parent, noise_seed=7)).trajectory.steps
    for index, least in ((1, 0.8), (2, 0.5 if scheduler is not SchedulerName.LCM else 0.1)):  # which draws all anew
        before, after = (steps[index].latents.astype(np.float32) for steps in (parent.trajectory.steps, other))
        assert np.std(before - after) > least * other[index].level.noise


def test_around_the_region_the_model_sees_what_it_saw(session, sources, request_of_parent, parent):
    request = request_of_parent
    child = recorded(session, branched(request, 2, BLUE, None, repaint(sources, parent, mask_of(parent))))
    for index, (before, after) in enumerate(zip(parent.trajectory.steps, child.trajectory.steps, strict=True)):
        assert np.array_equal(before.latents[:, :, 4:], after.latents[:, :, 4:])
        assert np.array_equal(before.latents, after.latents) == (index <= 2)


@pytest.mark.parametrize("new", [SchedulerName.EULER, SchedulerName.DDIM, SchedulerName.UNIPC])
def test_another_sampler_goes_on_in_the_region(session, sources, make_small, new):
    request = make_small(scheduler=SchedulerName.DPMPP_2M_KARRAS, steps=STEPS)
    parent = recorded(session, request)
    mask = mask_of(parent)
    wanted = repaint(sources, parent, mask)
    child = recorded(session, branched(request, 2, replace(BLUE, scheduler=new), None, wanted))
    assert is_kept_around(child, parent, mask)


def test_another_level_of_noise_is_given_what_lies_between_the_steps():
    """On a straight way, as where the guess never changes, that is exact, however a sampler scales its latents."""
    original, noise = torch.randn(2, 1, 4, 8, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)

    class Levels:
        timesteps = torch.arange(3)

        def __init__(self, sigmas, *, keeps_signal):
            self.sigmas = sigmas
            self.keeps_signal = keeps_signal

        def add_noise(self, original, noise, timesteps):
            sigma = self.sigmas[int(timesteps)]
            return original + sigma * noise if self.keeps_signal else (original + sigma * noise) / (1 + sigma**2) ** 0.5

    kept, old = KeptSteps(3), Levels([9.0, 4.0, 1.0], keeps_signal=True)
    step_end = kept.keeping(old, lambda *_: {})
    for index in range(2):
        step_end(None, index, None, {"latents": old.add_noise(original, noise, index + 1)})
    with pytest.raises(AllKept):
        step_end(None, 2, None, {"latents": original})
    assert kept.behind(1, old).equal(old.add_noise(original, noise, 1))
    assert kept.behind(3, old).equal(original)
    for sigmas in ([9.0, 3.0, 0.5], [9.0, 2.0, 1.0]):
        new = Levels(sigmas, keeps_signal=False)
        for done in (1, 2):
            assert torch.allclose(kept.behind(done, new), new.add_noise(original, noise, done), atol=1e-5)


def test_grey_is_changed_later_and_the_trajectory_tells(session, sources, request_of_parent, parent):
    request = request_of_parent
    mask = mask_of(parent, value=100)
    child = recorded(session, branched(request, 1, BLUE, None, repaint(sources, parent, mask)))
    steps = list(zip(parent.trajectory.steps, child.trajectory.steps, strict=True))
    assert [np.array_equal(before.latents, after.latents) for before, after in steps] == [True] * 3 + [False] * 2
    assert child.trajectory.strengths[0, 0] == pytest.approx(100 / 255 * 4 / 5, abs=0.01)
    assert child.trajectory.strengths[0, -1] == 0


def test_a_region_of_a_picture_with_a_region(session, sources, request_of_parent, parent):
    request = request_of_parent
    child = recorded(session, branched(request, 2, BLUE, None, repaint(sources, parent, mask_of(parent))))
    same = recorded(session, branched(child.request, 3, Change(), None))
    assert np.array_equal(same.pixels, child.pixels)
    mask = mask_of(child, (slice(40, 64), slice(40, 64)))
    grandchild = recorded(
        session, branched(child.request, 1, Change(text="a green tree"), None, repaint(sources, child, mask))
    )
    assert is_kept_around(grandchild, child, mask)
    earlier = recorded(session, branched(child.request, 1, Change(negative="red", guidance_scale=9.0), None))
    assert is_kept_around(earlier, parent, mask_of(parent))


@pytest.mark.parametrize("restore_size", [True, False])
def test_of_a_picture_that_was_made_from_another(session, sources, make_small, apple, restore_size):
    start = sources.put_image(apple[:96].copy())
    request = make_small(steps=STEPS, task=ImageToImage(image=start, strength=1.0, restore_size=restore_size))
    parent = recorded(session, request)
    assert parent.pixels.shape == ((96, 128, 3) if restore_size else (64, 64, 3))
    mask = mask_of(parent, (slice(0, 32), slice(20, 44)))
    child = recorded(session, branched(request, 2, BLUE, None, repaint(sources, parent, mask)))
    assert is_kept_around(child, parent, mask)
    plain = recorded(session, branched(request, 2, BLUE, None))
    assert np.array_equal(
        recorded(session, branched(request, 2, BLUE, None, everywhere(sources, parent))).pixels, plain.pixels
    )


def test_of_an_inpainted_picture(session, sources, make_small, apple):
    painted = np.zeros((128, 128), np.uint8)
    painted[40:88, 40:88] = 255
    task = Inpaint(image=sources.put_image(apple), mask=sources.put_mask(painted), strength=1.0)
    request = make_small(steps=STEPS, task=task)
    parent = recorded(session, request)
    mask = mask_of(parent, (slice(40, 60), slice(0, 60)))
    child = recorded(session, branched(request, 2, BLUE, None, repaint(sources, parent, mask, noise_seed=3)))
    assert is_kept_around(child, parent, mask)
    assert np.array_equal(child.pixels[:, :30], apple[:, :30])
    corner = Inpaint(image=task.image, mask=task.mask, strength=1.0, mask_padding=0, mask_blur=0)
    small = replace(request, task=replace(corner, strength=0.9))
    made = recorded(session, small)
    outside = mask_of(made, (slice(0, 8), slice(0, 8)))
    with pytest.raises(MaskUnusable, match="taken over"):
        recorded(session, branched(small, 2, BLUE, None, repaint(sources, made, outside)))


@pytest.mark.parametrize("unet_channels", [4, 9])
def test_with_inpainting_models(fresh_session, sources, make_request, tiny_model, unet_channels):
    request = make_request(
        scheduler=SchedulerName.EULER_ANCESTRAL, steps=STEPS, checkpoint=tiny_model(unet_channels=unet_channels)
    )
    parent = recorded(fresh_session, request)
    wanted = repaint(sources, parent, mask_of(parent), noise_seed=1)
    child = recorded(fresh_session, branched(request, 2, BLUE, None, wanted))
    assert is_kept_around(child, parent, mask_of(parent))


@pytest.mark.parametrize("kind", ALL)
def test_with_every_family(session_of_kind, tiny_library, kind):  # noqa: F811 - the fixture
    session, model = session_of_kind(kind), tiny_library.folder(kind)
    for task in [None, REDRAWN, FILLED] if kind != "sdxl refiner" else [REDRAWN, FILLED]:
        request = a_request(model, task, num_inference_steps=4)
        parent = recorded(session, request)
        mask = mask_of(parent, (slice(8, 40), slice(8, 40)))
        same = recorded(session, branched(request, 1, Change(), None, repaint(session._sources, parent, mask)))
        assert np.array_equal(same.pixels, parent.pixels)
        child = recorded(
            session, branched(request, 1, BLUE, None, repaint(session._sources, parent, mask, noise_seed=1))
        )
        assert is_kept_around(child, parent, mask)


def test_the_kept_picture_is_the_one_that_is_there(session, sources, make_small):
    """Whatever another device makes of its request: what it looks like, not what it would look like here."""
    request = make_small(steps=STEPS)
    parent = recorded(session, request)
    elsewhere = parent.pixels ^ 1
    wanted = Repaint(image=sources.put_image(elsewhere), mask=sources.put_mask(mask_of(parent)))
    child = recorded(session, branched(request, 2, BLUE, None, wanted))
    assert np.array_equal(child.pixels[:, 32:], elsewhere[:, 32:])


def test_progress_counts_what_is_made_again_and_a_cancel_ends_it(session, sources, request_of_parent, parent):
    request = request_of_parent
    child = branched(request, 2, BLUE, None, repaint(sources, parent, mask_of(parent)))
    told: list[object] = []
    [image] = session.generate(child, on_progress=told.append, cancel=CancelToken(), record=True)
    steps = [(each.step, each.steps) for each in told if isinstance(each, StepProgress)]
    assert steps == [(step, 2 * STEPS) for step in range(1, 2 * STEPS + 1)]
    assert len(image.trajectory.steps) == STEPS
    assert image.unchanged_pixels == image.parameters.unchanged_pixels


def test_a_batch_has_other_noise_in_each(session, sources, request_of_parent, parent):
    request = request_of_parent
    wanted = repaint(sources, parent, mask_of(parent), noise_seed=2**64 - 1)
    child: GenerationRequest = replace(branched(request, 1, Change(), None, wanted), batch_size=2)
    images = list(session.generate(child, on_progress=lambda _: None, cancel=CancelToken()))
    assert [image.request.regions[-1].noise_seed for image in images] == [2**64 - 1, 0]
    assert all(is_kept_around(image, parent, mask_of(parent)) for image in images)
    assert not np.array_equal(images[0].pixels, images[1].pixels)


def test_an_empty_mask_and_another_size_are_refused(session, sources, request_of_parent, parent):
    request = request_of_parent
    empty = repaint(sources, parent, np.zeros((64, 64), np.uint8))
    with pytest.raises(MaskUnusable, match="nothing is painted"):
        recorded(session, branched(request, 2, BLUE, None, empty))
    half = replace(parent, pixels=parent.pixels[:32])
    with pytest.raises(SourceUnusable, match="64 x 32"):
        branched(request, 2, BLUE, None, repaint(sources, half, mask_of(half)))
