"""What a request starts from, as people say it: defaults as in the window, one fact for everything that is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.app.start_picture import StartPicture
from studio.core.errors import (
    InvalidMaskSetting,
    InvalidRequest,
    InvalidStrength,
    MaskUnusable,
    PictureUnreadable,
    SourceRequired,
    SourceUnusable,
    UnknownChoice,
)
from studio.core.sources import MemorySources
from studio.core.task import EXTENDING_STRENGTH, Fit, ImageToImage, Inpaint, InpaintArea, MaskedContent, TextToImage
from studio.imaging.picture_metadata import encode_png
from studio.settings.model import StartState
from tests.helpers.fake_session import a_picture

START = Image.new("RGB", (100, 60), "red")
MASK = Image.new("L", (100, 60))
MASK.paste(255, (80, 0, 100, 60))


@pytest.fixture
def sources() -> MemorySources:
    return MemorySources()


def test_nothing_said_is_text_to_image(sources: MemorySources) -> None:
    assert StartPicture().task(sources) == TextToImage()


def test_a_picture_alone_is_varied_as_the_window_does_it(sources: MemorySources) -> None:
    task = StartPicture(image=START).task(sources)
    assert isinstance(task, ImageToImage)
    assert (task.strength, task.fit, task.restore_size) == (StartState().vary_strength, Fit.CROP, True)
    assert sources.image(task.image)[0, 0].tolist() == [255, 0, 0]


def test_a_masked_picture_is_repainted_as_the_window_does_it(sources: MemorySources) -> None:
    task, usual = StartPicture(image=START, mask=MASK).task(sources), StartState()
    assert isinstance(task, Inpaint)
    assert (task.strength, task.area, task.mask_padding) == (usual.repaint_strength, usual.area, usual.mask_padding)
    assert (task.mask_blur, task.mask_grow, task.masked_content) == (4, 0, usual.masked_content)
    assert np.array_equal(sources.mask(task.mask), np.asarray(MASK))


def test_everything_that_is_said_counts(sources: MemorySources) -> None:
    task = StartPicture(
        image=START, mask=MASK, strength=0.5, area="Whole", mask_padding=1, mask_blur=2, mask_grow=3,
        masked_content="noise",
    ).task(sources)  # fmt: skip
    assert task == Inpaint(
        image=task.image, mask=task.mask, strength=0.5, area=InpaintArea.WHOLE, mask_padding=1, mask_blur=2,
        mask_grow=3, masked_content=MaskedContent.NOISE,
    )  # fmt: skip
    varied = StartPicture(image=START, fit="pad", restore_size=True).task(sources)
    assert (varied.fit, varied.restore_size) == (Fit.PAD, True)


def test_what_is_new_is_masked_besides_what_was(sources: MemorySources) -> None:
    task = StartPicture(image=START, mask=MASK, outpaint="left=24, top=8").task(sources)
    picture, mask = sources.image(task.image), sources.mask(task.mask)
    assert picture.shape == (68, 124, 3)
    assert (task.strength, task.mask_blur) == (EXTENDING_STRENGTH, 5)
    assert StartPicture(image=START, outpaint="left=24", strength=1.0).task(sources).strength == 1.0
    assert StartPicture(image=START, outpaint="left=24", mask_blur=0).task(sources).mask_blur == 0
    assert (mask[:8] == 255).all()
    assert (mask[:, :24] == 255).all()
    assert np.array_equal(mask[8:, 24:], np.asarray(MASK))
    assert np.array_equal(picture[8:, 24:], np.asarray(START))


def test_transparent_parts_are_white_in_a_picture_and_not_painted_on_a_mask(
    sources: MemorySources, tmp_path: Path
) -> None:
    transparent = Image.new("RGBA", (100, 60), (255, 255, 255, 0))
    transparent.paste((255, 255, 255, 255), (0, 0, 10, 10))
    transparent.save(tmp_path / "mask.png")
    for mask in (transparent, tmp_path / "mask.png"):
        task = StartPicture(image=Image.new("RGBA", (100, 60)), mask=mask).task(sources)
        assert np.count_nonzero(sources.mask(task.mask)) == 100
        assert (sources.image(task.image) == 255).all()


def test_the_parent_is_the_picture_that_the_file_says_it_is(sources: MemorySources, tmp_path: Path) -> None:
    picture = a_picture()
    (tmp_path / "ours.png").write_bytes(encode_png(picture, None))
    START.save(tmp_path / "foreign.png")
    assert StartPicture(image=tmp_path / "ours.png").task(sources).parent == picture.id
    assert StartPicture(image=tmp_path / "foreign.png").task(sources).parent is None


FAULTS = {
    "strength too high": ({"image": START, "strength": 1.5}, InvalidStrength),
    "strength alone": ({"strength": 0.5}, SourceRequired),
    "mask alone": ({"mask": MASK}, SourceRequired),
    "size of nothing": ({"restore_size": True}, SourceRequired),
    "unknown fit": ({"image": START, "fit": "squeeze"}, UnknownChoice),
    "padding without mask": ({"image": START, "mask_padding": 8}, SourceRequired),
    "fit with mask": ({"image": START, "mask": MASK, "fit": "pad"}, SourceRequired),
    "empty mask": ({"image": START, "mask": Image.new("L", (100, 60))}, MaskUnusable),
    "mask of another size": ({"image": START, "mask": Image.new("L", (8, 8), 255)}, MaskUnusable),
    "unknown area": ({"image": START, "mask": MASK, "area": "half"}, UnknownChoice),
    "unknown content": ({"image": START, "mask": MASK, "masked_content": "x"}, UnknownChoice),
    "blur too large": ({"image": START, "mask": MASK, "mask_blur": 999}, InvalidMaskSetting),
    "unknown side": ({"image": START, "outpaint": "up=8"}, UnknownChoice),
    "no side": ({"image": START, "outpaint": ""}, UnknownChoice),
    "side negative": ({"image": START, "outpaint": "left=-8"}, InvalidMaskSetting),
    "side too large": ({"image": START, "outpaint": "left=4097"}, InvalidMaskSetting),
    "nothing added": ({"image": START, "outpaint": "left=0"}, MaskUnusable),
    "too large": ({"image": Image.new("RGB", (19_000, 1)), "outpaint": "left=4096"}, SourceUnusable),
}


@pytest.mark.parametrize(("said", "error"), FAULTS.values(), ids=FAULTS.keys())
def test_what_is_wrong_is_one_fact_and_nothing_is_kept(
    sources: MemorySources, said: dict[str, object], error: type[InvalidRequest]
) -> None:
    with pytest.raises(error):
        StartPicture(**said).task(sources)


def test_a_file_that_is_no_picture_is_named(sources: MemorySources, tmp_path: Path) -> None:
    with pytest.raises(PictureUnreadable):
        StartPicture(image=tmp_path / "missing.png").task(sources)
