"""Failures: torch's exceptions become facts, and the next job is as if nothing had happened."""

from __future__ import annotations

import errno

import numpy as np
import pytest
import torch
from diffusers import AutoencoderTiny, UNet2DConditionModel
from safetensors import SafetensorError
from transformers import CLIPTokenizer

from studio.core.errors import BrokenPicture, CheckpointDamaged, DeviceLost, EngineFailed, OutOfMemory
from studio.core.resources import resource_path
from studio.engine import model_folder, single_file
from studio.engine.failures import engine_failures
from studio.engine.network_loading import faults_of
from studio.engine.tokenizer_loading import load_tokenizer

CUDA_MESSAGE = (
    "CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a capacity of 7.79 GiB of which 512.00 MiB is free."
)
CPU_MESSAGE = "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OSError(errno.ENOMEM, "Cannot allocate memory"), None),
        (SafetensorError("Error while opening the file: Cannot allocate memory (os error 12)"), None),
        (OSError("Unable to load weights from checkpoint file"), MemoryError()),
    ],
    ids=["system", "safetensors", "what transformers makes of it"],
)
def test_a_file_that_there_was_no_room_for_is_not_called_damaged(tmp_path, error, cause):
    """As when a model comes back from its files after a plan that was too high."""
    with pytest.raises(OutOfMemory), engine_failures("cpu"), faults_of(tmp_path / "m.safetensors"):
        raise error from cause


@pytest.mark.parametrize("error", [OSError(errno.ENOMEM, "Cannot allocate memory"), RuntimeError(CPU_MESSAGE)])
def test_a_tokenizer_that_there_was_no_room_for_is_not_called_damaged(monkeypatch, error):
    def no_room(*_args: object, **_options: object) -> object:
        raise error

    monkeypatch.setattr(CLIPTokenizer, "from_pretrained", no_room)
    folder = resource_path("configs", "tokenizers", "clip")

    with pytest.raises(OutOfMemory), engine_failures("cpu"):
        load_tokenizer(folder, folder, ("transformers", "CLIPTokenizer"))


@pytest.mark.parametrize("error", [OSError(errno.ENOMEM, "Cannot allocate memory"), RuntimeError(CPU_MESSAGE)])
def test_a_noise_schedule_that_there_was_no_room_for_is_not_called_damaged(monkeypatch, error):
    def no_room(*_args: object, **_options: object) -> object:
        raise error

    monkeypatch.setattr(model_folder, "make_scheduler", no_room)

    with pytest.raises(OutOfMemory), engine_failures("cpu"):
        model_folder.read_scheduler_config(resource_path("starter"), is_flow=False)


@pytest.mark.parametrize("error", [OSError(errno.ENOMEM, "Cannot allocate memory"), RuntimeError(CPU_MESSAGE)])
def test_tensors_that_could_not_be_rearranged_for_want_of_room_are_not_called_damaged(monkeypatch, tmp_path, error):
    def no_room(*_args: object) -> object:
        raise error

    monkeypatch.setattr(single_file, "to_diffusers_keys", no_room)

    with pytest.raises(OutOfMemory), engine_failures("cpu"):
        single_file._converted(("diffusers", "UNet2DConditionModel"), {}, {}, tmp_path / "m.safetensors")


def test_a_file_that_is_damaged_still_is(tmp_path):
    with pytest.raises(CheckpointDamaged), engine_failures("cpu"), faults_of(tmp_path / "m.safetensors"):
        raise SafetensorError("Error while deserializing header")


@pytest.fixture
def failing_at(monkeypatch, session):
    """`failing_at(step, error)`: the UNet raises `error` from that step (from 1) of the next picture on."""

    def fail(step: int, error: BaseException) -> None:
        runs: list[int] = []
        forward = UNet2DConditionModel.forward

        def failing(*args, **kwargs):
            runs.append(1)
            if len(runs) >= step:
                raise error
            return forward(*args, **kwargs)

        monkeypatch.setattr(UNet2DConditionModel, "forward", failing)

    yield fail
    session.free_memory()  # where memory was short a session goes on with less of it


