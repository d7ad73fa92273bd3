"""How much memory a picture takes and how to fit it into what is free: facts and arithmetic, no torch.

All sizes are bytes. The engine carries a plan out (`studio.engine.placement`), the model manager shows its verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

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
    converted_bytes: int = 0
    """What it takes on disk, where its numbers are converted when they are loaded; else its file is its memory."""
    unpacking: int = 0
    """What the largest of its matrices takes meanwhile where they stay packed (GGUF, 8 bits) until they are used."""

    @property
    def doubled(self) -> PartSize:
        """Loaded in numbers of twice as many bytes."""
        return replace(
            self,
            weights=2 * self.weights,
            largest_block=2 * self.largest_block,
            outside_blocks=2 * self.outside_blocks,
            largest_tensor=2 * self.largest_tensor,
        )


@dataclass(frozen=True, slots=True)
class ModelSize:
    """The networks of a model. `item_bytes`: of one number, 4 for float32; `vae_factor` times that in the VAE.

    `vae_upcasts`: whether its VAE is loaded in float32 where the other networks are in float16. `chosen_vae` is another
    one that decodes in place of the model's own, which stays in main memory.
    """

    text_encoders: tuple[PartSize, ...]
    denoiser: PartSize
    vae: PartSize
    item_bytes: int
    vae_upcasts: bool = False
    vae_factor: int = 1
    chosen_vae: PartSize | None = None

    @property
    def in_float16(self) -> ModelSize:
        """The same model on a device that computes in float16, of which `item_bytes` are 2."""
        if not self.vae_upcasts:
            return self
        chosen = None if self.chosen_vae is None else self.chosen_vae.doubled
        return replace(self, vae=self.vae.doubled, vae_factor=2, chosen_vae=chosen)

    @property
    def parts(self) -> tuple[PartSize, ...]:
        """In the order in which they are loaded."""
        return (*self.text_encoders, self.denoiser, self.vae)

    @property
    def weights(self) -> int:
        return sum(part.weights for part in self.parts)


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
    def is_tight(self) -> bool:
        """Whether what is done with memory has to be thrifty: two such pictures would not fit."""
        return 2 * self.peak_bytes > self.free_bytes

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


class _Denoising(NamedTuple):
    """What a denoiser holds besides its weights: `numbers` of them alive at once for each place (a latent cell, or a
    token), in units of its width; a place is `pixels` in a side, and `text_tokens` come on top. With CFG all of
    it is there twice, unless the two predictions are made one after the other (`in_turn`)."""

    numbers: float
    pixels: int
    text_tokens: int = 0
    in_turn: bool = False


_DENOISING: Mapping[ModelFamily, _Denoising] = {
    ModelFamily.STABLE_DIFFUSION: _Denoising(26, 8),
    ModelFamily.STABLE_DIFFUSION_2: _Denoising(26, 8),
    ModelFamily.STABLE_DIFFUSION_XL: _Denoising(16, 8),
    ModelFamily.STABLE_DIFFUSION_XL_REFINER: _Denoising(16, 8),
    ModelFamily.STABLE_DIFFUSION_3: _Denoising(12.5, 16, 333),
    ModelFamily.FLUX: _Denoising(17.5, 16, 512),
    ModelFamily.FLUX_2: _Denoising(17.5, 16, 512),
    ModelFamily.Z_IMAGE: _Denoising(16, 16, 512),
    ModelFamily.QWEN_IMAGE: _Denoising(15, 16, 512, in_turn=True),
}
"""Counted by following every tensor of a forward pass of diffusers' own classes on the meta device, at 256 to 1024
pixels: the numbers do not depend on the size. UNets with attention at full resolution peak in the last of its blocks,
where GEGLU's projection (8 widths), gate and product (4 + 4) meet the tokens and the outputs kept for the way up;
SDXL's in its last residual block; transformers where query, key, value and the MLP's hidden layer (4) meet."""
_DECODER_NUMBERS = 6.0
"""The same for each pixel in units of the VAE's last width: `UpDecoderBlock2D` begins with twice that width at full
resolution, and holds the input, its norm and the activation of it."""
_CPU_DENOISING, _CPU_DECODING = 1.6, 1.3
"""On a CPU convolutions copy their input, output and weights into a layout of their own (oneDNN): peaks of the resident
set in processes of their own were 1.6 and 1.3 times what the tensors take."""
_ACCELERATOR_DENOISING, _ACCELERATOR_DECODING = 1.1, 1.6
"""The allocator hands out memory in pieces of 2 and 20 MiB, of which some stay half used. cuDNN takes scratch memory
for convolutions at full resolution: an H100 took 1.3 GB to decode 512 x 512 pixels in float32, 0.8 of it tensors."""
_TILE_PIXELS = 512 * 512
"""diffusers decodes tiles of the VAE's `sample_size`, 512 in a side for most."""
_LOADING_BYTES, _RUNNING_BYTES = 32 * 2**20, 120 * 2**20
"""What the libraries keep for themselves: code, compiled kernels and scratch memory, most of it once a network runs."""


