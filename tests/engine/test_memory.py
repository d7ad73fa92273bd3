"""Memory, as a session deals with it: the plan that is told, the step down without room, and what comes after."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers import AutoencoderTiny, UNet2DConditionModel

from studio.checkpoints.model_size import read_model_size
from studio.core.errors import CheckpointNotFound, OutOfMemory
from studio.core.geometry import Size
from studio.core.memory import MemoryPlan, Placement, plan_memory
from studio.core.progress import LoadProgress, PlanChosen, PlanLowered, Progress
from studio.core.resources import resource_path
from studio.core.session import CancelToken
from studio.engine.session import DiffusersSession

PLENTY = 64 * 2**30


class SimulatedMemory:
    """A graphics card's memory, or main memory, with as much free as a test says."""

    def __init__(self, free: int, *, is_main_memory: bool, swappable: int = 0) -> None:
        self.is_main_memory = is_main_memory
        self.left = free
        self._swappable = swappable

    def free(self) -> int:
        return self.left

    def swappable(self) -> int:
        return self._swappable


@pytest.fixture
def session_with(sources) -> Iterator[Callable[[SimulatedMemory], DiffusersSession]]:
    made: list[DiffusersSession] = []

    def make(memory: SimulatedMemory) -> DiffusersSession:
        made.append(
            DiffusersSession(
                resource_path("latent_rgb.json"), sources, resource_path("configs"), read_model_size, memory
            )
        )
        return made[-1]

    yield make
    for session in made:
        session.close()


def run(session: DiffusersSession, request) -> tuple[list[np.ndarray], list[Progress]]:
    told: list[Progress] = []
    images = session.generate(request, on_progress=told.append, cancel=CancelToken())
    return [image.pixels for image in images], told


def plans(told: list[Progress]) -> list[MemoryPlan]:
    return [progress.plan for progress in told if isinstance(progress, PlanChosen)]


def needed(starter, placement: Placement, side: int = 64) -> int:
    size = read_model_size(starter, probe_bytes())
    return plan_memory(size, starter.family, Size(side, side), 0, ladder=(placement,)).peak_bytes


def probe_bytes() -> int:
    from studio.engine.device import probe_device

    return probe_device().dtype.itemsize


def test_the_plan_is_told_before_the_first_step(fresh_session, make_small) -> None:
    _, told = run(fresh_session, make_small(steps=1))
    assert [type(progress) for progress in told[:2]] == [LoadProgress, PlanChosen]
    [plan] = plans(told)
    assert plan.placement is Placement.RESIDENT
    assert 2**20 < plan.peak_bytes < plan.free_bytes


@pytest.mark.parametrize("rung", list(Placement))
def test_each_rung_of_a_small_card_makes_the_same_picture(session, session_with, starter, make_small, rung) -> None:
    expected, _ = run(session, make_small(steps=2))
    unfit = [needed(starter, other) for other in list(Placement)[: list(Placement).index(rung)]]
    free = min(unfit) - 1 if unfit else PLENTY
    small = session_with(SimulatedMemory(free, is_main_memory=False))
    pixels, told = run(small, make_small(steps=2))
    assert plans(told)[0].placement is rung
    assert np.array_equal(pixels, expected)


def test_what_the_model_holds_counts_as_free_for_it(session_with, make_small) -> None:
    memory = SimulatedMemory(PLENTY, is_main_memory=False)
    session = session_with(memory)
    _, told = run(session, make_small(steps=1))
    before = plans(told)[0].free_bytes
    _, told = run(session, make_small(steps=1))
    assert plans(told)[0].free_bytes > before + 30 * 2**20


def test_the_choice_of_the_user_is_used(session_with, make_small) -> None:
    session = session_with(SimulatedMemory(PLENTY, is_main_memory=False))
    session.prefer_placement(Placement.SEQUENTIAL)
    _, told = run(session, make_small(steps=1))
    assert plans(told)[0].placement is Placement.SEQUENTIAL
    session.prefer_placement(None)
    _, told = run(session, make_small(steps=1))
    assert plans(told)[0].placement is Placement.RESIDENT


