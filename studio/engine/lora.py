"""LoRAs on a loaded model: put on, weighed and taken off without loading the model again.

The work is done by peft through diffusers: it puts a layer around each layer that a LoRA changes, and a layer that is
switched off gives exactly what the one inside it gives.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol, cast

import torch
from diffusers.loaders import peft as diffusers_peft

from studio.core.addon import LoraUse
from studio.core.errors import AddonUnusable
from studio.engine.addon_file import Tensors, read_tensors
from studio.engine.failures import is_out_of_memory
from studio.engine.network_loading import first_line, is_finite
from studio.engine.packed_linear import shown_unpacked
from studio.engine.pipeline_types import Model, TextToImagePipeline

_KEPT = 8
"""LoRAs kept on the device, those last used; a usual one has 20 to 200 MB."""
_UNSUPPORTED = {
    "dora_scale": "a DoRA",
    "hada_w": "a LoHa",
    "lokr_w": "a LoKr",
    "oft_blocks": "an OFT",
    "diff_b": "a full difference",
}
"""Names of tensors that tell other kinds of add-ons, which the libraries drop or misread without a word."""


# diffusers counts layers for weights of single blocks, which are not used here, and fails at a UNet whose blocks have
# different numbers of layers (`layers_per_block` a list; diffusers 0.42, loaders/unet_loader_utils.py).
cast("dict[str, object]", vars(diffusers_peft)["_SET_ADAPTER_SCALE_FN_MAPPING"]).pop("UNet2DConditionModel", None)


class LoraPipeline(Protocol):
    """What diffusers' pipelines for all families have in common."""

    def load_lora_weights(self, weights: Tensors, *, adapter_name: str) -> None: ...
    def set_adapters(self, names: list[str], weights: list[dict[str, float]]) -> None: ...
    def get_list_adapters(self) -> dict[str, list[str]]: ...
    def delete_adapters(self, names: list[str]) -> None: ...
    def enable_lora(self) -> None: ...
    def disable_lora(self) -> None: ...
    def unload_lora_weights(self) -> None: ...


@dataclass(frozen=True, slots=True)
class IdentifiedLora:
    """A LoRA with its strengths, and the sha256 of its file."""

    use: LoraUse
    sha256: str

    @property
    def adapter(self) -> str:
        """What peft calls it: a name without dots."""
        return f"lora_{self.sha256[:32]}"

    @property
    def has_effect(self) -> bool:
        return self.use.weight != 0 or self.use.text_encoder_weight != 0


