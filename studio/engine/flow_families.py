"""In what the flow families differ: who reads the prompt, how latents are packed and scaled, how steps are spaced."""

# pyright: reportUnknownMemberType=false, reportPrivateImportUsage=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (diffusers exports lazily and types its functions in part; `pipeline_types` has the missing types)

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np
import torch

from studio.core.checkpoint import ModelFamily
from studio.core.request import Sampling
from studio.engine.encoded_prompt import Embeddings, EncodedPrompt
from studio.engine.flow_scheduler import FlowEuler
from studio.engine.latent_packing import CellsAsTheyAre, LatentPacking, TokenForEachCell, TokensOfFour
from studio.engine.latents import decoded, most_likely, to_rgb
from studio.engine.pipeline_types import FlowPipeline, Tokenizer, Vae
from studio.engine.placement import compute_device
from studio.engine.prompt_plain import TextReader

if TYPE_CHECKING:
    from studio.core.pixels import Pixels

Arguments = Mapping[str, object]

_CLIP_ENDS, _T5_END = 2, 1
"""The tokens at the beginning and the end of every text, or at its end."""
_CHAT_BEGINS = "<|im_start|>user\n"
"""How Qwen 3's chat template hands a prompt over."""


class FlowFamily(Protocol):
    """Stateless."""

    pixels_per_cell: int

    @property
    def packing(self) -> LatentPacking: ...

    def channels(self, pipeline: FlowPipeline) -> int:
        """Of the cells."""
        ...

    def latent_dtype(self, pipeline: FlowPipeline) -> torch.dtype: ...

    def reader(self, pipeline: FlowPipeline) -> TextReader:
        """Who reads the words; further encoders see only the gist of them."""
        ...

    def encode_prompt(self, pipeline: FlowPipeline, text: str) -> Embeddings: ...

    def arguments(self, pipeline: FlowPipeline, prompt: EncodedPrompt, sampling: Sampling) -> Arguments:
        """What the pipeline is called with, for the prompt and the guidance."""
        ...

    def set_timesteps(self, pipeline: FlowPipeline, scheduler: FlowEuler, steps: int, cells: torch.Tensor) -> None:
        """As the pipeline will do it when it runs."""
        ...

    def encode(self, pipeline: FlowPipeline, pixels: Pixels) -> torch.Tensor: ...

    def decode(self, pipeline: FlowPipeline, cells: torch.Tensor) -> Pixels: ...


class StableDiffusion3:
    """Two CLIPs and T5; latents as they are."""

    pixels_per_cell = 8
    packing = CellsAsTheyAre()
    _text_tokens = 256

    def channels(self, pipeline: FlowPipeline) -> int:
        return pipeline.transformer.config.in_channels

    def latent_dtype(self, pipeline: FlowPipeline) -> torch.dtype:
        return pipeline.transformer.dtype

    def reader(self, pipeline: FlowPipeline) -> TextReader:
        """CLIP where T5 is left out."""
        if pipeline.tokenizer_3 is None:
            return TextReader(pipeline.tokenizer, pipeline.tokenizer.model_max_length - _CLIP_ENDS)
        return TextReader(pipeline.tokenizer_3, self._text_tokens - _T5_END)

    def encode_prompt(self, pipeline: FlowPipeline, text: str) -> Embeddings:
        states, _, pooled, _ = pipeline.encode_prompt(
            prompt=text,
            prompt_2=text,
            prompt_3=text,
            max_sequence_length=self._text_tokens,
            device=compute_device(pipeline),
            do_classifier_free_guidance=False,
        )
        return Embeddings(cast("torch.Tensor", states), pooled)

    def arguments(self, pipeline: FlowPipeline, prompt: EncodedPrompt, sampling: Sampling) -> Arguments:
        return {
            "prompt_embeds": prompt.positive,
            "pooled_prompt_embeds": prompt.positive_pooled,
            "negative_prompt_embeds": prompt.negative,
            "negative_pooled_prompt_embeds": prompt.negative_pooled,
            "guidance_scale": sampling.guidance_scale,
        }

    def set_timesteps(self, pipeline: FlowPipeline, scheduler: FlowEuler, steps: int, cells: torch.Tensor) -> None:
        dynamic = scheduler.config.get("use_dynamic_shifting")
        scheduler.set_timesteps(steps, cells.device, mu=_shift(scheduler, cells, 1.16) if dynamic else None)

    def encode(self, pipeline: FlowPipeline, pixels: Pixels) -> torch.Tensor:
        return _encode_shifted(pipeline.vae, pixels)

    def decode(self, pipeline: FlowPipeline, cells: torch.Tensor) -> Pixels:
        return _decode_shifted(pipeline.vae, cells)


