"""Puts the networks of a pipeline where a memory plan says, and moves them while it runs.

diffusers' `enable_model_cpu_offload` is not used for the swap: it copies weights back that never changed, and leaves
the VAE on the device while the denoiser runs.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportPrivateImportUsage=false
# (diffusers and accelerate export lazily and type their functions in part)

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from operator import attrgetter
from typing import NamedTuple, Protocol, cast

import torch
from accelerate.utils import send_to_device
from diffusers.hooks import HookRegistry, apply_group_offloading

from studio.core.memory import MemoryPlan, Placement
from studio.engine.failures import release_memory
from studio.engine.vae_tiling import VaeTiling

_CPU = torch.device("cpu")
_DIFFUSERS_HOOK = "_hf_hook"
_ADAPTER, _ADAPTED_LAYER = "lora_", "base_layer."
"""In the names that peft gives to weights: of its own, and of the layer that it put them around."""
_GROUP_HOOKS = ("group_offloading", "layer_execution_tracker", "lazy_prefetch_group_offloading")

LoadPart = Callable[[str], torch.nn.Module]
"""Loads a part of the model ("text_encoder") from its files once more, on the CPU."""


class HasComponents(Protocol):
    """A pipeline; its networks are modules among its components."""

    @property
    def components(self) -> Mapping[str, object]: ...


class Shelf(Protocol):
    """Where the weights of a part are while it does not run."""

    def put_away(self, part: str, module: torch.nn.Module) -> None:
        """Take the weights off the device."""
        ...

    def bring(self, part: str, module: torch.nn.Module) -> None:
        """Put them on it."""
        ...

    def give_back(self, part: str, module: torch.nn.Module) -> None:
        """Have them in main memory once more, after `put_away`."""
        ...


def compute_device(pipeline: object) -> torch.device:
    """Where `pipeline` computes, wherever its weights are in between."""
    return cast("torch.device", attrgetter("_execution_device")(pipeline))


class HostShelf:
    """Main memory. It keeps the weights that a module came with, so that putting one away copies nothing."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._kept: dict[torch.Tensor, torch.Tensor] = {}

    def put_away(self, part: str, module: torch.nn.Module) -> None:
        for tensor in _tensors(module):
            kept = self._kept.pop(tensor, None)
            tensor.data = tensor.data.to(_CPU) if kept is None else kept

    def bring(self, part: str, module: torch.nn.Module) -> None:
        for tensor in _tensors(module):
            self._kept[tensor] = tensor.data
            tensor.data = tensor.data.to(self._device)

    def give_back(self, part: str, module: torch.nn.Module) -> None:
        """They are there."""


class DiskShelf:
    """The model's own files: for a CPU, which has no other memory than the one that is short.

    Adapters (LoRA) stay: the files do not have them.
    """

    def __init__(self, load_part: LoadPart) -> None:
        self._load_part = load_part
        self._away: set[torch.Tensor] = set()

    def put_away(self, part: str, module: torch.nn.Module) -> None:
        for name, parameter in module.named_parameters():
            if _ADAPTER not in name:
                parameter.data = parameter.data.new_zeros(()).expand(parameter.shape)  # peft asks for shapes
                self._away.add(parameter)

    def bring(self, part: str, module: torch.nn.Module) -> None:
        away = {_name_in_file(name): each for name, each in module.named_parameters() if each in self._away}
        if not away:
            return
        fresh = dict(self._load_part(part).named_parameters())
        for name, parameter in away.items():
            parameter.data = fresh[name].data
            self._away.remove(parameter)

    def give_back(self, part: str, module: torch.nn.Module) -> None:
        self.bring(part, module)