def plan_memory(
    size: ModelSize,
    family: ModelFamily,
    picture: Size,
    free_bytes: int,
    *,
    guided: bool = True,
    in_main_memory: bool = False,
    ladder: Sequence[Placement] | None = None,
) -> MemoryPlan:
    """The fastest way to make a picture that fits into `free_bytes`, else the one that needs least.

    `free_bytes` is what would be free if nothing of the model were loaded. `guided`: with CFG. `in_main_memory`: a CPU
    makes the picture. `ladder`: the placements to choose from, the fastest first; all that make sense if left out.
    """
    if ladder is None:
        ladder = ON_CPU if in_main_memory else ON_ACCELERATOR
    stages = _Stages(size, family, picture, guided=guided, in_main_memory=in_main_memory)
    plans = [
        MemoryPlan(rung, vae_tiled, stages.peak(rung, vae_tiled=vae_tiled), free_bytes)
        for vae_tiled in (False, True)  # in this order, because tiles change the pixels a little and the rungs do not
        for rung in ladder
    ]
    return next((plan for plan in plans if plan.fits), min(plans, key=lambda plan: plan.peak_bytes))


class _Stages:
    """What loading, encoding, denoising and decoding take with each placement; the largest is the peak."""

    def __init__(
        self, size: ModelSize, family: ModelFamily, picture: Size, *, guided: bool, in_main_memory: bool
    ) -> None:
        self._size = size
        self._in_main_memory = in_main_memory
        self._pixels = picture.width * picture.height
        self._denoising = _denoising_bytes(size, family, picture, guided=guided)
        self._denoising *= _CPU_DENOISING if in_main_memory else _ACCELERATOR_DENOISING
        self._denoising += size.denoiser.unpacking
        self._vae = size.chosen_vae or size.vae
        self._beside = 0 if size.chosen_vae is None else size.chosen_vae.weights
        """Of a chosen VAE, which comes beside the model's own."""

    def peak(self, placement: Placement, *, vae_tiled: bool) -> int:
        size, denoising, decoding = self._size, self._denoising, self._decoding(vae_tiled=vae_tiled)
        denoiser, vae = size.denoiser, self._vae
        match placement:
            case Placement.RESIDENT:
                weights = self._resident()
                loading, running = self._loading_all(), (weights + denoising, weights + decoding)
            case Placement.COMPONENT_SWAP:
                kept = self._beside if self._in_main_memory else 0  # no file of the model has it: it is not put away
                loading = self._loading_each()
                running = (denoiser.weights + kept + denoising, vae.weights + decoding)
            case Placement.BLOCK_OFFLOAD:
                moving = denoiser.outside_blocks + 2 * denoiser.largest_block  # one runs, the next one comes
                loading, running = self._text_layer(), (moving + denoising, vae.largest_tensor + decoding)
            case Placement.SEQUENTIAL:
                layer = denoiser.largest_tensor
                loading, running = self._text_layer(), (layer + denoising, vae.largest_tensor + decoding)
        return int(max(loading + _LOADING_BYTES, max(running) + _RUNNING_BYTES))

    def _decoding(self, *, vae_tiled: bool) -> float:
        pixels = min(self._pixels, _TILE_PIXELS) if vae_tiled else self._pixels
        numbers = pixels * _DECODER_NUMBERS * self._vae.width
        item_bytes = self._size.item_bytes * self._size.vae_factor
        return numbers * item_bytes * (_CPU_DECODING if self._in_main_memory else _ACCELERATOR_DECODING)

    def _resident(self) -> int:
        """On a card only one of two VAEs is resident; the other one waits in main memory."""
        spare = self._size.vae.weights if self._beside and not self._in_main_memory else 0
        return self._size.weights + self._beside - spare

    def _loading_all(self) -> int:
        """Parts come one after the other; one whose numbers are converted has its file in memory meanwhile."""
        loaded = peak = 0
        for part in self._size.parts:
            loaded += part.weights
            peak = max(peak, loaded + self._file_bytes(part))
        return max(peak, self._resident() + self._file_bytes(self._vae))

    def _loading_each(self) -> int:
        return max(part.weights + self._file_bytes(part) for part in (*self._size.parts, self._vae))

    def _file_bytes(self, part: PartSize) -> int:
        return part.converted_bytes if self._in_main_memory else 0

    def _text_layer(self) -> int:
        return max((encoder.largest_tensor for encoder in self._size.text_encoders), default=0)


def _denoising_bytes(size: ModelSize, family: ModelFamily, picture: Size, *, guided: bool) -> float:
    """Of the tensors alive while the denoiser runs on a picture and, with CFG, on its unconditional twin.

    Guidance that was distilled into a model is a number that it reads: no twin comes with it.
    """
    cost = _DENOISING[family]
    twins = 2 if guided and family_traits(family).guided_by_negative and not cost.in_turn else 1
    places = (picture.width // cost.pixels) * (picture.height // cost.pixels) + cost.text_tokens
    return twins * places * cost.numbers * size.denoiser.width * size.item_bytes
