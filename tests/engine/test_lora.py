"""LoRAs change the picture while they are asked for, and leave nothing behind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from studio.core.addon import Addon, AddonKind, Addons, LoraUse
from studio.core.errors import AddonUnusable
from studio.core.request import GenerationRequest
from studio.core.session import CancelToken
from studio.core.task import ImageToImage
from tests.helpers.addon_files import RANK, write_embedding, write_lora, write_tensors

LoraMaker = Callable[..., Addon]


@pytest.fixture
def lora(tmp_path: Path) -> LoraMaker:
    """`lora("ink", seed=1, kind="diffusers")`: a LoRA for the bundled model."""

    def make(name: str = "ink", **how: object) -> Addon:
        return Addon(name, write_lora(tmp_path / f"{name}.safetensors", **how), AddonKind.LORA, None)

    return make


def with_loras(request: GenerationRequest, *loras: tuple[Addon, float]) -> GenerationRequest:
    return replace(request, addons=Addons(tuple(LoraUse(lora, weight, weight) for lora, weight in loras)))


@pytest.mark.parametrize("kind", ["kohya", "diffusers"])
def test_a_lora_changes_the_picture_and_leaves_nothing_behind(session, make_small, pixels_of, lora, kind):
    plain = pixels_of(session, make_small())
    changed = pixels_of(session, with_loras(make_small(), (lora(kind=kind), 1.0)))
    assert np.abs(np.subtract(changed, plain, dtype=int)).mean() > 1
    assert np.array_equal(plain, pixels_of(session, make_small()))


def test_a_session_that_had_loras_makes_the_pixels_of_one_that_never_had(
    session, fresh_session, make_small, pixels_of, lora
):
    pixels_of(session, with_loras(make_small(), (lora("ink", seed=1), 1.0), (lora("oil", seed=2), 0.5)))
    request = make_small("a blue house", seed=11)
    assert np.array_equal(pixels_of(session, request), pixels_of(fresh_session, request))


def test_the_names_of_kohya_and_of_diffusers_mean_the_same(session, make_small, pixels_of, lora):
    kohya = pixels_of(session, with_loras(make_small(), (lora("kohya", kind="kohya"), 0.8)))
    diffusers = pixels_of(session, with_loras(make_small(), (lora("diffusers", kind="diffusers"), 0.8)))
    assert np.abs(np.subtract(kohya, diffusers, dtype=int)).max() <= 1


def test_its_effect_is_that_of_the_products_of_its_matrices_on_the_weights(
    exact_session, make_small, pixels_of, lora, copied
):
    """Compared with a model whose weights were changed by hand."""
    ink = lora(parts="unet")
    with_lora = pixels_of(exact_session, with_loras(make_small(), (ink, 0.7)))
    weights = copied.path / "unet" / "diffusion_pytorch_model.safetensors"
    tensors, changes = load_file(weights), load_file(ink.path)
    changed = 0
    for name in tensors:
        base = f"lora_unet_{name.removesuffix('.weight').replace('.', '_')}"
        if f"{base}.lora_up.weight" in changes:
            product = changes[f"{base}.lora_up.weight"].float() @ changes[f"{base}.lora_down.weight"].float()
            tensors[name] = tensors[name].float() + 0.7 * product
            changed += 1
    weights.unlink()
    save_file(tensors, weights)
    by_hand = pixels_of(exact_session, make_small(checkpoint=copied))
    assert changed > 20
    assert np.abs(np.subtract(with_lora, by_hand, dtype=int)).max() <= 2
    assert np.abs(np.subtract(with_lora, pixels_of(exact_session, make_small()), dtype=int)).max() > 50


def test_weight_zero_is_no_lora(session, make_small, pixels_of, lora):
    assert np.array_equal(pixels_of(session, with_loras(make_small(), (lora(), 0.0))), pixels_of(session, make_small()))


def test_the_weight_decides_how_much_changes(session, make_small, pixels_of, lora):
    plain = np.asarray(pixels_of(session, make_small()), int)
    addon = lora()
    weak, strong = (
        np.abs(np.asarray(pixels_of(session, with_loras(make_small(), (addon, weight)))) - plain).mean()
        for weight in (0.2, 1.0)
    )
    assert 0 < weak < strong


def test_two_loras_are_both_there_and_swapping_back_gives_the_same_pixels(session, make_small, pixels_of, lora):
    ink, oil = lora("ink", seed=1), lora("oil", seed=2, kind="diffusers")
    only_ink = pixels_of(session, with_loras(make_small(), (ink, 1.0)))
    only_oil = pixels_of(session, with_loras(make_small(), (oil, 1.0)))
    both = pixels_of(session, with_loras(make_small(), (ink, 1.0), (oil, 1.0)))
    assert not np.array_equal(only_ink, only_oil)
    assert not np.array_equal(both, only_ink)
    assert not np.array_equal(both, only_oil)
    assert np.array_equal(only_ink, pixels_of(session, with_loras(make_small(), (ink, 1.0))))


def test_a_lora_named_twice_counts_with_both_weights(session, make_small, pixels_of, lora):
    ink = lora()
    twice = pixels_of(session, with_loras(make_small(), (ink, 0.25), (ink, 0.5)))
    assert np.array_equal(twice, pixels_of(session, with_loras(make_small(), (ink, 0.75))))


def test_the_text_encoder_has_a_weight_of_its_own(session, make_small, pixels_of, lora):
    ink = lora()

    def pixels(weight: float, text_encoder_weight: float):
        return pixels_of(session, replace(make_small(), addons=Addons((LoraUse(ink, weight, text_encoder_weight),))))

    assert not np.array_equal(pixels(1.0, 1.0), pixels(1.0, 0.0))
    assert not np.array_equal(pixels(1.0, 0.0), pixels(0.0, 1.0))
    only_unet = lora("unet alone", parts="unet")
    assert np.array_equal(
        pixels_of(session, with_loras(make_small(), (only_unet, 1.0))),
        pixels_of(session, replace(make_small(), addons=Addons((LoraUse(only_unet, 1.0, 0.0),)))),
    )


def test_its_tag_tells_the_text_encoder_nothing(session, make_small, pixels_of):
    plain = pixels_of(session, make_small("a red apple", negative="blue"))
    tagged = pixels_of(session, make_small("a red <lora:ink:0.8> apple", negative="blue <lora:x>"))
    assert np.array_equal(plain, tagged)


def test_only_the_last_ones_are_kept(session, make_small, pixels_of, lora):
    for number in range(10):
        pixels_of(session, with_loras(make_small(steps=1), (lora(str(number), seed=number, parts="unet"), 1.0)))
    kept = session._model.loaded.pipeline.get_list_adapters()["unet"]
    assert len(kept) == 8


def test_a_file_that_was_replaced_is_read_anew(session, make_small, pixels_of, lora):
    before = pixels_of(session, with_loras(make_small(), (lora("ink", seed=1), 1.0)))
    after = pixels_of(session, with_loras(make_small(), (lora("ink", seed=2), 1.0)))
    assert not np.array_equal(before, after)


def test_it_works_on_pictures_that_start_from_others(session, make_request, pixels_of, lora, apple, sources):
    task = ImageToImage(image=sources.put_image(apple), strength=0.7)
    plain = pixels_of(session, make_request(task=task))
    changed = pixels_of(session, with_loras(make_request(task=task), (lora(), 1.0)))
    assert not np.array_equal(plain, changed)
    assert np.array_equal(plain, pixels_of(session, make_request(task=task)))


def test_a_picture_tells_which_loras_made_it(session, make_small, lora):
    ink = lora()
    [image] = session.generate(
        replace(make_small(steps=1), addons=Addons((LoraUse(ink, 0.8, 0.5),))),
        on_progress=lambda _: None,
        cancel=CancelToken(),
    )
    [used] = image.parameters.used(AddonKind.LORA)
    content = ink.path.read_bytes()
    data = content[8 + int.from_bytes(content[:8], "little") :]
    assert (used.name, used.weight, used.text_encoder_weight) == ("ink", 0.8, 0.5)
    assert used.sha256 == hashlib.sha256(content).hexdigest()
    assert used.tensors_sha256 == hashlib.sha256(data).hexdigest()


def test_nothing_of_it_goes_over_to_a_model_that_shares_the_networks(
    session, fresh_session, make_small, pixels_of, lora, starter, tmp_path
):
    """Networks that are alike are kept once, whatever model uses them."""
    words = write_embedding(tmp_path / "sunny.safetensors")
    addons = Addons((LoraUse(lora(), 1.0, 1.0),), (Addon("sunny", words, AddonKind.TEXTUAL_INVERSION, None),))
    request = make_small("a red apple, sunny")
    plain = pixels_of(fresh_session, request)
    changed = pixels_of(session, replace(request, addons=addons))
    networks = session._model.loaded.pipeline
    other = replace(starter, name="Another name")
    assert np.array_equal(plain, pixels_of(session, replace(request, checkpoint=other)))
    assert session._model.loaded.pipeline.unet is networks.unet, "or this test shows nothing"
    assert np.array_equal(changed, pixels_of(session, replace(request, addons=addons)))


# --- those that do not fit ---


def refusal(session, request: GenerationRequest) -> str:
    with pytest.raises(AddonUnusable) as refused:
        list(session.generate(request, on_progress=lambda _: None, cancel=CancelToken()))
    return refused.value.reason


def test_one_for_another_width_of_text_is_refused_and_the_next_picture_is_as_ever(session, make_small, pixels_of, lora):
    plain = pixels_of(session, make_small())
    reason = refusal(session, with_loras(make_small(), (lora("ink"), 1.0), (lora("wide", wide=512), 1.0)))
    assert "768" in reason
    assert "256" in reason
    assert np.array_equal(plain, pixels_of(session, make_small()))


def test_one_whose_layers_are_missing_here_is_refused(session, make_small, tmp_path):
    layer = "lora_unet_down_blocks_7_attentions_0_transformer_blocks_0_attn1_to_q"
    shapes = {f"{layer}.lora_down.weight": (RANK, 128), f"{layer}.lora_up.weight": (128, RANK)}
    other = Addon("other", write_tensors(tmp_path / "other.safetensors", shapes), AddonKind.LORA, None)
    assert refusal(session, with_loras(make_small(), (other, 1.0)))


@pytest.mark.parametrize(("mark", "kind"), [("dora_scale", "DoRA"), ("hada_w1_a", "LoHa"), ("lokr_w1", "LoKr")])
def test_other_kinds_are_refused_by_name(session, make_small, tmp_path, mark, kind):
    layer = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q"
    path = write_tensors(tmp_path / "other.safetensors", {f"{layer}.{mark}": (4, 4)})
    assert kind in refusal(session, with_loras(make_small(), (Addon("x", path, AddonKind.LORA, None), 1.0)))


def test_damaged_files_and_pickles_are_refused(session, make_small, pixels_of, lora, tmp_path):
    plain = pixels_of(session, make_small())
    cut = lora("cut")
    cut.path.write_bytes(cut.path.read_bytes()[:-100])
    assert "bytes long" in refusal(session, with_loras(make_small(), (cut, 1.0)))
    pickle = tmp_path / "evil.pt"
    pickle.write_bytes(b"\x80\x02}")
    assert "pickle" in refusal(session, with_loras(make_small(), (Addon("evil", pickle, AddonKind.LORA, None), 1.0)))
    gone = Addon("gone", tmp_path / "gone.safetensors", AddonKind.LORA, None)
    assert refusal(session, with_loras(make_small(), (gone, 1.0)))
    assert np.array_equal(plain, pixels_of(session, make_small()))


def test_numbers_that_are_none_are_refused(session, make_small, lora, tmp_path):
    ink = lora()
    tensors = load_file(ink.path)
    next(iter(tensors.values())).fill_(float("nan"))
    save_file(tensors, ink.path)
    assert "not finite" in refusal(session, with_loras(make_small(), (ink, 1.0)))
