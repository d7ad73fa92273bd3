"""How much memory a picture takes and how to fit it into what is free: facts and arithmetic, no torch.

All sizes are bytes. The engine carries a plan out (`studio.engine.placement`), the model manager shows its verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from studio.core.checkpoint import ModelFamily
from studio.core.family import family_traits
from studio.core.geometry import Size


class Placement(StrEnum):
    """Where the weights are while a picture is made, from the fastest to the one that needs least memory."""

    RESIDENT = "resident"
    """All of them on the device."""
    COMPONENT_SWAP = "swap"
    """One network at a time on the device; the others in main memory, or on disk where the CPU is the device."""
    BLOCK_OFFLOAD = "offload"
    """The denoiser's blocks come one after the other, the next while one runs (a stream, on CUDA)."""
    SEQUENTIAL = "sequential"
    """Every layer comes just before it runs."""


ON_ACCELERATOR = tuple(Placement)
ON_CPU = (Placement.RESIDENT, Placement.COMPONENT_SWAP)
"""Where the device computes in main memory only a swap with the disk saves anything."""


class Verdict(StrEnum):
    """Whether a model runs with the memory there is."""

    FITS = "fits"
    FITS_WITH_OFFLOAD = "fits_with_offload"
    DOES_NOT_FIT = "does_not_fit"


@dataclass(frozen=True, slots=True)
class PartSize:
    """One network of a model, in the number type it is loaded in.

    `largest_block` is the largest of those parts of it that run one after the other (`up_blocks.1`), `outside_blocks`
    what belongs to none of them. `width` counts the channels at its full resolution: of the first layer in a denoiser,
    of the last one in a VAE.
    """

    weights: int = 0
    largest_block: int = 0
    outside_blocks: int = 0
    largest_tensor: int = 0
    width: int = 0


@dataclass(frozen=True, slots=True)
class ModelSize:
    """The networks of a model. `item_bytes`: of one number, 4 for float32."""

    text_encoders: tuple[PartSize, ...]
    denoiser: PartSize
    vae: PartSize
    item_bytes: int

    @property
    def weights(self) -> int:
        return self._text_weights + self.denoiser.weights + self.vae.weights

    @property
    def _text_weights(self) -> int:
        return sum(encoder.weights for encoder in self.text_encoders)


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """What a picture will take at most (`peak_bytes`) of what is free for it (`free_bytes`), and how.

    Pictures of a batch are decoded one by one, so that slicing the VAE has nothing to add to tiling.
    """

    placement: Placement
    vae_tiled: bool
    peak_bytes: int
    free_bytes: int

    @property
    def fits(self) -> bool:
        return self.peak_bytes <= self.free_bytes

    @property
    def verdict(self) -> Verdict:
        if not self.fits:
            return Verdict.DOES_NOT_FIT
        return Verdict.FITS if self.placement is Placement.RESIDENT else Verdict.FITS_WITH_OFFLOAD

    @property
    def slowdown(self) -> float:
        """About how many times longer a picture takes than with everything resident."""
        return _SLOWDOWN[self.placement]


_SLOWDOWN = {
    Placement.RESIDENT: 1.0,
    Placement.COMPONENT_SWAP: 1.2,
    Placement.BLOCK_OFFLOAD: 1.5,
    Placement.SEQUENTIAL: 3.0,
}
"""Sequential: 27 against 73 it/s on an RTX 4090 (vladmandic.github.io/sdnext-docs/Benchmark). A stream hides all of the
transfer on slow cards and little of it on fast ones; a swap costs one transfer of the weights for each picture."""

