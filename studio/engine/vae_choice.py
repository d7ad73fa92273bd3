"""Another VAE in a loaded model, without loading the rest of it again."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportPrivateImportUsage=false
# (diffusers exports lazily and types its constructors in part; `pipeline_types` has the missing types)

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import torch
from accelerate import init_empty_weights
from diffusers import AutoencoderKL, AutoencoderTiny
from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint

from studio.core.addon import Addon
from studio.core.errors import AddonUnusable, CheckpointError
from studio.engine.addon_file import Tensors, read_tensors
from studio.engine.config_file import JsonObject, read_config
from studio.engine.network_loading import is_finite
from studio.engine.pipeline_types import TextToImagePipeline, Vae

_CLASSES: Mapping[str, type[AutoencoderKL | AutoencoderTiny]] = {
    "AutoencoderKL": AutoencoderKL,
    "AutoencoderTiny": AutoencoderTiny,
}
_OLD_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
"""Names from before diffusers 0.18, which many files still have."""


class VaeChoice:
    """The VAE of one loaded model: its own, or the one that was chosen last."""

    def __init__(self, pipeline: TextToImagePipeline) -> None:
        self._pipeline = pipeline
        self._own = pipeline.vae
        self._chosen: tuple[str, Vae] | None = None

    def use(self, addon: Addon | None, sha256: str) -> None:
        """This VAE from now on, with None the model's own. `sha256` is that of its file. It comes into main memory;
        `PlacedModel` brings it to the device.

        Raises:
            AddonUnusable: for one that does not fit; then the model has its own.
            RuntimeError, MemoryError: torch's own, for want of memory.
        """
        self._pipeline.vae = self._own
        if addon is None:
            return
        if not isinstance(self._own, AutoencoderKL | AutoencoderTiny):
            raise AddonUnusable(addon.name, "models of this family have a VAE of their own kind")
        if self._chosen is None or self._chosen[0] != sha256:
            self._chosen = (sha256, self._load(addon))
        self._pipeline.vae = self._chosen[1]

    def _load(self, addon: Addon) -> Vae:
        tensors = read_tensors(addon)
        try:
            model = self._build(addon, tensors)
        except (CheckpointError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise AddonUnusable(addon.name, str(getattr(error, "reason", error))) from error
        _fill(model, tensors, addon.name)
        vae = cast("Vae", model.to(self._own.dtype).eval())
        self._check_fit(vae, addon.name)
        return vae

    def _build(self, addon: Addon, tensors: Tensors) -> torch.nn.Module:
        """The network without weights; brings the names of `tensors` into diffusers' form."""
        with init_empty_weights():
            if addon.path.is_dir():
                _rename_attention(tensors)
                return _from_folder(addon)
            if "encoder.layers.0.weight" in tensors:
                channels = tensors["decoder.layers.0.weight"].shape[1]
                return _make(AutoencoderTiny, {"latent_channels": channels})  # it works on scaled latents
            return self._autoencoder_kl(tensors)

    def _autoencoder_kl(self, tensors: Tensors) -> torch.nn.Module:
        """Its size is told by its tensors. The scale of the latents belongs to the UNet: it is that of its own VAE."""
        _strip(tensors, "first_stage_model.")
        config = _kl_config(tensors)
        if any(name.startswith("encoder.down.") for name in tensors):
            converted = cast("Tensors", convert_ldm_vae_checkpoint(tensors, config))
            tensors.clear()
            tensors.update(converted)
        _rename_attention(tensors)
        own = cast("Mapping[str, object]", self._own.config)
        scale = {"scaling_factor": own["scaling_factor"], "shift_factor": own.get("shift_factor")}
        return _make(AutoencoderKL, {**config, **(scale if isinstance(self._own, AutoencoderKL) else {})})

    def _check_fit(self, vae: Vae, name: str) -> None:
        channels, own_channels = vae.config.latent_channels, self._own.config.latent_channels
        if channels != own_channels:
            raise AddonUnusable(name, f"its latents have {channels} channels, the model's {own_channels}")
        factor = _pixels_per_cell(vae)
        if factor != self._pipeline.vae_scale_factor:
            reason = f"its latent cells have {factor} pixels a side, the model's {self._pipeline.vae_scale_factor}"
            raise AddonUnusable(name, reason)


def _from_folder(addon: Addon) -> torch.nn.Module:
    config = read_config(addon.path, "config.json")
    kind = _CLASSES.get(str(config.get("_class_name")))
    if kind is None:
        raise AddonUnusable(addon.name, f"a {config.get('_class_name')}, which is not supported")
    from_config = cast("Callable[[JsonObject], torch.nn.Module]", kind.from_config)
    return from_config(config)


def _make(kind: type[AutoencoderKL | AutoencoderTiny], config: Mapping[str, object]) -> torch.nn.Module:
    construct = cast("Callable[..., torch.nn.Module]", kind)
    return construct(**config)


def _kl_config(tensors: Tensors) -> dict[str, object]:
    """Of a file with the names of Stable Diffusion's own code or of diffusers."""
    old = "encoder.down.{}.block.{}.conv1.weight"
    new = "encoder.down_blocks.{}.resnets.{}.conv1.weight"
    name = old if old.format(0, 0) in tensors else new
    if name.format(0, 0) not in tensors:
        raise ValueError("no VAE of a known kind")
    blocks = _count(lambda block: name.format(block, 0), tensors)
    return {
        "block_out_channels": tuple(tensors[name.format(block, 0)].shape[0] for block in range(blocks)),
        "layers_per_block": _count(lambda layer: name.format(0, layer), tensors),
        "down_block_types": ("DownEncoderBlock2D",) * blocks,
        "up_block_types": ("UpDecoderBlock2D",) * blocks,
        "latent_channels": tensors["decoder.conv_in.weight"].shape[1],
        "norm_num_groups": 32,
        "use_quant_conv": "quant_conv.weight" in tensors,
        "use_post_quant_conv": "post_quant_conv.weight" in tensors,
    }


def _count(name: Callable[[int], str], tensors: Tensors) -> int:
    number = 0
    while name(number) in tensors:
        number += 1
    return number


def _strip(tensors: Tensors, prefix: str) -> None:
    """Of a file cut out of a whole model."""
    for name in [name for name in tensors if name.startswith(prefix)]:
        tensors[name.removeprefix(prefix)] = tensors.pop(name)


def _rename_attention(tensors: Tensors) -> None:
    for name in [name for name in tensors if "mid_block.attentions." in name]:
        *place, part, kind = name.split(".")
        if part in _OLD_ATTENTION:
            tensor = tensors.pop(name)
            tensors[".".join([*place, _OLD_ATTENTION[part], kind])] = tensor.reshape(tensor.shape[:2])


def _fill(model: torch.nn.Module, tensors: Tensors, name: str) -> None:
    """Raises AddonUnusable: if a weight is missing, of another shape, or not finite."""
    try:
        missing = cast("list[str]", model.load_state_dict(tensors, strict=False, assign=True).missing_keys)
    except RuntimeError as error:
        raise AddonUnusable(name, "weights of another shape than its configuration says") from error
    if missing:
        raise AddonUnusable(name, f"{len(missing)} weights are missing, such as {missing[0]}")
    for weight, parameter in model.named_parameters():
        if not is_finite(parameter):
            raise AddonUnusable(name, f"{weight} is not finite")


def _pixels_per_cell(vae: Vae) -> int:
    config = cast("Mapping[str, object]", vae.config)
    blocks = config.get("block_out_channels", config.get("encoder_block_out_channels"))
    return 2 ** (len(cast("tuple[int, ...]", blocks)) - 1)