def test_a_swap_reads_weights_and_nothing_else_of_the_model_again(session_with, copied, make_small) -> None:
    """Its configuration files are gone meanwhile; so is, in the end, all of it."""
    session = session_with(SimulatedMemory(PLENTY, is_main_memory=True))
    session.prefer_placement(Placement.COMPONENT_SWAP)
    request = make_small(steps=1, checkpoint=copied)
    expected, _ = run(session, request)
    shutil.rmtree(copied.path / "tokenizer")
    (copied.path / "model_index.json").unlink()
    assert np.array_equal(run(session, request)[0], expected)
    shutil.rmtree(copied.path)
    with pytest.raises(CheckpointNotFound):
        run(session, request)


def test_a_small_card_keeps_what_the_next_model_may_share(session_with, starter, make_small) -> None:
    card = session_with(SimulatedMemory(PLENTY, is_main_memory=False))
    card.prefer_placement(Placement.COMPONENT_SWAP)
    expected, _ = run(card, make_small(steps=1))
    unet = card._model.loaded.pipeline.unet
    pixels, _ = run(card, make_small(steps=1, checkpoint=replace(starter, name="Another name")))
    assert card._model.loaded.pipeline.unet is unet
    assert np.array_equal(pixels, expected)


def test_a_cpu_knows_no_rung_below_a_swap(fresh_session, make_small) -> None:
    fresh_session.prefer_placement(Placement.BLOCK_OFFLOAD)
    _, told = run(fresh_session, make_small(steps=1))
    assert plans(told)[0].placement is Placement.COMPONENT_SWAP


def test_main_memory_that_is_short_is_a_fact_before_anything_is_loaded(session_with, make_small, monkeypatch) -> None:
    memory = SimulatedMemory(20 * 2**20, is_main_memory=True)
    session = session_with(memory)
    with monkeypatch.context() as patch:
        patch.setattr(UNet2DConditionModel, "from_pretrained", None)
        with pytest.raises(OutOfMemory) as caught:
            run(session, make_small(steps=1))
    assert caught.value.free == 20 * 2**20
    assert caught.value.needed > caught.value.free
    memory.left = PLENTY
    pixels, _ = run(session, make_small(steps=1))
    assert len(pixels) == 1


def test_what_the_system_swaps_out_lets_a_picture_be_made_but_not_with_everything_resident(
    session_with, starter, make_small
) -> None:
    short = needed(starter, Placement.RESIDENT) // 2
    _, told = run(session_with(SimulatedMemory(short, is_main_memory=True, swappable=PLENTY)), make_small(steps=1))
    [plan] = plans(told)
    assert plan.placement is Placement.COMPONENT_SWAP
    assert plan.free_bytes == short
    assert not plan.fits


@pytest.fixture
def decodes_in_tiles_only(monkeypatch) -> None:
    decode = AutoencoderTiny.decode

    def only_in_tiles(vae, *args, **kwargs):
        if not vae.use_tiling:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 123 bytes.")
        return decode(vae, *args, **kwargs)

    monkeypatch.setattr(AutoencoderTiny, "decode", only_in_tiles)


@pytest.fixture
def full_while(monkeypatch):
    """`full_while(condition)`: the UNet finds no room as long as `condition()` holds."""

    def fail(condition: Callable[[], bool]) -> None:
        forward = UNet2DConditionModel.forward

        def failing(unet, *args, **kwargs):
            if condition():
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.50 GiB.")
            return forward(unet, *args, **kwargs)

        monkeypatch.setattr(UNet2DConditionModel, "forward", failing)

    return fail


def test_a_picture_without_room_is_made_with_the_next_lower_plan(session, session_with, make_small, full_while) -> None:
    expected, _ = run(session, make_small(steps=2, batch_size=2))
    card = session_with(SimulatedMemory(PLENTY, is_main_memory=False))
    failures = [1]
    full_while(lambda: bool(failures) and bool(failures.pop()))
    pixels, told = run(card, make_small(steps=2, batch_size=2))
    assert np.array_equal(pixels, expected)
    [lowered] = [progress for progress in told if isinstance(progress, PlanLowered)]
    assert (lowered.failed.placement, lowered.tried.placement) == (Placement.RESIDENT, Placement.COMPONENT_SWAP)
    assert lowered.tried.peak_bytes < lowered.failed.peak_bytes
    _, told = run(card, make_small(steps=1))
    assert plans(told)[0].placement is Placement.COMPONENT_SWAP, "what failed is not tried again"
    card.free_memory()
    _, told = run(card, make_small(steps=1))
    assert plans(told)[0].placement is Placement.RESIDENT, "a new start"


