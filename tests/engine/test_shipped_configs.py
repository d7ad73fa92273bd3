"""The configurations that the program ships describe the models that people have: counted and named as those are."""

from __future__ import annotations

import json
from contextlib import suppress

import diffusers
import pytest
import transformers

from studio.checkpoints.identities import ModelIdentity
from studio.checkpoints.tensor_identity import identify
from studio.core.checkpoint import ModelFamily
from studio.core.components import family_components
from studio.core.errors import CheckpointDamaged
from studio.engine.model_folder import read_scheduler_config
from studio.engine.network_loading import check_state
from studio.engine.single_file_keys import to_diffusers_keys
from studio.engine.tokenizer_loading import load_tokenizer
from tests.engine import network_sizes, original_keys
from tests.engine.network_sizes import CONFIGS, VARIANTS, config, network, numbers

SIZES = json.loads(network_sizes.SIZES.read_text())

WEIGHTS = {
    # bytes of a published file / bytes of a number in it: the file's header is less than a thousandth
    ("stable_diffusion/v1_5", "unet"): 1719125304 / 2,
    ("stable_diffusion/v1_5", "text_encoder"): 246144864 / 2,
    ("stable_diffusion/v1_5", "vae"): 167335342 / 2,
    ("stable_diffusion_xl/base", "unet"): 5135149760 / 2,
    ("stable_diffusion_xl/base", "text_encoder_2"): 1389382176 / 2,
    # the whole file without its text encoders and its VAE
    ("stable_diffusion_xl/ssd_1b", "unet"): (4465671506 - 246144864 - 1389382176 - 167335342) / 2,
    ("flux/dev", "vae"): 335304388 / 4,
    ("flux_2/klein_4b", "text_encoder"): 8044982048 / 2,
    ("flux_2/klein_4b", "vae"): 336211292 / 4,
    ("flux_2/klein_9b", "text_encoder"): 16381470720 / 2,  # `total_size` in the index of Qwen3-8B
    ("z_image/turbo", "transformer"): 12309866400 / 2,
    ("qwen_image/qwen_image", "transformer"): 20430635136,
}


def test_every_family_has_a_configuration():
    assert {variant.parent.name for variant in VARIANTS} == {family.value for family in ModelFamily}


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_denoiser_of_it_is_known_by_its_tensors(variant):
    family = ModelFamily(variant.parent.name)
    denoiser = network(variant, family_components(family).denoiser)
    shapes = {name: tuple(tensor.shape) for name, tensor in denoiser.state_dict().items()}
    identity = identify(shapes, {})
    assert isinstance(identity, ModelIdentity)
    assert identity.family is family
    assert identity.inpainting is ("inpainting" in variant.name)
    told = SIZES[f"{family.value}/{variant.name}"]
    assert told["parts"][family_components(family).denoiser] == numbers(denoiser)
    assert told["vae_upcasts"] is network_sizes.upcasts(variant)
    assert read_scheduler_config(variant, is_flow=not family_components(family).is_unet)


@pytest.mark.parametrize(("place", "part"), WEIGHTS, ids=lambda value: value)
def test_it_has_as_many_weights_as_the_published_file(place, part):
    model = network(CONFIGS / place, part)
    tied = {id(parameter): parameter.numel() for parameter in model.parameters()}
    buffers = sum(buffer.numel() for name, buffer in model.named_buffers() if name.startswith("bn."))
    assert sum(tied.values()) + buffers == pytest.approx(WEIGHTS[place, part], rel=1e-3)
    assert SIZES[place]["parts"][part] == numbers(model)


@pytest.mark.parametrize("name", ["base", "ssd_1b", "vega"])
def test_each_size_of_sdxl_is_told_from_the_others_in_the_layout_of_its_makers(name):
    """Segmind's smaller ones lack transformers of the large one, and the one in the middle."""
    family = CONFIGS / "stable_diffusion_xl"
    original = original_keys.unet(network(family / name, "unet").state_dict(), layers=2)
    fitting: list[str] = []
    for other in ("base", "ssd_1b", "vega"):
        state = to_diffusers_keys("UNet2DConditionModel", original, config(family / other, "unet"))
        with suppress(CheckpointDamaged):
            check_state(network(family / other, "unet"), {n: t.shape for n, t in state.items()}, family)
            fitting.append(other)
    assert fitting == [name]


def test_the_tokenizers_read_as_the_models_were_trained():
    clip = load_tokenizer(CONFIGS, CONFIGS / "tokenizers/clip", ("transformers", "CLIPTokenizer"))
    assert clip("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert (clip.model_max_length, clip.pad_token_id) == (77, 49407)
    second = load_tokenizer(CONFIGS, CONFIGS / "tokenizers/clip", ("transformers", "CLIPTokenizer"), pad_token="!")
    assert second("cat", padding="max_length", max_length=5).input_ids == [49406, 2368, 49407, 0, 0]
    t5 = load_tokenizer(CONFIGS, CONFIGS / "tokenizers/t5", ("transformers", "T5Tokenizer"))
    assert t5("a photo of a cat").input_ids == [3, 9, 1202, 13, 3, 9, 1712, 1]
    assert isinstance(t5, transformers.T5Tokenizer)


def test_the_tokenizer_of_qwen_reads_as_published():
    qwen = load_tokenizer(CONFIGS, CONFIGS / "tokenizers/qwen", ("transformers", "Qwen2Tokenizer"))
    assert qwen("Hello").input_ids == [9707]
    assert qwen("hello world").input_ids == [14990, 1879]
    assert (len(qwen), qwen.pad_token_id, qwen.padding_side) == (151669, 151643, "right")
    asked = [{"role": "user", "content": "cat"}]
    told = qwen.apply_chat_template(asked, tokenize=False, add_generation_prompt=True, enable_thinking=False)
    assert told == "<|im_start|>user\ncat<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"


def test_qwen_images_template_is_as_many_tokens_as_its_pipeline_leaves_out():
    qwen = load_tokenizer(CONFIGS, CONFIGS / "tokenizers/qwen", ("transformers", "Qwen2Tokenizer"))
    pipeline = diffusers.QwenImagePipeline(*[None] * 5)
    before = pipeline.prompt_template_encode.partition("{}")[0]
    assert len(qwen(before).input_ids) == pipeline.prompt_template_encode_start_idx
