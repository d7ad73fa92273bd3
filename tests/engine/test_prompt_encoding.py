"""Prompts to embeddings: plain ones as the pipeline itself makes them, weighted and long ones in A1111's arithmetic."""

from __future__ import annotations

from itertools import chain

import pytest
import torch
from diffusers import StableDiffusionXLPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from studio.core.progress import LoadProgress, PlanChosen, StepProgress
from studio.core.request import Prompt
from studio.core.session import CancelToken
from studio.engine.device import ComputeDevice
from studio.engine.loader import load_checkpoint
from studio.engine.prompt_encoding import ClipPromptEncoder

IN_FLOAT32 = ComputeDevice(torch.device("cpu"), torch.float32)
WINDOW = 30
"""The bundled text encoder reads 32 tokens, two of them its own."""


@pytest.fixture(scope="module")
def pipeline(starter):
    return load_checkpoint(starter, IN_FLOAT32).pipeline


@pytest.fixture(scope="module")
def sdxl(pipeline):
    """The two text encoders of SDXL in small, with random weights."""
    torch.manual_seed(0)
    sizes = {"vocab_size": 4047, "max_position_embeddings": 32, "num_hidden_layers": 3, "num_attention_heads": 2}
    ends = {"bos_token_id": 4045, "eos_token_id": 4046, "pad_token_id": 4046}
    configs = [
        CLIPTextConfig(hidden_size=size, intermediate_size=64, projection_dim=24, **sizes, **ends) for size in (32, 48)
    ]
    return StableDiffusionXLPipeline(
        vae=None,
        text_encoder=CLIPTextModel(configs[0]).eval(),
        text_encoder_2=CLIPTextModelWithProjection(configs[1]).eval(),
        tokenizer=pipeline.tokenizer,
        tokenizer_2=pipeline.tokenizer,
        unet=UNet2DConditionModel(
            block_out_channels=(4, 8),
            down_block_types=("DownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "UpBlock2D"),
            norm_num_groups=4,
        ),
        scheduler=None,
    )


@torch.inference_mode()
def encode(pipeline, text, negative="", *, steps=10, with_negative=True, **options):
    encoder = ClipPromptEncoder(pipeline, **options)
    return encoder.encode(Prompt(text, negative), with_negative=with_negative, steps=steps)


def test_it_computes_where_the_model_is_by_then_not_where_it_was_loaded(starter):
    pipeline = load_checkpoint(starter, IN_FLOAT32).pipeline
    encoder = ClipPromptEncoder(pipeline)
    pipeline.to("meta")
    asked: list[torch.Tensor] = []
    pipeline.text_encoder.register_forward_pre_hook(lambda _encoder, tokens: asked.extend(tokens))
    encoder.encode(Prompt("a red apple"), with_negative=False, steps=1)
    assert asked
    assert all(tokens.is_meta for tokens in asked)


@torch.inference_mode()
def states_of(pipeline, ids: list[int]) -> torch.Tensor:
    """The encoder's answer to one window, straightforwardly."""
    tokenizer = pipeline.tokenizer
    padded = [tokenizer.bos_token_id, *ids, *[tokenizer.eos_token_id] * (31 - len(ids))]
    return pipeline.text_encoder(torch.tensor([padded], device=pipeline.device))[0]


def ids_of(pipeline, text: str) -> list[int]:
    return pipeline.tokenizer(text, add_special_tokens=False)["input_ids"]


def own_embeddings(pipeline, text: str, negative: str, **options):
    """What diffusers itself makes."""
    with torch.inference_mode():
        return pipeline.encode_prompt(
            prompt=text,
            negative_prompt=negative,
            device=pipeline.device,
            num_images_per_prompt=1,
            do_classifier_free_guidance=True,
            **options,
        )


@pytest.mark.parametrize(
    "text", ["", "a red apple", "  A Red   apple, on a table! ", "apple " * WINDOW, r"16:9 | 50 % é"]
)
def test_a_plain_prompt_is_encoded_as_the_pipeline_does_it(pipeline, text):
    encoded = encode(pipeline, text, "a car")
    positive, negative = own_embeddings(pipeline, text, "a car")
    assert torch.equal(encoded.positive, positive)
    assert torch.equal(encoded.negative, negative)
    assert encoded.is_constant


def test_sdxl_has_both_encoders_and_the_pooled_states_of_the_second(sdxl):
    encoded = encode(sdxl, "a red apple", "a car")
    own = own_embeddings(sdxl, "a red apple", "a car")
    ours = (encoded.positive, encoded.negative, encoded.positive_pooled, encoded.negative_pooled)
    assert encoded.positive.shape == (1, 32, 80)
    for found, expected in zip(ours, own, strict=True):
        assert torch.equal(found, expected)


def test_the_refiner_has_the_second_encoder_alone(sdxl):
    refiner = StableDiffusionXLPipeline(**{**sdxl.components, "text_encoder": None, "tokenizer": None})
    encoded = encode(refiner, "a red apple", "a car")
    assert torch.equal(encoded.positive, encode(sdxl, "a red apple", "a car").positive[:, :, 32:])


def test_sdxl_takes_zeros_for_an_empty_negative_prompt(sdxl):
    encoded = encode(sdxl, "a red apple")
    own = own_embeddings(sdxl, "a red apple", None)
    assert torch.equal(encoded.negative, own[1])
    assert not encoded.negative_pooled.any()


def test_sdxls_pooled_states_are_those_of_the_first_chunk(sdxl):
    encoded = encode(sdxl, "a red apple BREAK a blue car")
    assert encoded.positive.shape == (1, 64, 80)
    assert torch.equal(encoded.positive_pooled, encode(sdxl, "a red apple").positive_pooled)


def test_weights_multiply_the_states_and_the_mean_is_restored(pipeline):
    ids = [ids_of(pipeline, text) for text in ("a", "red", "apple on a", "table")]
    weights = [1.0, *[1.0] * len(ids[0]), *[1.3] * len(ids[1]), *[1.0] * len(ids[2]), *[1 / 1.1] * len(ids[3])]
    weights += [1.0] * (32 - len(weights))
    plain = states_of(pipeline, list(chain(*ids))).float()
    scaled = plain * torch.tensor(weights)[None, :, None]
    expected = scaled * (plain.mean() / scaled.mean())
    found = encode(pipeline, "a (red:1.3) apple on a [table]").positive
    torch.testing.assert_close(found, expected.to(found.dtype), rtol=1e-5, atol=1e-6)
    assert found.float().mean().item() == pytest.approx(plain.mean().item(), rel=1e-3)


def test_escaped_brackets_reach_the_text_encoder(pipeline):
    assert torch.equal(
        encode(pipeline, r"a \(red\) apple").positive, states_of(pipeline, ids_of(pipeline, "a (red) apple"))
    )


def test_a_long_prompt_is_read_in_chunks(pipeline):
    words = ids_of(pipeline, "apple") * (WINDOW + 5)
    expected = torch.cat([states_of(pipeline, words[:WINDOW]), states_of(pipeline, words[WINDOW:])], dim=1)
    assert torch.equal(encode(pipeline, "apple " * (WINDOW + 5)).positive, expected)


def test_a_chunk_ends_behind_a_comma_that_is_near(pipeline):
    apple, comma = ids_of(pipeline, "apple"), ids_of(pipeline, ",")
    expected = torch.cat([states_of(pipeline, apple * 20 + comma), states_of(pipeline, apple * 15)], dim=1)
    assert torch.equal(encode(pipeline, "apple " * 20 + ", " + "apple " * 15).positive, expected)
    too_far = apple * 5 + comma + apple * 30
    cut = torch.cat([states_of(pipeline, too_far[:WINDOW]), states_of(pipeline, too_far[WINDOW:])], dim=1)
    assert torch.equal(encode(pipeline, "apple " * 5 + ", " + "apple " * 30).positive, cut)


def test_break_begins_a_chunk_and_the_negative_prompt_gets_as_many(pipeline):
    encoded = encode(pipeline, "a red apple BREAK a car", "ugly")
    red, car, ugly, empty = (
        states_of(pipeline, ids_of(pipeline, text)) for text in ("a red apple", "a car", "ugly", "")
    )
    assert torch.equal(encoded.positive, torch.cat([red, car], dim=1))
    assert torch.equal(encoded.negative, torch.cat([ugly, empty], dim=1))
    long_negative = encode(pipeline, "a red apple", "ugly BREAK a car BREAK")
    assert torch.equal(long_negative.positive, torch.cat([red, empty], dim=1))
    assert torch.equal(long_negative.negative, torch.cat([ugly, car], dim=1))


def test_each_chunk_keeps_its_own_mean(pipeline):
    found = encode(pipeline, "(a red apple:1.5) BREAK a car").positive
    assert torch.equal(found[:, :32], encode(pipeline, "(a red apple:1.5)").positive)
    assert torch.equal(found[:, 32:], encode(pipeline, "a car").positive)


def test_edits_and_alternations_change_the_embeddings_at_their_steps(pipeline):
    (condition,) = encode(pipeline, "a [red:blue:0.5] [apple|car]", steps=4).conditions
    said = ["a red apple", "a red car", "a blue apple", "a blue car"]
    for step, text in enumerate(said):
        assert torch.equal(condition.at(step).states, encode(pipeline, text).positive)


def test_the_negative_prompt_can_change_too(pipeline):
    encoded = encode(pipeline, "an apple", "[red:blue:1]", steps=4)
    assert torch.equal(encoded.negative, encode(pipeline, "", "red").negative)
    assert torch.equal(encoded.negative_condition.at(1).states, encode(pipeline, "", "blue").negative)
    assert not encoded.is_constant


def test_alternatives_are_conditions_of_their_own(pipeline):
    encoded = encode(pipeline, "an apple :0.7 AND a car BREAK red", "ugly")
    assert [condition.weight for condition in encoded.conditions] == [0.7, 1.0]
    assert {condition.at(0).tokens for condition in encoded.rows} == {64}
    assert torch.equal(encoded.conditions[1].at(0).states, encode(pipeline, "a car BREAK red").positive)


def test_lora_tags_are_not_read(pipeline):
    assert torch.equal(encode(pipeline, "an apple <lora:detail:0.8>").positive, encode(pipeline, "an apple").positive)


def test_what_only_looks_like_a_tag_is_read(pipeline):
    written = encode(pipeline, r"an apple \<lora:detail:0.8>").positive
    assert not torch.equal(written, encode(pipeline, "an apple").positive)


def test_layers_are_left_out_of_both_prompts(pipeline):
    encoded = encode(pipeline, "an apple", "ugly", clip_skip=1)
    for text, found in (("an apple", encoded.positive), ("ugly", encoded.negative)):
        ids = ids_of(pipeline, text)
        padded = [pipeline.tokenizer.bos_token_id, *ids, *[pipeline.tokenizer.eos_token_id] * (31 - len(ids))]
        with torch.inference_mode():
            answer = pipeline.text_encoder(torch.tensor([padded], device=pipeline.device), output_hidden_states=True)
            expected = pipeline.text_encoder.final_layer_norm(answer.hidden_states[-2])
        assert torch.equal(found, expected)


def test_another_pad_token_fills_the_chunk(pipeline, starter):
    """As in Stable Diffusion 2, whose text encoder was trained so."""
    tokenizer = CLIPTokenizer.from_pretrained(starter.path / "tokenizer", pad_token="!")
    components = {name: part for name, part in pipeline.components.items() if name != "tokenizer"}
    other = type(pipeline)(**components, tokenizer=tokenizer, requires_safety_checker=False)
    assert torch.equal(encode(other, "an apple").positive, own_embeddings(other, "an apple", "")[0])
    assert not torch.equal(encode(other, "an apple").positive, encode(pipeline, "an apple").positive)


def progress_of(session, request) -> list:
    reported = []
    list(session.generate(request, on_progress=reported.append, cancel=CancelToken()))
    return reported


def test_a_long_prompt_is_read_to_its_end_without_a_word(session, make_request, pixels_of):
    start = "a red apple, " + "good " * WINDOW
    request = make_request(start + "blue car", steps=1)
    session.load(request.checkpoint)
    assert {type(progress) for progress in progress_of(session, request)} == {PlanChosen, StepProgress}
    (with_end,), (without,) = pixels_of(session, request), pixels_of(session, make_request(start, steps=1))
    assert (with_end != without).any()


def test_a_prompt_is_encoded_once(session, make_request, monkeypatch):
    runs = []
    forward = CLIPTextModel.forward
    monkeypatch.setattr(CLIPTextModel, "forward", lambda *args, **kwargs: (runs.append(1), forward(*args, **kwargs))[1])
    progress_of(session, make_request("a thing never asked for before", negative="nor this", steps=1, batch_size=2))
    progress_of(session, make_request("a thing never asked for before", negative="nor this", steps=1, seed=4))
    assert len(runs) == 2, "one run for the prompt, one for the negative prompt"
    progress_of(session, make_request("another thing never asked for", negative="nor this", steps=1))
    assert len(runs) == 3


def test_loading_is_reported_only_when_it_happens(fresh_session, make_request):
    request = make_request(steps=1)
    assert progress_of(fresh_session, request)[0] == LoadProgress("Starter")
    assert {type(progress) for progress in progress_of(fresh_session, request)} == {PlanChosen, StepProgress}