class ZImage:
    """Qwen 3; latents as they are, in float32."""

    pixels_per_cell = 8
    packing = CellsAsTheyAre()
    _text_tokens = 512

    def channels(self, pipeline: FlowPipeline) -> int:
        return pipeline.transformer.config.in_channels

    def latent_dtype(self, pipeline: FlowPipeline) -> torch.dtype:
        return torch.float32

    def reader(self, pipeline: FlowPipeline) -> TextReader:
        return _reader_behind(_CHAT_BEGINS, pipeline.tokenizer, self._text_tokens)

    def encode_prompt(self, pipeline: FlowPipeline, text: str) -> Embeddings:
        encoded = cast("Callable[..., tuple[list[torch.Tensor], object]]", pipeline.encode_prompt)(
            prompt=text,
            device=compute_device(pipeline),
            do_classifier_free_guidance=False,
            max_sequence_length=self._text_tokens,
        )
        return Embeddings(encoded[0][0][None], None)

    def arguments(self, pipeline: FlowPipeline, prompt: EncodedPrompt, sampling: Sampling) -> Arguments:
        return {"prompt_embeds": [prompt.positive[0]], "guidance_scale": 0.0}

    def set_timesteps(self, pipeline: FlowPipeline, scheduler: FlowEuler, steps: int, cells: torch.Tensor) -> None:
        from diffusers.pipelines.z_image.pipeline_z_image import get_default_z_image_sigmas

        sigmas = get_default_z_image_sigmas(steps)
        scheduler.set_timesteps(steps, cells.device, sigmas=sigmas, mu=_shift(scheduler, cells, 1.15))

    def encode(self, pipeline: FlowPipeline, pixels: Pixels) -> torch.Tensor:
        return _encode_shifted(pipeline.vae, pixels)

    def decode(self, pipeline: FlowPipeline, cells: torch.Tensor) -> Pixels:
        return _decode_shifted(pipeline.vae, cells)


class Flux:
    """CLIP and T5; squares of four cells are one token. The guidance is an input of the network, not CFG."""

    pixels_per_cell = 8
    packing = TokensOfFour()
    _text_tokens = 512

    def channels(self, pipeline: FlowPipeline) -> int:
        return pipeline.transformer.config.in_channels // 4

    def latent_dtype(self, pipeline: FlowPipeline) -> torch.dtype:
        return pipeline.transformer.dtype

    def reader(self, pipeline: FlowPipeline) -> TextReader:
        return TextReader(pipeline.tokenizer_2, self._text_tokens - _T5_END)

    def encode_prompt(self, pipeline: FlowPipeline, text: str) -> Embeddings:
        states, pooled, _ = pipeline.encode_prompt(
            prompt=text, prompt_2=text, device=compute_device(pipeline), max_sequence_length=self._text_tokens
        )
        return Embeddings(cast("torch.Tensor", states), pooled)

    def arguments(self, pipeline: FlowPipeline, prompt: EncodedPrompt, sampling: Sampling) -> Arguments:
        return {
            "prompt_embeds": prompt.positive,
            "pooled_prompt_embeds": prompt.positive_pooled,
            "guidance_scale": sampling.guidance_scale,
        }

    def set_timesteps(self, pipeline: FlowPipeline, scheduler: FlowEuler, steps: int, cells: torch.Tensor) -> None:
        scheduler.set_timesteps(steps, cells.device, sigmas=_even(steps), mu=_shift(scheduler, cells, 1.15))

    def encode(self, pipeline: FlowPipeline, pixels: Pixels) -> torch.Tensor:
        return _encode_shifted(pipeline.vae, pixels)

    def decode(self, pipeline: FlowPipeline, cells: torch.Tensor) -> Pixels:
        return _decode_shifted(pipeline.vae, cells)