_UNETS = {
    ModelFamily.STABLE_DIFFUSION,
    ModelFamily.STABLE_DIFFUSION_2,
    ModelFamily.STABLE_DIFFUSION_XL,
    ModelFamily.STABLE_DIFFUSION_XL_REFINER,
}
_UNET_NUMBERS = 23
"""Numbers alive at once for each latent cell, in units of the width.

A transformer block at full resolution holds GEGLU's projection (8), its gate and product (4 + 4), the tokens and what
will be added to them (3); the outputs kept for the way up (`UNet2DConditionModel.forward`, down_block_res_samples: 3 at
full resolution, 5 / 4, 10 / 16 and 12 / 64 below it) take the rest."""
_TRANSFORMER_NUMBERS = 16
"""The same for each token of a transformer: a single-stream block (`FluxSingleTransformerBlock`) holds query, key and
value (3), the attention (1), the MLP's hidden layer before and after its activation (4 + 4), both joined (5 in place of
one of these), the tokens and the residual (2)."""
_PIXELS_PER_PATCH = 16
"""Transformers read 2 x 2 cells of 8 x 8 pixels as one token."""
_TEXT_TOKENS = 512
_VAE_NUMBERS = 7
"""The same for each pixel of a VAE's decoder: at full resolution it begins with twice its last width
(`UpDecoderBlock2D`), of which the input, its norm, the activation and a copy in the layout of the convolution live."""
_TILE_PIXELS = 512 * 512
"""diffusers decodes tiles of the VAE's `sample_size`, 512 in a side at most (1024 for SDXL and later)."""
_RUNTIME_BYTES = 64 * 2**20
"""What the libraries keep for themselves once they run: compiled kernels, scratch memory of threads."""


def plan_memory(
    size: ModelSize,
    family: ModelFamily,
    picture: Size,
    free_bytes: int,
    *,
    guided: bool = True,
    ladder: Sequence[Placement] = ON_ACCELERATOR,
) -> MemoryPlan:
    """The fastest way to make a picture that fits into `free_bytes`, else the one that needs least.

    `free_bytes` is what would be free if nothing of the model were loaded. `guided`: with CFG. `ladder`: the placements
    to choose from, the fastest first.
    """
    peaks = _Peaks(size, family, picture, guided=guided)
    plans = [
        MemoryPlan(rung, vae_tiled, peaks.of(rung, vae_tiled=vae_tiled), free_bytes)
        for vae_tiled in (False, True)  # in this order, because tiles change the pixels a little and the rungs do not
        for rung in ladder
    ]
    return next((plan for plan in plans if plan.fits), min(plans, key=lambda plan: plan.peak_bytes))


class _Peaks:
    """What each placement takes at most, over the stages encode, denoise and decode."""

    def __init__(self, size: ModelSize, family: ModelFamily, picture: Size, *, guided: bool) -> None:
        self._size = size
        self._denoising = _denoising_bytes(size, family, picture, guided=guided)
        self._pixels = picture.width * picture.height

    def of(self, placement: Placement, *, vae_tiled: bool) -> int:
        size, denoising = self._size, self._denoising
        decoding = _decoding_bytes(size, min(self._pixels, _TILE_PIXELS) if vae_tiled else self._pixels)
        denoiser, vae = size.denoiser, size.vae
        match placement:
            case Placement.RESIDENT:
                stages = (size.weights + denoising, size.weights + decoding)
            case Placement.COMPONENT_SWAP:
                text = max((encoder.weights for encoder in size.text_encoders), default=0)
                stages = (text, denoiser.weights + denoising, vae.weights + decoding)
            case Placement.BLOCK_OFFLOAD:
                moving = denoiser.outside_blocks + 2 * denoiser.largest_block  # one runs, the next one comes
                stages = (self._largest_layers, moving + denoising, vae.largest_tensor + decoding)
            case Placement.SEQUENTIAL:
                stages = (self._largest_layers, denoiser.largest_tensor + denoising, vae.largest_tensor + decoding)
        return max(stages) + _RUNTIME_BYTES

    @property
    def _largest_layers(self) -> int:
        return max((encoder.largest_tensor for encoder in self._size.text_encoders), default=0)


def _denoising_bytes(size: ModelSize, family: ModelFamily, picture: Size, *, guided: bool) -> int:
    """Beside the weights, while the denoiser runs on a picture and, with CFG, on its unconditional twin."""
    traits = family_traits(family)
    copies = 2 if guided and traits.guided_by_negative else 1
    pixels = picture.width * picture.height
    if family in _UNETS:
        places, numbers = pixels // traits.pixels_per_cell**2, _UNET_NUMBERS
    else:
        places, numbers = pixels // _PIXELS_PER_PATCH**2 + _TEXT_TOKENS, _TRANSFORMER_NUMBERS
    return copies * places * numbers * size.denoiser.width * size.item_bytes


def _decoding_bytes(size: ModelSize, pixels: int) -> int:
    """Beside the weights, while the VAE decodes so many pixels at once."""
    return pixels * _VAE_NUMBERS * size.vae.width * size.item_bytes