class LoraStack:
    """The LoRAs of one loaded model: those in use, and some that were, switched off."""

    def __init__(self, pipeline: TextToImagePipeline) -> None:
        self._pipeline = pipeline
        self._adapters = cast("LoraPipeline", pipeline)
        self._loaded: OrderedDict[str, frozenset[str]] = OrderedDict()

    def put_on(self, loras: Sequence[IdentifiedLora]) -> None:
        """Exactly these from now on; one with the weight 0 is not there, and one named twice counts with both weights.

        Raises:
            AddonUnusable: for one that does not fit; those before it stay loaded, but none is in use.
            RuntimeError, MemoryError: torch's own, for want of memory.
        """
        if self._loaded:
            self._adapters.disable_lora()
        wanted = _summed([lora for lora in loras if lora.has_effect])
        for lora in wanted:
            self._require(lora)
        if not wanted:
            return
        self._forget_oldest(keep=len(wanted))
        self._adapters.enable_lora()
        self._adapters.set_adapters([lora.adapter for lora in wanted], [self._weights(lora) for lora in wanted])

    def take_off(self) -> None:
        """None any longer, and no trace of them in the networks."""
        if self._loaded:
            self._adapters.unload_lora_weights()
            self._loaded.clear()

    def _require(self, lora: IdentifiedLora) -> None:
        """Load it unless it is there. A part of the model that was loaded anew has lost it."""
        components = self._components_with(lora.adapter)
        if not components or components != self._loaded.get(lora.adapter):
            self._delete(lora.adapter, components)
            self._load(lora)
            self._loaded[lora.adapter] = self._components_with(lora.adapter)
        self._loaded.move_to_end(lora.adapter)

    def _load(self, lora: IdentifiedLora) -> None:
        name = lora.use.lora.name
        tensors = _checked(read_tensors(lora.use.lora), name, self._text_width())
        try:
            with _several_expected(), shown_unpacked(cast("torch.nn.Module", self._denoiser()), self._denoiser().dtype):
                self._adapters.load_lora_weights(self._as_model(tensors), adapter_name=lora.adapter)
        except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
            self._delete(lora.adapter, self._components_with(lora.adapter))
            if isinstance(error, RuntimeError) and is_out_of_memory(error):
                raise
            raise AddonUnusable(name, first_line(error)) from error
        if not self._components_with(lora.adapter):
            raise AddonUnusable(name, "it changes nothing that this model has")

    def _text_width(self) -> int | None:
        """How wide the text is that the UNet reads; None for a transformer, which says itself what does not fit."""
        unet: object = getattr(self._pipeline, "unet", None)
        return None if unet is None else cast("Model", unet).config.cross_attention_dim

    def _as_model(self, tensors: Tensors) -> Tensors:
        """In the number type of the network that predicts: a VAE may have another. Alphas are factors, not weights."""
        dtype = self._denoiser().dtype
        return {name: tensor if name.endswith(".alpha") else tensor.to(dtype) for name, tensor in tensors.items()}

    def _denoiser(self) -> Model:
        denoiser: object = getattr(self._pipeline, "unet", None) or getattr(self._pipeline, "transformer", None)
        return cast("Model", denoiser)

    def _weights(self, lora: IdentifiedLora) -> dict[str, float]:
        """For each part of the model that the LoRA changes."""
        return {
            component: lora.use.text_encoder_weight if component.startswith("text_encoder") else lora.use.weight
            for component in sorted(self._loaded[lora.adapter])
        }

    def _components_with(self, adapter: str) -> frozenset[str]:
        listed = self._adapters.get_list_adapters()
        return frozenset(component for component, adapters in listed.items() if adapter in adapters)

    def _forget_oldest(self, keep: int) -> None:
        while len(self._loaded) > max(_KEPT, keep):
            adapter, components = self._loaded.popitem(last=False)
            self._delete(adapter, components)

    def _delete(self, adapter: str, components: frozenset[str]) -> None:
        self._loaded.pop(adapter, None)
        if components:
            self._adapters.delete_adapters([adapter])


@contextmanager
def _several_expected() -> Generator[None]:
    """peft warns of a second adapter, which is just what is wanted."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Already found a `peft_config`")
        yield


def _summed(loras: Sequence[IdentifiedLora]) -> list[IdentifiedLora]:
    summed: dict[str, IdentifiedLora] = {}
    for lora in loras:
        before = summed.get(lora.adapter)
        summed[lora.adapter] = lora if before is None else replace(before, use=_sum(before.use, lora.use))
    return list(summed.values())


def _sum(left: LoraUse, right: LoraUse) -> LoraUse:
    def limited(weight: float) -> float:
        return min(max(weight, LoraUse.LOWEST), LoraUse.HIGHEST)

    return LoraUse(
        left.lora,
        limited(left.weight + right.weight),
        limited(left.text_encoder_weight + right.text_encoder_weight),
    )


def _checked(tensors: Tensors, name: str, text_width: int | None) -> Tensors:
    """The tensors, known to be a LoRA for a model that reads text of this width, and finite."""
    for mark, kind in _UNSUPPORTED.items():
        if any(mark in tensor_name for tensor_name in tensors):
            raise AddonUnusable(name, f"{kind}, which is not supported")
    for tensor_name, tensor in tensors.items():
        reads_text = "attn2" in tensor_name and any(part in tensor_name for part in ("to_k", "to_v"))
        is_down = any(part in tensor_name for part in ("lora_down", "lora_A", "lora.down"))
        if text_width is not None and reads_text and is_down and tensor.shape[1] != text_width:
            reason = f"made for a model that reads text of width {tensor.shape[1]}, this one reads {text_width}"
            raise AddonUnusable(name, reason)
        if not is_finite(tensor):
            raise AddonUnusable(name, f"{tensor_name} is not finite")
    return tensors