class QwenImage:
    """Qwen 2.5 VL; tokens as FLUX.1 has them, each latent channel with a mean and a deviation of its own."""

    pixels_per_cell = 8
    packing = TokensOfFour()
    _text_tokens = 1024

    def channels(self, pipeline: FlowPipeline) -> int:
        return pipeline.transformer.config.in_channels // 4

    def latent_dtype(self, pipeline: FlowPipeline) -> torch.dtype:
        return pipeline.transformer.dtype

    def reader(self, pipeline: FlowPipeline) -> TextReader:
        before, _, _ = pipeline.prompt_template_encode.partition("{}")
        return _reader_behind(before, pipeline.tokenizer, self._text_tokens + pipeline.prompt_template_encode_start_idx)

    def encode_prompt(self, pipeline: FlowPipeline, text: str) -> Embeddings:
        states, _ = pipeline.encode_prompt(
            prompt=text, device=compute_device(pipeline), max_sequence_length=self._text_tokens
        )
        return Embeddings(cast("torch.Tensor", states), None)

    def arguments(self, pipeline: FlowPipeline, prompt: EncodedPrompt, sampling: Sampling) -> Arguments:
        return {
            "prompt_embeds": prompt.positive,
            "negative_prompt_embeds": prompt.negative,
            "true_cfg_scale": sampling.guidance_scale if prompt.negative is not None else 1.0,
        }

    def set_timesteps(self, pipeline: FlowPipeline, scheduler: FlowEuler, steps: int, cells: torch.Tensor) -> None:
        scheduler.set_timesteps(steps, cells.device, sigmas=_even(steps), mu=_shift(scheduler, cells, 1.15))

    def encode(self, pipeline: FlowPipeline, pixels: Pixels) -> torch.Tensor:
        vae = pipeline.vae
        latents = most_likely(vae, to_rgb(pixels, vae)[:, :, None])[:, :, 0]  # its VAE is one of films
        mean, precision = self._statistics(vae)
        return (latents - mean) * precision

    def decode(self, pipeline: FlowPipeline, cells: torch.Tensor) -> Pixels:
        vae = pipeline.vae
        mean, precision = self._statistics(vae)
        return decoded(vae, (cells.to(vae.dtype) / precision + mean)[:, :, None])

    def _statistics(self, vae: Vae) -> tuple[torch.Tensor, torch.Tensor]:
        """The mean, and one by the deviation: half types round it as the pipeline does."""
        mean, deviation = (
            torch.tensor(values, device=vae.device, dtype=vae.dtype).view(1, -1, 1, 1)
            for values in (vae.config.latents_mean, vae.config.latents_std)
        )
        return mean, 1 / deviation


