"""The figures of the evaluation, on pictures whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch


def test_retrieval_counts_first_and_first_five() -> None:
    from captions import View
    from evaluate import Prompt, retrieval

    scores = torch.arange(10.0).repeat(4, 1)  # the guesses are 9, 8, 7, 6, 5
    prompts = [Prompt("", subject, View()) for subject in (9, 7, 5, 4)]
    assert retrieval(scores, prompts) == {"top1": 0.25, "top5": 0.75}


def test_background_accuracy_looks_at_the_border() -> None:
    from captions import COLOURS, View
    from evaluate import Prompt, background_accuracy

    pictures = np.zeros((3, 128, 128, 3), np.uint8)
    pictures[0], pictures[1] = COLOURS["teal"].rgb, COLOURS["pink"].rgb
    pictures[:2, 20:100, 20:100] = 0
    prompts = [Prompt("", 0, View("teal")), Prompt("", 0, View("red")), Prompt("", 0, View("beach"))]
    assert background_accuracy(pictures, prompts) == 0.5


def test_frechet_distance_of_shifted_gaussians() -> None:
    from evaluate import frechet_distance

    features = torch.randn(4000, 6, generator=torch.Generator().manual_seed(0))
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(features, features + 2) == pytest.approx(24, abs=1e-4)


def test_psnr_of_a_known_error() -> None:
    from evaluate import psnr

    black = np.zeros((2, 8, 8, 3), np.uint8)
    assert psnr(black, black + 51) == pytest.approx(13.979, abs=1e-3)  # 20 log10(255 / 51)


def test_soft_edges_are_less_steep() -> None:
    from evaluate import edge_steepness

    hard = np.zeros((1, 32, 32, 3), np.uint8)
    hard[:, :, 16:] = 200
    soft = hard.copy()
    soft[:, :, 15], soft[:, :, 16] = 60, 140
    assert edge_steepness(soft) < 0.8 * edge_steepness(hard)


def test_unseen_prompts_are_the_same_every_time_and_were_held_out() -> None:
    from captions import read_subjects
    from evaluate import unseen_prompts
    from latents import held_out

    subjects = read_subjects()
    prompts = unseen_prompts(subjects)
    assert prompts == unseen_prompts(subjects)
    assert all(held_out(subjects[prompt.subject], prompt.view) for prompt in prompts)


def test_the_judge_keeps_what_it_is_shown_apart_from_how() -> None:
    from embedding import changed

    sprites = torch.zeros(8, 4, 64, 64)
    sprites[:, 0, 20:44, 20:44] = 1
    sprites[:, 3, 20:44, 20:44] = 1
    first = changed(sprites, torch.Generator().manual_seed(1))
    assert first.shape == (8, 3, 64, 64)
    assert first.min() >= -1
    assert first.max() <= 1
    assert torch.equal(first, changed(sprites, torch.Generator().manual_seed(1)))
    assert not torch.equal(first, changed(sprites, torch.Generator().manual_seed(2)))


def test_layout_is_kept_by_a_tint_and_lost_by_a_mirror() -> None:
    from evaluate import layout_kept

    pictures = np.zeros((1, 128, 128, 3), np.uint8)
    pictures[:, :, 64:] = 200
    assert layout_kept(pictures, pictures // 2) == pytest.approx(1)
    assert layout_kept(pictures, pictures[:, :, ::-1]) == pytest.approx(-1)
