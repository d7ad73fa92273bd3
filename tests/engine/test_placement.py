"""Where the weights are: each placement makes the same picture, and what is away takes no room."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel

from studio.core.memory import MemoryPlan, Placement
from studio.engine import vae_tiling
from studio.engine.device import ComputeDevice
from studio.engine.loader import load_checkpoint
from studio.engine.model_folder import open_folder
from studio.engine.placement import DiskShelf, HostShelf, PlacedModel

CPU = torch.device("cpu")
IN_FLOAT32 = ComputeDevice(CPU, torch.float32)


def plan(placement: Placement, *, tiled: bool = False) -> MemoryPlan:
    return MemoryPlan(placement, tiled, 1, 2)


@pytest.fixture
def pipeline(starter):
    return load_checkpoint(starter, IN_FLOAT32).pipeline


@pytest.fixture
def picture(pipeline):
    """Makes a picture with the pipeline, as it is placed."""

    def make() -> np.ndarray:
        generator = torch.Generator().manual_seed(1)
        with torch.inference_mode():
            return pipeline(
                "an apple", width=64, height=64, num_inference_steps=2, generator=generator, output_type="np"
            )[0]

    return make


class Watched:
    """A shelf that remembers what went and came."""

    def __init__(self, shelf) -> None:
        self._shelf = shelf
        self.moves: list[tuple[str, str]] = []
        self.present: set[str] = set()
        self.most_present = 0

    def put_away(self, part, module) -> None:
        self.moves.append(("away", part))
        self.present.discard(part)
        self._shelf.put_away(part, module)

    def bring(self, part, module) -> None:
        self.moves.append(("here", part))
        self.present.add(part)
        self.most_present = max(self.most_present, len(self.present))
        self._shelf.bring(part, module)

    def give_back(self, part, module) -> None:
        self._shelf.give_back(part, module)


@pytest.fixture
def shelf(starter) -> Watched:
    return Watched(DiskShelf(open_folder(starter, IN_FLOAT32).load_part))


@pytest.mark.parametrize("placement", list(Placement))
def test_the_picture_is_the_same_whatever_the_placement(pipeline, picture, shelf, placement) -> None:
    before = picture()
    placed = PlacedModel(pipeline, CPU, shelf)
    placed.apply(plan(placement))
    assert np.array_equal(picture(), before)
    placed.apply(plan(Placement.RESIDENT))
    assert np.array_equal(picture(), before)


def test_from_each_placement_every_other_can_follow(pipeline, picture, shelf) -> None:
    before = picture()
    placed = PlacedModel(pipeline, CPU, shelf)
    for first in Placement:
        for second in Placement:
            placed.apply(plan(first))
            placed.apply(plan(second))
            assert np.array_equal(picture(), before), f"{first} to {second}"


def test_a_swap_holds_one_part_at_a_time(pipeline, picture, shelf) -> None:
    placed = PlacedModel(pipeline, CPU, shelf)
    placed.apply(plan(Placement.COMPONENT_SWAP))
    assert placed.held_bytes() < 2**20, "only buffers stay"
    picture()
    assert [part for move, part in shelf.moves if move == "here"] == ["text_encoder", "unet", "vae"]
    assert shelf.most_present == 1
    assert 0 < placed.held_bytes() < 12 * 2**20, "the VAE, which ran last"


def test_resident_weights_are_counted(pipeline, shelf) -> None:
    placed = PlacedModel(pipeline, CPU, shelf)
    placed.apply(plan(Placement.RESIDENT))
    parts = (pipeline.text_encoder, pipeline.unet, pipeline.vae)
    assert placed.held_bytes() >= sum(weight.nbytes for part in parts for weight in part.parameters())


def test_main_memory_keeps_the_weights_it_came_with(pipeline) -> None:
    shelf, unet = HostShelf(CPU), pipeline.unet
    weights = [parameter.data_ptr() for parameter in unet.parameters()]
    shelf.bring("unet", unet)
    for parameter in unet.parameters():
        parameter.data = parameter.data.clone()  # on another device they would be others
    shelf.put_away("unet", unet)
    assert [parameter.data_ptr() for parameter in unet.parameters()] == weights, "nothing was copied back"


def test_what_was_added_on_the_device_is_kept(pipeline) -> None:
    shelf = HostShelf(CPU)
    shelf.bring("unet", pipeline.unet)
    pipeline.unet.added = torch.nn.Parameter(torch.ones(3))
    shelf.put_away("unet", pipeline.unet)
    assert pipeline.unet.added.tolist() == [1, 1, 1]


def test_layers_come_one_by_one(pipeline, shelf, monkeypatch) -> None:
    from diffusers.hooks.group_offloading import ModuleGroup

    onloaded: list[int] = []
    onload = ModuleGroup.onload_

    def counted(group) -> None:
        onloaded.append(sum(parameter.numel() for module in group.modules for parameter in module.parameters()))
        onload(group)

    monkeypatch.setattr(ModuleGroup, "onload_", counted)
    placed = PlacedModel(pipeline, CPU, shelf)
    whole = sum(parameter.numel() for parameter in pipeline.unet.parameters())
    inputs = (torch.zeros(1, 4, 8, 8), 1, torch.zeros(1, 30, 256))
    largest = {}
    for placement in (Placement.BLOCK_OFFLOAD, Placement.SEQUENTIAL):
        placed.apply(plan(placement))
        onloaded.clear()
        pipeline.unet(*inputs)
        largest[placement] = max(onloaded)
    assert largest[Placement.SEQUENTIAL] < largest[Placement.BLOCK_OFFLOAD] < whole


@torch.no_grad()
def test_a_decode_without_room_goes_on_in_tiles_from_the_same_latents(pipeline, shelf, monkeypatch) -> None:
    placed = PlacedModel(pipeline, CPU, shelf)
    placed.apply(plan(Placement.RESIDENT))
    latents = torch.randn(1, 4, 72, 72, generator=torch.Generator().manual_seed(0))
    whole = pipeline.vae.decode(latents, return_dict=False)[0]
    decoder, sizes = type(pipeline.vae.decoder).forward, []

    def short_of_memory(module, sample, *arguments):
        sizes.append(sample.shape[-1])
        if sample.shape[-1] > 64:
            raise torch.OutOfMemoryError("no room")
        return decoder(module, sample, *arguments)

    monkeypatch.setattr(type(pipeline.vae.decoder), "forward", short_of_memory)
    tiled = pipeline.vae.decode(latents, return_dict=False)[0]
    assert placed.vae_tiling.needed
    assert sizes[0] == 72
    assert max(sizes[1:]) <= 64
    assert tiled.shape == whole.shape
    assert float((tiled - whole).abs().mean()) < 0.1


@torch.no_grad()
@pytest.mark.parametrize(("free", "times"), [(2, 0), (1, 1)])
def test_freed_memory_is_given_back_before_a_decode_only_where_it_is_tight(
    pipeline, shelf, monkeypatch, free: int, times: int
) -> None:
    placed = PlacedModel(pipeline, CPU, shelf)
    trimmed = []
    monkeypatch.setattr(vae_tiling, "trim_heap", lambda: trimmed.append(1))
    placed.apply(MemoryPlan(Placement.RESIDENT, vae_tiled=False, peak_bytes=1, free_bytes=free))
    pipeline.vae.decode(torch.zeros(1, 4, 8, 8))
    assert len(trimmed) == times


def test_an_error_that_is_not_about_memory_is_not_tried_again(pipeline, shelf, monkeypatch) -> None:
    placed = PlacedModel(pipeline, CPU, shelf)
    placed.apply(plan(Placement.RESIDENT))
    runs = []

    def broken(*_arguments):
        runs.append(1)
        raise RuntimeError("shapes cannot be multiplied")

    monkeypatch.setattr(type(pipeline.vae.decoder), "forward", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        pipeline.vae.decode(torch.zeros(1, 4, 8, 8))
    assert runs == [1]
    assert not placed.vae_tiling.needed


def test_no_hook_is_left_on_the_network(pipeline, shelf) -> None:
    placed = PlacedModel(pipeline, CPU, shelf)
    forward = UNet2DConditionModel.forward
    placed.apply(plan(Placement.COMPONENT_SWAP))
    placed.apply(plan(Placement.RESIDENT))
    assert not hasattr(pipeline.unet, "_hf_hook")
    assert pipeline.unet.forward.__func__ is forward


def test_an_adapter_is_kept_and_its_part_swapped_whenever_it_was_added(pipeline, picture, shelf) -> None:
    from peft import LoraConfig

    placed = PlacedModel(pipeline, CPU, shelf)
    plain = picture()
    placed.apply(plan(Placement.COMPONENT_SWAP))
    pipeline.unet.add_adapter(LoraConfig(r=2, target_modules=["to_q"], init_lora_weights=False))
    added_after = picture()
    assert placed.held_bytes() < 12 * 2**20
    placed.apply(plan(Placement.RESIDENT))
    resident = picture()
    placed.apply(plan(Placement.COMPONENT_SWAP))
    added_before = picture()
    assert not np.allclose(resident, plain, atol=1e-2), "or this test shows nothing"
    assert np.array_equal(added_after, resident)
    assert np.array_equal(added_before, resident)


def darker(vae: torch.nn.Module) -> torch.nn.Module:
    other = copy.deepcopy(vae)
    with torch.no_grad():
        other.decoder.layers[-1].bias.sub_(0.3)
    return other


@pytest.mark.parametrize("placement", list(Placement))
def test_another_vae_takes_the_place_of_the_own_one(pipeline, picture, shelf, placement) -> None:
    own, plain = pipeline.vae, picture()
    pipeline.vae = other = darker(own)
    dark = picture()
    pipeline.vae = own
    placed = PlacedModel(pipeline, CPU, shelf)
    placed.apply(plan(placement))
    pipeline.vae = other
    placed.apply(plan(placement, tiled=True))
    assert other.use_tiling
    assert np.array_equal(picture(), dark)
    assert shelf.most_present <= 1
    for following in Placement:
        placed.apply(plan(following))
        assert np.array_equal(picture(), dark), following
    pipeline.vae = own
    placed.apply(plan(placement))
    assert np.array_equal(picture(), plain)
    assert not hasattr(other, "_hf_hook")


def test_another_vae_is_swapped_too(pipeline, picture, shelf) -> None:
    other = darker(pipeline.vae)
    placed = PlacedModel(pipeline, CPU, shelf)
    placed.apply(plan(Placement.COMPONENT_SWAP))
    before = placed.held_bytes()
    pipeline.vae = other
    placed.apply(plan(Placement.COMPONENT_SWAP))
    picture()
    assert [part for move, part in shelf.moves if move == "here"] == ["text_encoder", "unet"]
    assert shelf.present == set(), "the denoiser went when the other VAE ran"
    assert placed.held_bytes() > before


def test_the_own_vae_is_where_it_was_loaded_once_the_model_is_left(pipeline, picture) -> None:
    own, plain = pipeline.vae, picture()
    placed = PlacedModel(pipeline, CPU, HostShelf(CPU))
    pipeline.vae = darker(own)
    placed.apply(plan(Placement.COMPONENT_SWAP))
    pipeline.vae = own
    assert placed.withdraw()
    assert not hasattr(own, "_hf_hook")
    assert np.array_equal(picture(), plain)


def test_what_was_loaded_part_by_part_can_become_resident_at_once(pipeline, picture, shelf) -> None:
    plain = picture()
    for part in ("text_encoder", "unet", "vae"):
        shelf.put_away(part, getattr(pipeline, part))
    PlacedModel(pipeline, CPU, shelf).apply(plan(Placement.RESIDENT))
    assert np.array_equal(picture(), plain)