def test_a_plan_that_changes_within_a_batch_is_told(session_with, starter, make_small) -> None:
    memory = SimulatedMemory(PLENTY, is_main_memory=False)
    card = session_with(memory)
    told: list[Progress] = []
    images = card.generate(make_small(steps=1, batch_size=4), on_progress=told.append, cancel=CancelToken())
    next(images)
    next(images)
    memory.left = needed(starter, Placement.RESIDENT) - 1 - card._model.placed.held_bytes()
    next(images)
    next(images)
    assert [plan.placement for plan in plans(told)] == [Placement.RESIDENT, Placement.COMPONENT_SWAP]


def test_after_two_failures_it_is_a_fact_and_the_next_job_works(session, session_with, make_small, full_while) -> None:
    expected, _ = run(session, make_small(steps=1))
    card = session_with(SimulatedMemory(PLENTY, is_main_memory=False))
    failures = [1, 1]
    full_while(lambda: bool(failures) and bool(failures.pop()))
    with pytest.raises(OutOfMemory) as caught:
        run(card, make_small(steps=1))
    assert not failures
    assert caught.value.needed == int(2.5 * 2**30)
    pixels, _ = run(card, make_small(steps=1))
    assert np.array_equal(pixels, expected)


def test_on_the_lowest_rung_a_failure_is_final(session_with, make_small, full_while) -> None:
    card = session_with(SimulatedMemory(PLENTY, is_main_memory=False))
    card.prefer_placement(Placement.SEQUENTIAL)
    tries: list[int] = []
    full_while(lambda: not tries.append(1))
    with pytest.raises(OutOfMemory):
        run(card, make_small(steps=1))
    assert len(tries) == 1


@pytest.mark.usefixtures("decodes_in_tiles_only")
def test_a_decode_without_room_goes_on_in_tiles_and_the_user_is_told(fresh_session, make_small, unet_calls) -> None:
    pixels, told = run(fresh_session, make_small(steps=2))
    assert len(pixels) == 1
    assert len(unet_calls) == 2, "the latents were kept"
    [lowered] = [progress for progress in told if isinstance(progress, PlanLowered)]
    assert not lowered.failed.vae_tiled
    assert lowered.tried.vae_tiled
    _, told = run(fresh_session, make_small(steps=1))
    assert plans(told)[0].vae_tiled
    assert not any(isinstance(progress, PlanLowered) for progress in told)


@pytest.mark.usefixtures("decodes_in_tiles_only")
def test_tiles_are_told_of_after_a_lower_plan_too(session_with, make_small, full_while) -> None:
    card = session_with(SimulatedMemory(PLENTY, is_main_memory=False))
    failures = [1]
    full_while(lambda: bool(failures) and bool(failures.pop()))
    _, told = run(card, make_small(steps=1))
    placed, tiled = [progress.tried for progress in told if isinstance(progress, PlanLowered)]
    assert (placed.placement, placed.vae_tiled) == (Placement.COMPONENT_SWAP, False)
    assert (tiled.placement, tiled.vae_tiled) == (Placement.COMPONENT_SWAP, True)


def test_freed_memory_is_free_and_the_next_picture_is_the_same(fresh_session, make_small, monkeypatch) -> None:
    used: list[weakref.ref[UNet2DConditionModel]] = []
    forward = UNet2DConditionModel.forward

    def seen(unet, *args, **kwargs):
        used.append(weakref.ref(unet))
        return forward(unet, *args, **kwargs)

    monkeypatch.setattr(UNet2DConditionModel, "forward", seen)
    expected, _ = run(fresh_session, make_small(steps=2))
    assert used[0]() is not None
    fresh_session.free_memory()
    assert used[0]() is None
    pixels, told = run(fresh_session, make_small(steps=2))
    assert np.array_equal(pixels, expected)
    assert isinstance(told[0], LoadProgress)
