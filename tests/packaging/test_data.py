"""What the starter model is trained on: sources, words, pictures, and what is kept from training."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image


def test_a_package_that_is_not_the_known_one_is_refused(tmp_path: Path) -> None:
    from prepare import WrongChecksum, fetched, read_sources

    source = read_sources()[0]
    (tmp_path / source.file).write_bytes(b"something else")
    with pytest.raises(WrongChecksum, match=source.sha256):
        fetched(source, tmp_path)


def test_every_subject_is_its_own() -> None:
    from captions import COLOURS, read_subjects

    subjects = read_subjects()
    names = [name for subject in subjects for name in subject.names]
    assert len(subjects) >= 600
    assert len({subject.emoji for subject in subjects}) == len(subjects)
    assert len(set(names)) == len(names)
    assert {subject.colour for subject in subjects} <= {None, *COLOURS}


def test_a_line_of_subjects_is_read() -> None:
    from captions import Subject, parse_subject

    assert parse_subject("🚗 * c=red:car, auto") == Subject("🚗", ("car", "auto"), "red", asked_first=True)
    assert parse_subject("🍇 -grapes, bunch of grapes") == Subject("🍇", ("-grapes", "bunch of grapes"), None, False)


def test_a_plain_prompt_reads_like_a_sentence() -> None:
    from captions import parse_subject, plain_prompt

    assert plain_prompt(parse_subject("🍎 apple")) == "an apple"
    assert plain_prompt(parse_subject("🍇 -grapes"), "blue") == "grapes on a blue background"
    assert plain_prompt(parse_subject("🚗 c=red:car"), "beach", "green") == "a green car on the beach"


def test_a_caption_names_all_that_the_view_changes() -> None:
    from captions import COLOURS, SMALL, View, caption, parse_subject

    car, rng = parse_subject("🚗 c=red:car"), random.Random(0)
    view = View(background="teal", paint="purple", small=True)
    for _ in range(50):
        text = caption(car, view, rng).lower()
        assert "car" in text
        assert any(word in text for word in COLOURS["teal"].names)
        assert any(word in text for word in COLOURS["purple"].names)
        assert any(word in text for word in SMALL)


def test_unseen_combinations_are_kept_from_training() -> None:
    from captions import BACKGROUNDS, View, read_subjects
    from latents import held_out, plan

    subjects = read_subjects()
    views = plan(subjects, 12)
    assert not any(held_out(subjects[index], view) for index, view in views)
    assert next(view for index, view in views if index == 5) == View()
    combinations = [held_out(s, View(background=name)) for s in subjects for name in BACKGROUNDS if name != "white"]
    assert 0.08 < sum(combinations) / len(combinations) < 0.12
    assert not any(held_out(subject, View()) for subject in subjects)


@pytest.mark.parametrize("side", [128, 256])
def test_the_same_view_gives_the_same_picture_and_a_shift_moves_it_by_whole_cells(side: int) -> None:
    from captions import View
    from pictures import CELLS, compose

    sprite = Image.new("RGBA", (256, 256))
    sprite.paste((200, 30, 30, 255), (96, 96, 160, 160))
    for background in ("white", "teal", "space", "meadow"):
        assert np.array_equal(compose(sprite, View(background), side), compose(sprite, View(background), side))
    still, moved = compose(sprite, View("blue"), side), compose(sprite, View("blue", shift=(1, -1)), side)
    assert np.array_equal(np.roll(still, (-side // CELLS, side // CELLS), axis=(0, 1)), moved)


def test_a_large_picture_shows_the_same_as_the_usual_one() -> None:
    from captions import View
    from pictures import compose

    sprite = Image.new("RGBA", (256, 256))
    sprite.paste((200, 30, 30, 255), (64, 32, 160, 224))
    for view in (View("meadow", shift=(1, 0)), View("space", small=True), View(loose=True, scale=0.7, mirrored=True)):
        large = compose(sprite, view, 256).reshape(128, 2, 128, 2, 3).mean(axis=(1, 3))
        assert np.abs(large - compose(sprite, view)).mean() < 2


def test_loose_views_are_anywhere_and_all_others_where_they_belong() -> None:
    from captions import read_subjects
    from latents import plan

    subjects = read_subjects()[:20]
    strict, loose = [], []
    for _, view in plan(subjects, views=3, loose=4):
        (loose if view.loose else strict).append(view)
    assert (len(strict), len(loose)) == (60, 80)
    assert {(view.scale, view.mirrored) for view in strict} == {(1.0, False)}
    assert {view.mirrored for view in loose} == {True, False}
    assert len({view.shift for view in loose}) > 20
    assert min(view.scale for view in loose) < 0.6
    assert max(view.scale for view in loose) > 0.9


def test_a_mirrored_view_is_the_mirror_image_and_a_smaller_one_covers_less() -> None:
    from captions import View
    from pictures import compose

    sprite = Image.new("RGBA", (128, 128))
    sprite.paste((200, 0, 0, 255), (0, 0, 50, 128))
    usual, mirrored = compose(sprite, View()), compose(sprite, View(mirrored=True))
    assert np.abs(usual[:, ::-1].astype(int) - mirrored).mean() < 5, "but for half a pixel"
    assert np.abs(usual.astype(int) - mirrored).mean() > 20
    small = compose(sprite, View(scale=0.5))
    red = [int((picture[..., 1] < 100).sum()) for picture in (usual, small)]
    assert red[1] == pytest.approx(red[0] / 4, rel=0.1)


def test_paint_changes_the_main_colour_and_leaves_the_rest() -> None:
    from pictures import painted

    sprite = Image.new("RGBA", (256, 256), (210, 40, 40, 255))
    sprite.paste((255, 255, 255, 255), (0, 0, 128, 64))
    blue = np.asarray(painted(sprite, "blue"))
    assert blue[200, 200, 2] > 2 * blue[200, 200, 0]
    assert blue[10, 10, :3].min() > 250
    assert painted(sprite, None) is sprite


def test_timesteps_cover_the_noise_range_with_more_of_the_noise() -> None:
    from train import stratified_timesteps

    timesteps = stratified_timesteps(10_000, torch.Generator().manual_seed(0))
    assert timesteps.min() >= 0
    assert timesteps.max() <= 999
    late = float((timesteps >= 500).float().mean())
    assert late == pytest.approx(0.625, abs=0.01)


def test_orthogonalised_matrices_have_singular_values_near_one() -> None:
    from optimiser import orthogonalised

    matrices = torch.randn(3, 40, 24, generator=torch.Generator().manual_seed(0))
    values = np.linalg.svd(orthogonalised(matrices).numpy(), compute_uv=False)
    assert values.min() > 0.6
    assert values.max() < 1.3


def test_the_learning_rate_rises_stays_and_falls_to_zero(tmp_path: Path) -> None:
    from train import Plan, learning_rate_factor

    plan = Plan(tmp_path, tmp_path, "run", steps=1000, decay=0.2, warmup_steps=50)
    factors = [learning_rate_factor(step, step / 1000, plan) for step in range(1001)]
    assert factors[0] == pytest.approx(1 / 50)
    assert factors[50:801] == pytest.approx([1.0] * 751)
    assert factors[900] == pytest.approx(0.5)
    assert factors[1000] == 0
