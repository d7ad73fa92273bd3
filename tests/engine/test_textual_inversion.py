"""Textual inversions are words for as long as a request needs them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModelWithProjection

from studio.core.addon import Addon, AddonKind, Addons
from studio.core.errors import AddonUnusable
from studio.core.session import CancelToken
from studio.engine import textual_inversion
from studio.engine.addon_file import read_tensors
from studio.engine.textual_inversion import IdentifiedEmbedding, TextualInversions
from tests.helpers.addon_files import TEXT_WIDTH, write_embedding


def inversion(path: Path, name: str = "sunny", **how: object) -> Addon:
    return Addon(name, write_embedding(path / f"{name}.safetensors", **how), AddonKind.TEXTUAL_INVERSION, None)


def with_embeddings(request, *embeddings: Addon):
    return replace(request, addons=Addons(embeddings=embeddings))


def test_its_name_changes_the_picture_and_leaves_nothing_behind(session, make_small, pixels_of, tmp_path):
    sunny = inversion(tmp_path)
    plain = pixels_of(session, make_small("a red apple, sunny"))
    changed = pixels_of(session, with_embeddings(make_small("a red apple, sunny"), sunny))
    unnamed = pixels_of(session, with_embeddings(make_small("a red apple"), sunny))
    assert not np.array_equal(plain, changed)
    assert np.array_equal(unnamed, pixels_of(session, make_small("a red apple")))
    assert np.array_equal(plain, pixels_of(session, make_small("a red apple, sunny")))


def test_a_word_taught_the_vector_of_another_word_means_that_word(session, make_small, pixels_of, tmp_path, starter):
    pipeline_tokens = session._model.loaded.pipeline.tokenizer
    [apple_id] = pipeline_tokens("apple", add_special_tokens=False)["input_ids"]
    table = load_file(starter.path / "text_encoder" / "model.safetensors")
    [name] = [name for name in table if name.endswith("token_embedding.weight")]
    path = tmp_path / "zyx.safetensors"
    save_file({"emb_params": table[name][apple_id][None].float()}, path)
    zyx = Addon("zyx", path, AddonKind.TEXTUAL_INVERSION, None)
    meant = pixels_of(session, make_small("a red apple on a table"))
    assert np.array_equal(meant, pixels_of(session, with_embeddings(make_small("a red ZYX on a table"), zyx)))
    assert np.array_equal(meant, pixels_of(session, with_embeddings(make_small("a red embedding:zyx on a table"), zyx)))


def test_it_works_in_the_negative_prompt(session, make_small, pixels_of, tmp_path):
    bad = inversion(tmp_path, "bad")
    plain = pixels_of(session, make_small(negative="bad"))
    assert not np.array_equal(plain, pixels_of(session, with_embeddings(make_small(negative="bad"), bad)))


def test_two_words_keep_their_own_vectors(session, make_small, pixels_of, tmp_path):
    one, two = inversion(tmp_path, "one", seed=1), inversion(tmp_path, "two", seed=2)
    alone = pixels_of(session, with_embeddings(make_small("an apple, two"), two))
    together = pixels_of(session, with_embeddings(make_small("an apple, two"), one, two))
    assert np.array_equal(alone, together)
    assert not np.array_equal(alone, pixels_of(session, with_embeddings(make_small("an apple, one"), one, two)))


def test_one_behind_the_window_of_the_text_encoder_is_read_too(session, make_small, pixels_of, tmp_path):
    request = make_small("apple " * 30 + "sunny", steps=1)
    without = pixels_of(session, request)
    assert not np.array_equal(without, pixels_of(session, with_embeddings(request, inversion(tmp_path))))


def test_its_file_is_read_once_until_it_changes(session, make_small, pixels_of, tmp_path, monkeypatch):
    read: list[str] = []
    monkeypatch.setattr(textual_inversion, "read_tensors", lambda addon: read.append(addon.name) or read_tensors(addon))
    request = with_embeddings(make_small("sunny", steps=1), inversion(tmp_path))
    first, second = (pixels_of(session, request) for _ in range(2))
    assert np.array_equal(first, second)
    assert read == ["sunny"]
    inversion(tmp_path, seed=1)
    assert not np.array_equal(first, pixels_of(session, request))
    assert read == ["sunny"] * 2


def test_a_picture_tells_which_ones_made_it(session, make_small, tmp_path):
    [image] = session.generate(
        with_embeddings(make_small("sunny", steps=1), inversion(tmp_path)),
        on_progress=lambda _: None,
        cancel=CancelToken(),
    )
    assert [used.name for used in image.parameters.used(AddonKind.TEXTUAL_INVERSION)] == ["sunny"]
    assert image.request.prompt.text == "sunny"


@pytest.mark.parametrize(
    ("how", "reason"),
    [({"width": 768}, "width 768, this model's have 256"), ({"vectors": 300}, "300 vectors")],
)
def test_one_that_does_not_fit_is_refused(session, make_small, pixels_of, tmp_path, how, reason):
    plain = pixels_of(session, make_small("sunny"))
    with pytest.raises(AddonUnusable) as refused:
        pixels_of(session, with_embeddings(make_small("sunny"), inversion(tmp_path, **how)))
    assert reason in refused.value.reason
    assert np.array_equal(plain, pixels_of(session, make_small("sunny")))


class _TwoEncoders:
    """The parts of an SDXL pipeline that matter here, in small."""

    def __init__(self, tokenizer: object) -> None:
        torch.manual_seed(0)
        self.tokenizer = self.tokenizer_2 = tokenizer
        self.text_encoder = _encoder(32)
        self.text_encoder_2 = _encoder(48)


def _encoder(width: int) -> CLIPTextModelWithProjection:
    config = CLIPTextConfig(
        hidden_size=width,
        intermediate_size=width,
        projection_dim=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        vocab_size=4047,
        max_position_embeddings=32,
        eos_token_id=2,  # as SDXL's configuration has it
    )
    return CLIPTextModelWithProjection(config).eval()


def test_models_with_two_text_encoders_get_a_vector_for_each(session, tmp_path):
    path = tmp_path / "sunny.safetensors"
    save_file({"clip_l": torch.ones(2, 32), "clip_g": torch.ones(2, 48)}, path)
    pipeline = _TwoEncoders(session._model.loaded.pipeline.tokenizer)
    tokenizer = pipeline.tokenizer
    inversions = TextualInversions(pipeline)

    def pooled(text: str) -> torch.Tensor:
        tokens = pipeline.tokenizer_2(text, padding="max_length", max_length=32, return_tensors="pt")
        with torch.no_grad():
            return pipeline.text_encoder_2(tokens["input_ids"]).text_embeds

    before = pooled("an apple")
    sunny = Addon("sunny", path, AddonKind.TEXTUAL_INVERSION, None)
    inversions.put_on([IdentifiedEmbedding(sunny, "its hash")])
    assert torch.equal(pooled("an apple"), before), "the end of the text is still found"
    assert not torch.equal(pooled(inversions.encodable("an apple sunny")), pooled("an apple sunny"))
    assert not torch.equal(pooled(inversions.encodable("sunny apple")), pooled(inversions.encodable("sunny")))
    inversions.put_on([])
    assert pipeline.tokenizer is tokenizer
    assert pipeline.tokenizer_2 is tokenizer
    assert torch.equal(pooled("an apple"), before)


def test_one_for_two_encoders_is_refused_by_a_model_with_one(session, make_small, pixels_of, tmp_path):
    path = tmp_path / "xl.safetensors"
    save_file({"clip_l": torch.ones(1, TEXT_WIDTH), "clip_g": torch.ones(1, 1280)}, path)
    with pytest.raises(AddonUnusable):
        pixels_of(session, with_embeddings(make_small("xl"), Addon("xl", path, AddonKind.TEXTUAL_INVERSION, None)))