class ComponentSwap:
    """Keeps all its parts away but the one that runs: calling one brings it to `device`."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._parts: dict[str, _SwappedPart] = {}
        self._present: str | None = None

    def add(self, part: str, module: torch.nn.Module, shelf: Shelf) -> None:
        """Its weights go to `shelf` now, and whenever another part runs."""
        hook = _BringBeforeRunning(self, part, module, self._device)
        self._parts[part] = _SwappedPart(module, shelf, hook)
        shelf.put_away(part, module)

    def remove(self, part: str) -> None:
        """Leave its weights on its shelf, and the module without a hook."""
        if part == self._present:
            self._clear()
        self._parts.pop(part).hook.remove()

    def bring(self, part: str) -> None:
        if part == self._present:
            return
        # Weights that are made in inference mode could not be changed outside it.
        with torch.inference_mode(mode=False), torch.no_grad():
            self._clear()
            coming = self._parts[part]
            coming.shelf.bring(part, coming.module)
        self._present = part

    def _clear(self) -> None:
        if self._present is not None:
            leaving = self._parts[self._present]
            leaving.shelf.put_away(self._present, leaving.module)
            self._present = None
            release_memory()


class _SwappedPart(NamedTuple):
    module: torch.nn.Module
    shelf: Shelf
    hook: _BringBeforeRunning


class _BringBeforeRunning:
    """Calls `swap` before the module runs. As its `_hf_hook` diffusers calls it before `encode` and `decode` of a VAE
    too, and reads `execution_device`. The module's `forward` stays its own, unlike with accelerate's hooks."""

    def __init__(self, swap: ComponentSwap, part: str, module: torch.nn.Module, device: torch.device) -> None:
        self._swap = swap
        self._part = part
        self._module = module
        self.execution_device = device
        self._handle = module.register_forward_pre_hook(self._before_forward, with_kwargs=True)
        setattr(module, _DIFFUSERS_HOOK, self)

    def pre_forward(self, _module: torch.nn.Module) -> None:
        self._swap.bring(self._part)

    def remove(self) -> None:
        self._handle.remove()
        delattr(self._module, _DIFFUSERS_HOOK)

    def _before_forward(
        self, _module: torch.nn.Module, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> tuple[tuple[object, ...], dict[str, object]]:
        self._swap.bring(self._part)
        moved = send_to_device((args, kwargs), self.execution_device)
        return cast("tuple[tuple[object, ...], dict[str, object]]", moved)


class PlacedModel:
    """A loaded pipeline, its weights in main memory at first, that computes on `device`. What does not run goes to
    `shelf` where the plan is a swap. Another VAE that is put into the pipeline is placed with the next plan."""

    def __init__(self, pipeline: HasComponents, device: torch.device, shelf: Shelf) -> None:
        self._pipeline = pipeline
        self._parts = {name: part for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)}
        self._own_vae = self._parts["vae"]
        self._device = device
        self._shelf = shelf
        self._placement: Placement | None = None
        self._swap: ComponentSwap | None = None
        self.vae_tiling = VaeTiling(self._own_vae)

    def apply(self, plan: MemoryPlan) -> None:
        """Place the parts as `plan` says. Does nothing where they are so already."""
        self._exchange_vae()
        self.vae_tiling.set(plan.vae_tiled, thrifty=plan.is_tight)
        if plan.placement is not self._placement:
            if self._placement is not None:
                self._undo()
                release_memory()
            self._place(plan.placement)

    def withdraw(self) -> bool:
        """Leave the parts in main memory, without hooks; what they took of the device is given back by the next
        `release_memory`. False where their weights are on the disk only."""
        if self._swap is not None and isinstance(self._shelf, DiskShelf):
            return False
        self._exchange_vae()
        self._undo()
        return True

    def held_bytes(self) -> int:
        """What its weights take of the device's memory now."""
        tensors = chain.from_iterable(_tensors(module) for module in self._parts.values())
        return sum(_held_bytes(tensor) for tensor in tensors if tensor.device.type == self._device.type)

    def _exchange_vae(self) -> None:
        vae = cast("torch.nn.Module", self._pipeline.components["vae"])
        if vae is self._parts["vae"]:
            return
        if self._placement is not None:
            self._take_back("vae", self._placement)
        self._parts["vae"] = vae
        self.vae_tiling = VaeTiling(vae)
        if self._placement is not None:
            self._place_part("vae", self._placement)

    def _place(self, placement: Placement) -> None:
        self._placement = placement
        if placement is Placement.COMPONENT_SWAP:
            self._swap = ComponentSwap(self._device)
        for part in self._parts:
            self._place_part(part, placement)

    def _place_part(self, part: str, placement: Placement) -> None:
        module, shelf = self._parts[part], self._shelf_of(part)
        if self._swap is not None:
            self._swap.add(part, module, shelf)
            return
        shelf.give_back(part, module)
        match placement:
            case Placement.BLOCK_OFFLOAD:
                _stream(module, self._device, by_block=part in {"unet", "transformer"}, ahead=part != "vae")
            case Placement.SEQUENTIAL:
                _stream(module, self._device, by_block=False, ahead=False)
            case _:
                module.to(self._device)

    def _shelf_of(self, part: str) -> Shelf:
        """Main memory for another VAE: the model's files do not have it."""
        is_foreign = part == "vae" and self._parts[part] is not self._own_vae
        return HostShelf(self._device) if is_foreign else self._shelf

    def _undo(self) -> None:
        """Back to main memory (or to the disk, where the shelf is there), without hooks."""
        if self._placement is not None:
            for part in self._parts:
                self._take_back(part, self._placement)
            self._swap = self._placement = None

    def _take_back(self, part: str, placement: Placement) -> None:
        module = self._parts[part]
        if self._swap is not None:
            self._swap.remove(part)
        if placement in {Placement.BLOCK_OFFLOAD, Placement.SEQUENTIAL}:
            _stop_streaming(module)
        module.to(_CPU)


def _stream(module: torch.nn.Module, device: torch.device, *, by_block: bool, ahead: bool) -> None:
    """Have the weights of `module` come to `device` piece by piece as they are needed, or one piece `ahead`."""
    apply_group_offloading(
        module,
        onload_device=device,
        offload_type="block_level" if by_block else "leaf_level",
        num_blocks_per_group=1,
        use_stream=ahead and device.type == "cuda",
    )


def _stop_streaming(module: torch.nn.Module) -> None:
    registry = HookRegistry.check_if_exists_or_initialize(module)
    for hook in _GROUP_HOOKS:
        registry.remove_hook(hook, recurse=True)


def _tensors(module: torch.nn.Module) -> Iterator[torch.Tensor]:
    return chain(module.parameters(), module.buffers())


def _held_bytes(tensor: torch.Tensor) -> int:
    """Less than its size where it is put away."""
    return min(tensor.nbytes, tensor.untyped_storage().nbytes())


def _name_in_file(name: str) -> str:
    """That of a weight before an adapter was put around its layer."""
    return name.replace(_ADAPTED_LAYER, "")
