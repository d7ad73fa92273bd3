"""The corner of the window that names the model, and where and in which numbers it computes."""

from __future__ import annotations

from dataclasses import replace

from studio.core.checkpoint import ModelFamily
from studio.core.session import DeviceInfo
from studio.ui.job_presenter import model_text
from tests.helpers.fake_session import CHECKPOINT


def test_the_device_follows_once_it_is_known() -> None:
    assert model_text(CHECKPOINT, None) == "Fake model"
    assert model_text(CHECKPOINT, DeviceInfo("cpu", "float32")) == "Fake model  ·  CPU, float32"


def test_the_number_type_is_that_of_the_model() -> None:
    card = DeviceInfo("cuda (a card)", "float16", wide_dtype="bfloat16")
    assert model_text(CHECKPOINT, card).endswith("cuda (a card), float16")
    assert model_text(replace(CHECKPOINT, family=ModelFamily.FLUX), card).endswith("cuda (a card), bfloat16")
