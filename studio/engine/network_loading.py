"""Networks from their files, found whole: every weight there, of the right shape, finite, and none left out."""

# pyright: reportUnknownMemberType=false, reportPrivateImportUsage=false
# (diffusers exports lazily and types its constructors in part)

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias, TypedDict, cast

import torch
from accelerate import init_empty_weights
from safetensors import SafetensorError

from studio.core.components import ClassPair
from studio.core.errors import CheckpointDamaged
from studio.engine.config_file import JsonObject
from studio.engine.device import ComputeDevice
from studio.engine.device_memory import weights_in_pages_of_their_own
from studio.engine.failures import blame_no_file
from studio.engine.packed_linear import PackedLinear, keep_packed

StateDict: TypeAlias = dict[str, torch.Tensor]

READING_ERRORS = (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, SafetensorError)
"""What the libraries raise for bad files, by trial; besides them a RuntimeError for tensors of the wrong shape."""


class _LoadingInfo(TypedDict):
    missing_keys: Iterable[str]
    mismatched_keys: Iterable[object]


def class_of(pair: ClassPair) -> type:
    """The class of an allowed pair (`studio.core.components`)."""
    library, name = pair
    return cast("type", getattr(importlib.import_module(library), name))


def load_from_folder(
    folder: Path, weights: Path, pair: ClassPair, variant: str | None, device: ComputeDevice
) -> torch.nn.Module:
    """The network whose `config.json` and weights are in `folder`; `weights` is named if something is wrong with it.

    Raises:
        CheckpointDamaged: if it is not whole.
        RuntimeError, MemoryError: torch's own, for want of memory.
    """
    from_pretrained = cast("Callable[..., tuple[torch.nn.Module, _LoadingInfo]]", class_of(pair).from_pretrained)
    with faults_of(weights), weights_in_pages_of_their_own():
        model, info = from_pretrained(
            folder,
            use_safetensors=True,
            local_files_only=True,
            variant=variant,
            dtype=dtype_for(pair, device, folder),
            output_loading_info=True,
        )
    return _finished(model, info, weights, device)


def load_transformers_state(
    config: Path, weights: Path, pair: ClassPair, state: StateDict, device: ComputeDevice
) -> torch.nn.Module:
    """The text encoder that the `config.json` in the folder `config` describes, with the weights `state`."""
    model_class = class_of(pair)
    from_pretrained = cast("Callable[..., tuple[torch.nn.Module, _LoadingInfo]]", model_class.from_pretrained)
    with faults_of(weights):
        described = cast("Callable[..., object]", model_class.config_class.from_pretrained)(config)
        model, info = from_pretrained(
            None, config=described, state_dict=state, dtype=device.dtype, output_loading_info=True
        )
    return _finished(model, info, weights, device)


def empty_network(pair: ClassPair, config: JsonObject) -> torch.nn.Module:
    """The diffusers network of `config` without any memory for its weights."""
    with init_empty_weights():
        return cast("Callable[..., torch.nn.Module]", class_of(pair).from_config)(config)


def fill_network(model: torch.nn.Module, state: StateDict, weights: Path, device: ComputeDevice) -> torch.nn.Module:
    """Give `model` (of `empty_network`) the weights `state`, which must be just those that it has. Packed ones stay so
    where they are those of a linear layer."""
    with faults_of(weights):
        model.load_state_dict(keep_packed(model, state, device.dtype), strict=True, assign=True)
    return _finished(model, {"missing_keys": (), "mismatched_keys": ()}, weights, device)


def check_state(model: torch.nn.Module, shapes: Mapping[str, torch.Size], weights: Path) -> None:
    """Raises CheckpointDamaged unless `shapes` are just those of the weights of `model`."""
    expected = {name: tensor.shape for name, tensor in model.state_dict().items()}
    missing = sorted(expected.keys() - shapes.keys())
    if missing:
        raise CheckpointDamaged(weights, f"{len(missing)} weights are missing, such as {missing[0]}")
    unexpected = sorted(shapes.keys() - expected.keys())
    if unexpected:
        raise CheckpointDamaged(weights, f"{len(unexpected)} weights too many, such as {unexpected[0]}")
    for name, shape in expected.items():
        if shapes[name] != shape:
            raise CheckpointDamaged(weights, f"{name} has the shape {tuple(shapes[name])}, not {tuple(shape)}")


@contextmanager
def faults_of(weights: Path) -> Generator[None]:
    """Turns what the libraries raise into CheckpointDamaged (or MemoryError where there was no room: they call a file
    bad that they could not map), and restores torch's default number type.

    They load under another one, and leave it behind when they fail: every tensor that is made later, in this session
    and the next, would be of that type.
    """
    before = torch.get_default_dtype()
    try:
        yield
    except (*READING_ERRORS, RuntimeError) as error:
        blame_no_file(error)
        raise CheckpointDamaged(weights, first_line(error)) from error
    finally:
        torch.set_default_dtype(before)


def dtype_for(pair: ClassPair, device: ComputeDevice, folder: Path) -> torch.dtype:
    """The VAE of SDXL gives infinities in half precision, and its configuration says so (`force_upcast`)."""
    if device.dtype is not torch.float16 or pair[1] != "AutoencoderKL":
        return device.dtype
    load_config = cast("Callable[..., JsonObject]", class_of(pair).load_config)
    with faults_of(folder):
        return torch.float32 if load_config(folder, local_files_only=True).get("force_upcast", True) else device.dtype


def first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0] or type(error).__name__


def _finished(model: torch.nn.Module, info: _LoadingInfo, weights: Path, device: ComputeDevice) -> torch.nn.Module:
    _check_complete(weights, info)
    _check_values(weights, model)
    return model.to(device.torch_device).eval()


def _check_complete(path: Path, info: _LoadingInfo) -> None:
    """Without this a network with some weights missing runs, on random numbers."""
    missing = sorted(info["missing_keys"])
    if missing:
        raise CheckpointDamaged(path, f"{len(missing)} weights are missing, such as {missing[0]}")
    if list(info["mismatched_keys"]):
        raise CheckpointDamaged(path, "weights of another shape than config.json says")


def _check_values(path: Path, model: torch.nn.Module) -> None:
    for name, parameter in model.named_parameters():
        if parameter.is_meta:
            raise CheckpointDamaged(path, f"{name} is missing")
        if not is_finite(parameter):
            raise CheckpointDamaged(path, f"{name} is not finite")
    for name, layer in cast("Iterable[tuple[str, torch.nn.Module]]", model.named_modules()):
        if isinstance(layer, PackedLinear) and not is_finite(layer.unpacked()):
            raise CheckpointDamaged(path, f"{name}.weight is not finite")


def is_finite(numbers: torch.Tensor) -> bool:
    """By the extremes, which NaN spoils: 18 GB/s of bfloat16 on one thread, where `isfinite` of each does 0.75."""
    return numbers.numel() == 0 or all(bool(torch.isfinite(extreme)) for extreme in torch.aminmax(numbers))
