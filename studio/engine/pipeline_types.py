"""The part of diffusers and transformers that the engine uses, with the types that they leave out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Protocol, TypeAlias, TypedDict, runtime_checkable

import torch


class Scheduler(Protocol):
    """A sampler at work: `step` takes one step and returns the next latents, some samplers also x0."""

    step: Callable[..., tuple[torch.Tensor, ...]]
    set_timesteps: Callable[..., None]
    timesteps: torch.Tensor

    def add_noise(
        self, original_samples: torch.Tensor, noise: torch.Tensor, timesteps: torch.Tensor
    ) -> torch.Tensor: ...


class SigmaScheduler(Scheduler, Protocol):
    """One that goes by noise levels: `sigmas` of its steps, 0 at the end. `alphas_cumprod` is of all trained steps.

    `step_index` is that of the next step, once the first was taken.
    """

    sigmas: torch.Tensor
    step_index: int
    alphas_cumprod: torch.Tensor


class CorrectingScheduler(Scheduler, Protocol):
    """One that corrects a step when it takes the next, unless the step's index is in `disable_corrector`."""

    disable_corrector: list[int]
    step_index: int
    """That of the next step."""


class IndexedScheduler(Scheduler, Protocol):
    """One that counts its steps: the first one it takes can be another than that at 0."""

    def set_begin_index(self, begin_index: int) -> None: ...


class DdimScheduler(Scheduler, Protocol):
    """One with steps of one length: that of all trained ones by `num_inference_steps`, rounded down."""

    alphas_cumprod: torch.Tensor
    num_inference_steps: int | Fraction


@runtime_checkable
class MultistepScheduler(Protocol):
    """DPM++ and UniPC keep the x0 of their latest steps, the newest last."""

    model_outputs: list[torch.Tensor]


class Tokens(TypedDict):
    """Numbers of the tokens, and where each lies in the text: (first, behind the last) character."""

    input_ids: list[int]
    offset_mapping: list[tuple[int, int]]


class Tokenizer(Protocol):
    """Text to tokens; the text encoder reads `model_max_length` of them, special ones included."""

    model_max_length: int
    bos_token_id: int
    eos_token_id: int
    pad_token_id: int

    def __call__(self, text: str, *, add_special_tokens: bool, return_offsets_mapping: bool = False) -> Tokens: ...
    def convert_tokens_to_ids(self, tokens: str) -> int: ...
    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]: ...
    def decode(self, token_ids: list[int]) -> str: ...
    def __len__(self) -> int: ...
    def num_special_tokens_to_add(self) -> int: ...


class ModelConfig(Protocol):
    """Configuration values; a model has those of its kind."""

    in_channels: int
    cross_attention_dim: int
    latent_channels: int
    scaling_factor: float
    hidden_size: int
    num_hidden_layers: int
    vocab_size: int
    max_position_embeddings: int
    joint_attention_dim: int
    cap_feat_dim: int
    d_model: int
    z_dim: int
    shift_factor: float | None
    latents_mean: list[float]
    latents_std: list[float]
    batch_norm_eps: float


class Model(Protocol):
    """A network with its weights."""

    config: ModelConfig
    dtype: torch.dtype
    device: torch.device

    def named_parameters(self) -> Iterator[tuple[str, torch.nn.Parameter]]: ...
    def named_modules(self) -> Iterator[tuple[str, torch.nn.Module]]: ...


class CrossAttentionLayer(Protocol):
    """`head_to_batch_dim` makes (heads, tokens, width) of (1, tokens, heads * width)."""

    to_q: torch.nn.Module
    to_k: torch.nn.Module
    scale: float
    head_to_batch_dim: Callable[[torch.Tensor], torch.Tensor]


class TextEncoderOutput(Protocol):
    """The first value is the last layer's states (1, tokens, width), or with a projection the pooled (1, width)."""

    hidden_states: tuple[torch.Tensor, ...]

    def __getitem__(self, index: int) -> torch.Tensor: ...


class ClipTextEncoder(Model, Protocol):
    """CLIP's text encoder, with or without a projection. `hidden_states` are those before each layer, and the last."""

    final_layer_norm: Callable[[torch.Tensor], torch.Tensor]

    def __call__(self, input_ids: torch.Tensor, *, output_hidden_states: bool) -> TextEncoderOutput: ...


class ConfigurableModel(Model, Protocol):
    """One of diffusers': its configuration can be changed after loading."""

    def register_to_config(self, **values: object) -> None: ...


@runtime_checkable
class ExactLatents(Protocol):
    """What a tiny VAE makes of a picture."""

    latents: torch.Tensor


class Distribution(Protocol):
    """Latents are its mode (the most likely ones), or drawn from it."""

    def mode(self) -> torch.Tensor: ...


class Posterior(Protocol):
    """What a KL VAE makes of a picture."""

    latent_dist: Distribution


class LatentStatistics(Protocol):
    """The mean and variance of each channel of FLUX.2's latents."""

    running_mean: torch.Tensor
    running_var: torch.Tensor


