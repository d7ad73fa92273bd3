"""Graphs as people build them: several samplers, words on long ways, values in nodes of their own, damage."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import cast

import pytest

from studio.core.addon_names import LoraTag
from studio.core.geometry import Size
from studio.core.request import Prompt
from studio.imaging.metadata.comfyui import read, speaks
from studio.imaging.metadata.foreign_settings import ForeignSettings
from tests.helpers.growth import grows_with_length_alone
from tests.unit.imaging.metadata.samples import COMFYUI_GRAPH, Graph, comfyui, node


def settings_of(graph: Graph) -> ForeignSettings | None:
    texts = comfyui(graph)
    assert speaks(texts)
    return read(texts)


def changed(**nodes: dict[str, object] | None) -> Graph:
    """The usual graph, with nodes added or replaced (`n6=...` is node 6), or taken away."""
    graph = COMFYUI_GRAPH | {name.removeprefix("n"): content for name, content in nodes.items() if content is not None}
    return {name: content for name, content in graph.items() if nodes.get(f"n{name}", content) is not None}


def sampler(**inputs: object) -> dict[str, object]:
    before = cast("dict[str, object]", COMFYUI_GRAPH["3"]["inputs"])
    return node("KSampler", **(before | inputs))


def prompt_of(graph: Graph) -> Prompt:
    settings = settings_of(graph)
    assert settings is not None
    return settings.prompt


def test_words_are_found_behind_whatever_works_on_them() -> None:
    graph = changed(
        n3=sampler(positive=["20", 0], negative=["20", 1]),
        n20=node("ControlNetApplyAdvanced", positive=["21", 0], negative=["7", 0], control_net=["30", 0], strength=1),
        n21=node("ConditioningCombine", conditioning_1=["22", 0], conditioning_2=["6", 0]),
        n22=node("ConditioningSetArea", conditioning=["23", 0], width=8, height=8, x=0, y=0, strength=1),
        n23=node("CLIPTextEncodeSDXL", text_g="the sea", text_l="the sea", width=1024, height=1024, clip=["11", 0]),
        n30=node("ControlNetLoader", control_net_name="canny.safetensors"),
    )
    assert prompt_of(graph) == Prompt("the sea, a red apple", "blurry")


def test_a_loader_that_holds_the_words_itself() -> None:
    graph = changed(
        n3=sampler(model=["20", 0], positive=["20", 1], negative=["20", 2]),
        n20=node(
            "Efficient Loader", ckpt_name="xl.ckpt", lora_name="None", clip_skip=-1, positive="sea", negative="ugly"
        ),
    )
    settings = settings_of(graph)
    assert settings is not None
    assert (settings.prompt, settings.checkpoint_name) == (Prompt("sea", "ugly"), "xl")
    assert (settings.loras, settings.clip_skip) == ((), 0)


def test_what_is_set_to_zero_says_nothing() -> None:
    graph = changed(n3=sampler(negative=["20", 0]), n20=node("ConditioningZeroOut", conditioning=["6", 0]))
    assert prompt_of(graph) == Prompt("a red apple", "")


def test_of_a_wildcard_the_drawn_words_count() -> None:
    wildcard = node("ImpactWildcardProcessor", wildcard_text="__fruit__", populated_text="a pear", mode=True)
    assert prompt_of(changed(n6=node("CLIPTextEncode", text=["20", 0]), n20=wildcard)).text == "a pear"


def test_the_last_sampler_counts_and_its_size_is_where_its_latents_come_from() -> None:
    graph = changed(
        n8=node("VAEDecode", samples=["20", 0], vae=["4", 2]),
        n20=sampler(seed=7, steps=10, denoise=0.5, positive=["22", 0], latent_image=["21", 0]),
        n21=node("LatentUpscale", samples=["3", 0], width=1024, height=1536),
        n22=node("CLIPTextEncode", text="more detail", clip=["4", 1]),
    )
    settings = settings_of(graph)
    assert settings is not None
    assert (settings.seed, settings.num_inference_steps, settings.size) == (7, 10, Size(1024, 1536))
    assert settings.prompt.text == "more detail"


def test_a_refiner_goes_on_with_the_noise_of_the_sampler_before_it() -> None:
    graph = changed(
        n8=node("VAEDecode", samples=["20", 0], vae=["4", 2]),
        n20=node(
            "KSamplerAdvanced",
            add_noise="disable",
            noise_seed=0,
            steps=30,
            cfg=8,
            model=["21", 0],
            latent_image=["3", 0],
        ),
        n21=node("CheckpointLoaderSimple", ckpt_name="refiner.safetensors"),
    )
    settings = settings_of(graph)
    assert settings is not None
    assert (settings.seed, settings.checkpoint_name) == (42, "dreamshaper_8")


def test_what_is_saved_counts_before_what_is_only_shown() -> None:
    other = {"30": sampler(seed=7), "31": node("PreviewImage", images=["30", 0])}
    settings = settings_of(other | COMFYUI_GRAPH)
    assert settings is not None
    assert settings.seed == 42


def test_values_are_found_in_nodes_of_their_own() -> None:
    graph = changed(
        n3=sampler(seed=["20", 3], steps=["21", 0]), n20=node("Seed (rgthree)", seed=9), n21=node("Int", value="12")
    )
    settings = settings_of(graph)
    assert settings is not None
    assert (settings.seed, settings.num_inference_steps) == (9, 12)


def test_loras_are_named_in_the_order_in_which_they_were_put_on() -> None:
    graph = changed(
        n3=sampler(model=["20", 0]),
        n20=node("LoraLoaderModelOnly", lora_name="last.safetensors", strength_model=-0.5, model=["10", 0]),
    )
    settings = settings_of(graph)
    assert settings is not None
    assert settings.loras == (LoraTag("ink", 0.8, 0.8), LoraTag("last", -0.5, -0.5))


def test_a_loader_with_a_stack_of_loras_and_its_own_empty_picture() -> None:
    """Of the Efficiency nodes, which pass everything on from one sampler to the next."""
    loader = {
        "ckpt_name": "xl.ckpt",
        "lora_name": "None",
        "lora_stack": ["21", 0],
        "positive": "sea",
        "negative": "ugly",
    }
    stack = {
        "input_mode": "simple",
        "lora_count": 1,
        "lora_name_1": "ink.safetensors",
        "lora_wt_1": 1.2,
        "model_str_1": 9,
    }
    passed_on = {"model": ["3", 0], "positive": ["3", 1], "negative": ["3", 2], "latent_image": ["24", 0]}
    graph = changed(
        n3=sampler(model=["20", 0], positive=["20", 1], negative=["20", 2], latent_image=["20", 3]),
        n8=node("VAEDecode", samples=["23", 0], vae=["4", 2]),
        n20=node("Efficient Loader", empty_latent_width=["22", 0], empty_latent_height=640, **loader),
        n21=node("LoRA Stacker", lora_name_2="unused.safetensors", lora_wt_2=1, **stack),
        n22=node("Int", Number="512"),
        n23=sampler(seed=7, **passed_on),
        n24=node("Latent Input Switch", boolean=True, latent_a=["3", 3], latent_b=["3", 3]),
    )
    settings = settings_of(graph)
    assert settings is not None
    assert (settings.prompt, settings.checkpoint_name) == (Prompt("sea", "ugly"), "xl")
    assert (settings.seed, settings.size) == (7, Size(512, 640))
    assert settings.loras == (LoraTag("ink", 1.2, 1.2),)


def test_not_a_number_is_a_number_there() -> None:
    graph = changed(n6=node("CLIPTextEncode", text="a red apple") | {"is_changed": [float("nan")]})
    assert "NaN" in comfyui(graph)["prompt"]
    assert prompt_of(graph).text == "a red apple"


@pytest.mark.parametrize(
    "damage",
    [
        {"n6": node("Loop", conditioning=["6", 0])},
        {"n6": node("Loop", text=["20", 0]), "n20": node("Loop", text=["6", 0])},
        {"n6": node("Lost", text=["999", 0])},
        {"n6": node("List", text=["a", "list", "of", "words"])},
        {"n6": node("List", text=[["6", 0], 0])},
        {"n6": node("Number", text=10**300)},
        {"n6": node("Object", text={"text": "a"})},
        {"n6": None},
        {"n6": {"class_type": ["CLIPTextEncode"], "inputs": {"text": "a"}}},
        {"n6": {"class_type": "CLIPTextEncode", "inputs": [["text", "a"]]}},
    ],
    ids=str,
)
def test_words_that_cannot_be_found_leave_the_rest(damage: dict[str, dict[str, object] | None]) -> None:
    settings = settings_of(changed(**damage))
    assert settings is not None
    assert (settings.prompt, settings.seed) == (Prompt("", "blurry"), 42)


def test_values_that_lead_in_circles_are_not_there() -> None:
    graph = changed(
        n3=sampler(seed=["20", 0], model=["10", 0], latent_image=["3", 0]),
        n10=node("LoraLoader", lora_name="ink", strength_model=float("inf"), model=["10", 0]),
        n20=node("Loop", seed=["20", 0]),
    )
    settings = settings_of(graph)
    assert settings is not None
    assert (settings.seed, settings.checkpoint_name, settings.size) == (None, None, None)
    assert settings.loras == (LoraTag("ink", 1.0, 1.0),)


@pytest.mark.parametrize(
    "text", ["{}", "{", "[]", '{"1": 2}', '{"1": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}}', "null"]
)
def test_what_is_no_graph_tells_nothing(text: str) -> None:
    assert read({"prompt": text}) is None


def test_a_graph_without_a_sampler_and_one_that_is_far_too_large_tell_nothing() -> None:
    assert settings_of(changed(n3=None)) is None
    many = {str(number): node("Note", text="x") for number in range(100, 20_100)}
    assert settings_of(COMFYUI_GRAPH | many) is None


def chain(count: int) -> dict[str, object]:
    return {str(100 + number): node("Any", conditioning=[str(101 + number), 0]) for number in range(count)}


def star(count: int) -> dict[str, object]:
    """As many pictures that are saved from no sampler."""
    rays = {str(100 + number): node("SaveImage", images=["99", 0], model=["98", 0]) for number in range(count)}
    return rays | {"99": node("Any", **{f"conditioning_{number}": [str(100 + number), 0] for number in range(count)})}


@pytest.mark.parametrize("shape", [chain, star])
def test_large_graphs_cost_no_more_than_their_length(shape: Callable[[int], dict[str, object]]) -> None:
    def reading(count: int) -> Callable[[], object]:
        text = json.dumps(shape(count) | changed(n3=sampler(positive=["100", 0], negative=["101", 0])))
        assert read({"prompt": text}) is not None
        return lambda: read({"prompt": text})

    assert grows_with_length_alone(reading, 12_000)
