"""Whether a picture will be the same again is said before it is made."""

from __future__ import annotations

from dataclasses import replace

from studio.core.checkpoint import ModelFamily
from studio.core.result import Provenance
from studio.core.session import DeviceInfo
from studio.ui.same_pixels import made_again_text, what_differs
from tests.helpers.fake_session import CHECKPOINT, a_picture

VERSIONS = (("studio", "1.0"), ("torch", "2.13.0"))
PARAMETERS = replace(a_picture().parameters, provenance=Provenance("cuda (H100)", "float16", "0" * 64, VERSIONS))
NAME = PARAMETERS.checkpoint_name
CHOSEN = replace(CHECKPOINT, name=NAME)


def test_the_same_device_versions_and_model_make_the_same_picture() -> None:
    differences = what_differs(PARAMETERS, DeviceInfo("cuda (H100)", "float16", versions=VERSIONS), CHOSEN)
    assert differences == []
    assert made_again_text(differences).startswith("The next picture will be this one again")


def test_another_device_version_or_model_is_named() -> None:
    now = DeviceInfo("cpu", "float32", versions=(("studio", "1.0"), ("torch", "2.14.0")))
    text = made_again_text(what_differs(PARAMETERS, now, replace(CHOSEN, name="Another model")))
    assert f"with the model {NAME}, on cuda (H100) in float16 and by torch 2.13.0." in text


def test_versions_that_nobody_knows_do_not_count() -> None:
    assert what_differs(PARAMETERS, DeviceInfo("cuda (H100)", "float16"), CHOSEN) == []


def test_the_number_type_is_that_of_the_family() -> None:
    card = DeviceInfo("cuda (H100)", "float16", wide_dtype="bfloat16")
    z_image = replace(CHOSEN, family=ModelFamily.Z_IMAGE)
    in_wide = replace(PARAMETERS, provenance=replace(PARAMETERS.provenance, dtype="bfloat16"))
    assert what_differs(in_wide, card, z_image) == []
    assert what_differs(in_wide, card, CHOSEN) == ["on cuda (H100) in bfloat16"]
    assert what_differs(PARAMETERS, card, CHOSEN) == []
