"""What is said below a picture about how it was made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from studio.core.picture_id import PictureId
from studio.core.request import Prompt
from studio.core.sources import ImageRef
from studio.core.task import Inpaint
from studio.gallery.record import PictureRecord
from studio.ui.picture_details import facts_of
from tests.helpers.fake_session import a_picture, a_request


def test_the_proof_comes_first_for_a_narrow_window_cuts_off_the_end() -> None:
    picture = a_picture()
    image = ImageRef("a" * 64, 64, 48)
    task = Inpaint(image=image, mask=image, strength=0.8)
    parameters = replace(picture.parameters, task=task, unchanged_pixels=2304)
    record = PictureRecord(PictureId("a" * 32), Path("a.png"), picture.created_at, 64, 48, parameters, None)
    facts = facts_of(record)
    assert facts[:2] == ["unchanged outside the mask: yes (2,304 pixels checked)", "repainted at strength 0.8"]
    assert facts_of(replace(record, parameters=replace(parameters, unchanged_pixels=None)))[0] == facts[1]


def test_what_is_not_wanted_comes_last_for_it_may_be_long() -> None:
    picture = a_picture(a_request(seed=7))
    parameters = replace(picture.parameters, prompt=Prompt("a cake", "blurry, " * 40))
    record = PictureRecord(PictureId("a" * 32), Path("a.png"), picture.created_at, 64, 48, parameters, None)
    first, *_, last = facts_of(record)
    assert first == "seed 7"
    assert last.startswith("without “blurry, ")