class Vae(Model, Protocol):
    """Latents, divided by `config.scaling_factor`, to pictures in -1 to 1, and back."""

    bn: LatentStatistics

    def encode(self, x: torch.Tensor) -> ExactLatents | Posterior: ...
    def decode(self, z: torch.Tensor, *, return_dict: bool) -> tuple[torch.Tensor]: ...


class PipelineConfig(Protocol):
    """SDXL: whether an empty negative prompt is zeros instead of an encoded empty text."""

    force_zeros_for_empty_prompt: bool


class PipelineOutput(Protocol):
    """With `output_type="latent"`, `images` are latents."""

    images: torch.Tensor


StepEnd: TypeAlias = Callable[[object, int, object, dict[str, torch.Tensor]], dict[str, torch.Tensor]]
"""Called with the pipeline, the index of the step, its timestep and {"latents"}; what it returns replaces them."""


class TextToImagePipeline(Protocol):
    """A `StableDiffusionPipeline` or one of its kin on its device."""

    vae: Vae
    unet: Model
    text_encoder: ClipTextEncoder
    tokenizer: Tokenizer
    tokenizer_2: Tokenizer
    scheduler: Scheduler
    vae_scale_factor: int
    device: torch.device
    dtype: torch.dtype

    def __call__(
        self,
        *,
        prompt_embeds: torch.Tensor | None = None,
        negative_prompt_embeds: torch.Tensor | None = None,
        pooled_prompt_embeds: torch.Tensor | None = None,
        negative_pooled_prompt_embeds: torch.Tensor | None = None,
        latents: torch.Tensor,
        generator: torch.Generator,
        width: int,
        height: int,
        num_inference_steps: int,
        guidance_scale: float,
        output_type: str,
        callback_on_step_end: StepEnd,
    ) -> PipelineOutput: ...


class FlowPipeline(Protocol):
    """A pipeline with a transformer on its device: that of SD 3, FLUX.1, FLUX.2, Z-Image or Qwen-Image.

    Each has the tokenizers of its kind; only Qwen-Image has a template, of which it drops the first tokens.
    """

    vae: Vae
    transformer: Model
    tokenizer: Tokenizer
    tokenizer_2: Tokenizer
    tokenizer_3: Tokenizer | None
    prompt_template_encode: str
    prompt_template_encode_start_idx: int
    scheduler: Scheduler
    device: torch.device
    encode_prompt: Callable[..., tuple[torch.Tensor | None, ...]]

    def __call__(
        self,
        *,
        latents: torch.Tensor,
        generator: torch.Generator,
        width: int,
        height: int,
        num_inference_steps: int,
        output_type: str,
        callback_on_step_end: StepEnd,
        **prompt_and_guidance: object,
    ) -> PipelineOutput: ...


@runtime_checkable
class TwoTextEncoders(Protocol):
    """SDXL's pipelines. The refiner has no first text encoder."""

    tokenizer: Tokenizer
    text_encoder: ClipTextEncoder | None
    tokenizer_2: Tokenizer
    text_encoder_2: ClipTextEncoder
    config: PipelineConfig
    device: torch.device


class PartsPipeline(Protocol):
    """What all of diffusers' pipelines have: their parts, and what else they were constructed with."""

    components: Mapping[str, object]
    config: Mapping[str, object]


class SharingPipeline(Protocol):
    """A pipeline that has its parts from another one."""

    scheduler: Scheduler

    def set_progress_bar_config(self, *, disable: bool) -> None: ...


class ImageToImagePipeline(SharingPipeline, Protocol):
    """A `StableDiffusionImg2ImgPipeline`; `image` are latents, as many as the VAE has channels."""

    def __call__(
        self,
        *,
        prompt_embeds: torch.Tensor | None = None,
        negative_prompt_embeds: torch.Tensor | None = None,
        pooled_prompt_embeds: torch.Tensor | None = None,
        negative_pooled_prompt_embeds: torch.Tensor | None = None,
        image: torch.Tensor,
        strength: float,
        generator: torch.Generator,
        num_inference_steps: int,
        guidance_scale: float,
        output_type: str,
        callback_on_step_end: StepEnd,
    ) -> PipelineOutput: ...


class InpaintPipeline(SharingPipeline, Protocol):
    """A `StableDiffusionInpaintPipeline`; `image` and `masked_image_latents` are latents, `mask_image` has pixels."""

    def __call__(
        self,
        *,
        prompt_embeds: torch.Tensor | None = None,
        negative_prompt_embeds: torch.Tensor | None = None,
        pooled_prompt_embeds: torch.Tensor | None = None,
        negative_pooled_prompt_embeds: torch.Tensor | None = None,
        image: torch.Tensor,
        mask_image: torch.Tensor,
        masked_image_latents: torch.Tensor,
        width: int,
        height: int,
        strength: float,
        generator: torch.Generator,
        num_inference_steps: int,
        guidance_scale: float,
        output_type: str,
        callback_on_step_end: StepEnd,
    ) -> PipelineOutput: ...