@pytest.mark.parametrize(
    ("error", "needed", "free"),
    [
        (torch.OutOfMemoryError(CUDA_MESSAGE), int(2.5 * 2**30), 512 * 2**20),
        (RuntimeError(CPU_MESSAGE + "allocate 123 bytes. Error code 12"), 123, None),
        (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), None, None),
        (torch.AcceleratorError("CUDA error: out of memory"), None, None),
        (MemoryError(), None, None),
    ],
)
def test_want_of_memory_is_a_fact_and_the_next_job_works(
    session, make_small, pixels_of, failing_at, monkeypatch, error, needed, free
):
    before = pixels_of(session, make_small(steps=3))
    failing_at(2, error)
    with pytest.raises(OutOfMemory) as caught:
        pixels_of(session, make_small(steps=3))
    assert (caught.value.device, caught.value.needed, caught.value.free) == (session.device.name, needed, free)
    monkeypatch.undo()
    assert np.array_equal(before, pixels_of(session, make_small(steps=3)))


def test_want_of_memory_while_loading(fresh_session, starter, monkeypatch):
    def no_room(*_, **__):
        raise RuntimeError(CPU_MESSAGE + "allocate 123 bytes.")

    with monkeypatch.context() as patch:
        patch.setattr(UNet2DConditionModel, "from_pretrained", no_room)
        with pytest.raises(OutOfMemory) as caught:
            fresh_session.load(starter)
    assert caught.value.needed == 123
    fresh_session.load(starter)


def test_the_tensors_of_a_failed_picture_are_released(session, make_small, pixels_of, monkeypatch):
    import weakref

    alive = []

    def failing(_unet, sample, *_, **__):
        alive.append(weakref.ref(sample))
        raise torch.OutOfMemoryError(CUDA_MESSAGE)

    monkeypatch.setattr(UNet2DConditionModel, "forward", failing)
    with pytest.raises(OutOfMemory) as caught:
        pixels_of(session, make_small(steps=3))
    assert caught.value.__cause__ is not None
    assert alive[0]() is None


def test_an_unforeseen_error_is_logged_and_the_next_job_is_bit_equal(
    session, make_small, pixels_of, failing_at, monkeypatch, expected_log
):
    expected_log.containing("the engine failed")
    before = pixels_of(session, make_small())
    failing_at(4, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(EngineFailed, match="mat1 and mat2"):
        pixels_of(session, make_small())
    monkeypatch.undo()
    assert np.array_equal(before, pixels_of(session, make_small()))


def test_the_log_of_an_unforeseen_error_has_the_traceback(
    session, make_small, pixels_of, failing_at, caplog, expected_log
):
    expected_log.containing("the engine failed")
    failing_at(1, RuntimeError("surprise"))
    with pytest.raises(EngineFailed):
        pixels_of(session, make_small())
    [record] = [record for record in caplog.records if record.name == "studio.engine"]
    assert "in failing" in caplog.text
    assert record.levelname == "ERROR"


def test_a_lost_device_is_told_apart(session, make_small, pixels_of, failing_at, expected_log):
    expected_log.containing("the device failed")
    failing_at(2, torch.AcceleratorError("CUDA error: an illegal memory access was encountered"))
    with pytest.raises(DeviceLost, match="illegal memory access"):
        pixels_of(session, make_small())


def test_latents_that_are_not_finite_are_no_picture(session, make_small, pixels_of, monkeypatch):
    before = pixels_of(session, make_small(steps=2))
    monkeypatch.setattr(UNet2DConditionModel, "forward", lambda _unet, sample, *_, **__: (sample * float("nan"),))
    with pytest.raises(BrokenPicture, match="not finite"):
        pixels_of(session, make_small(steps=2))
    monkeypatch.undo()
    assert np.array_equal(before, pixels_of(session, make_small(steps=2)))


@pytest.mark.parametrize(
    ("value", "reason"), [(float("nan"), "not finite"), (float("inf"), "not finite"), (-1.0, "all black")]
)
def test_a_decode_without_a_picture(session, make_request, pixels_of, monkeypatch, value, reason):
    monkeypatch.setattr(AutoencoderTiny, "decode", lambda *_, **__: (torch.full((1, 3, 128, 128), value),))
    with pytest.raises(BrokenPicture) as caught:
        pixels_of(session, make_request(steps=1))
    assert caught.value.reason == reason