class Flux2:
    """Qwen 3; the VAE's latents are put together by fours before they are scaled, so that a cell is a token."""

    pixels_per_cell = 16
    packing = TokenForEachCell()
    _text_tokens = 512

    def channels(self, pipeline: FlowPipeline) -> int:
        return pipeline.transformer.config.in_channels

    def latent_dtype(self, pipeline: FlowPipeline) -> torch.dtype:
        return pipeline.transformer.dtype

    def reader(self, pipeline: FlowPipeline) -> TextReader:
        return _reader_behind(_CHAT_BEGINS, pipeline.tokenizer, self._text_tokens)

    def encode_prompt(self, pipeline: FlowPipeline, text: str) -> Embeddings:
        states, _ = pipeline.encode_prompt(
            prompt=text, device=compute_device(pipeline), max_sequence_length=self._text_tokens
        )
        return Embeddings(cast("torch.Tensor", states), None)

    def arguments(self, pipeline: FlowPipeline, prompt: EncodedPrompt, sampling: Sampling) -> Arguments:
        return {"prompt_embeds": prompt.positive, "guidance_scale": 1.0}

    def set_timesteps(self, pipeline: FlowPipeline, scheduler: FlowEuler, steps: int, cells: torch.Tensor) -> None:
        tokens = cells.shape[2] * cells.shape[3]
        from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu

        mu = compute_empirical_mu(image_seq_len=tokens, num_steps=steps)
        scheduler.set_timesteps(steps, cells.device, sigmas=_even(steps), mu=mu)

    def encode(self, pipeline: FlowPipeline, pixels: Pixels) -> torch.Tensor:
        vae = pipeline.vae
        latents = torch.nn.functional.pixel_unshuffle(most_likely(vae, to_rgb(pixels, vae)), 2)
        mean, deviation = self._statistics(vae)
        return (latents - mean) / deviation

    def decode(self, pipeline: FlowPipeline, cells: torch.Tensor) -> Pixels:
        vae = pipeline.vae
        mean, deviation = self._statistics(vae)
        return decoded(vae, torch.nn.functional.pixel_shuffle(cells.to(vae.dtype) * deviation + mean, 2))

    def _statistics(self, vae: Vae) -> tuple[torch.Tensor, torch.Tensor]:
        mean = vae.bn.running_mean.view(1, -1, 1, 1)
        deviation = torch.sqrt(vae.bn.running_var.view(1, -1, 1, 1) + vae.config.batch_norm_eps)
        return mean.to(vae.dtype), deviation.to(vae.dtype)


FLOW_FAMILIES: Mapping[ModelFamily, FlowFamily] = {
    ModelFamily.STABLE_DIFFUSION_3: StableDiffusion3(),
    ModelFamily.FLUX: Flux(),
    ModelFamily.FLUX_2: Flux2(),
    ModelFamily.Z_IMAGE: ZImage(),
    ModelFamily.QWEN_IMAGE: QwenImage(),
}


def _reader_behind(before: str, tokenizer: Tokenizer, most_tokens: int) -> TextReader:
    """What stands before the prompt takes room, too; what stands behind it is cut first."""
    return TextReader(tokenizer, most_tokens - len(tokenizer(before, add_special_tokens=False)["input_ids"]))


def _even(steps: int) -> list[float]:
    return cast("list[float]", np.linspace(1.0, 1 / steps, steps))


def _shift(scheduler: FlowEuler, cells: torch.Tensor, default_max_shift: float) -> float:
    """Larger pictures need more of the noisy steps; a token is a square of four cells."""
    from diffusers.pipelines.stable_diffusion_3.pipeline_stable_diffusion_3 import calculate_shift

    config = scheduler.config
    return calculate_shift(
        cells.shape[2] // 2 * (cells.shape[3] // 2),
        config.get("base_image_seq_len", 256),
        config.get("max_image_seq_len", 4096),
        config.get("base_shift", 0.5),
        config.get("max_shift", default_max_shift),
    )


def _encode_shifted(vae: Vae, pixels: Pixels) -> torch.Tensor:
    return (most_likely(vae, to_rgb(pixels, vae)) - (vae.config.shift_factor or 0.0)) * vae.config.scaling_factor


def _decode_shifted(vae: Vae, cells: torch.Tensor) -> Pixels:
    return decoded(vae, cells.to(vae.dtype) / vae.config.scaling_factor + (vae.config.shift_factor or 0.0))
