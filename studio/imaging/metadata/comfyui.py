"""ComfyUI: the graph of nodes that ran as PNG text `prompt` (WebP: an EXIF tag that begins with `prompt:`).

Anybody writes nodes for it: they are known by the names of their inputs rather than their classes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from studio.core.addon_names import LoraTag
from studio.core.geometry import Size
from studio.imaging.metadata import values
from studio.imaging.metadata.comfyui_graph import Graph, Node, link_target, read_graph, value_of, walk_upstream
from studio.imaging.metadata.foreign_settings import ForeignSettings
from studio.imaging.metadata.json_text import as_object
from studio.imaging.metadata.samplers import sampler_called
from studio.imaging.metadata.texts import Texts

_KEY = "prompt"
_SAVING = re.compile(r"save|preview", re.IGNORECASE)
_LATENTS = frozenset({"latent_image", "latent", "latents", "latent_a", "latent_b", "samples", "samples1", "samples2"})
_PICTURES = frozenset({"image", "images", "pixels"})
_CONDITIONING = ("positive", "conditioning", "cond1")
"""What a sampler, or its guider, calls what should be in the picture."""
_SIZES = (("width", "height"), ("empty_latent_width", "empty_latent_height"))
_CHECKPOINT = ("ckpt_name", "unet_name", "base_ckpt_name")
_TEXT = re.compile(r"(text|string|prompt|value|clip_[lgh]|t5xxl|llama)([_ ]?\w)?", re.IGNORECASE)
_NO_TEXT = frozenset(
    {"clip", "clip_vision", "clip_vision_output", "control_net", "mask", "model", "style_model", "vae"}
    | _LATENTS
    | _PICTURES
)
_ZERO = "ConditioningZeroOut"
"""A node behind which no word counts."""
_MOST_LORAS = 64

Value = TypeVar("Value")


def speaks(texts: Texts) -> bool:
    return texts.get(_KEY, "").lstrip()[:1] == "{"


def read(texts: Texts) -> ForeignSettings | None:
    graph = read_graph(texts[_KEY])
    sampler = _sampler(graph)
    return None if sampler is None else _Reader(graph, sampler, _parts_of(graph, sampler)).settings()


def _sampler(graph: Graph) -> Node | None:
    """The sampler that the saved picture comes from: the last one, unless it only goes on with another's noise."""
    visited = set[str]()
    found = _first_sampler(graph, _ends(graph), visited)
    while found is not None and found.inputs.get("add_noise") in ("disable", False):
        before = [link_target(found.inputs.get(name)) for name in sorted(_LATENTS)]
        next_one = _first_sampler(graph, before, visited)
        if next_one is None:
            return found
        found = next_one
    return found


def _first_sampler(graph: Graph, starts: Iterable[str | None], visited: set[str]) -> Node | None:
    """The nearest one to the first of `starts` that comes from any."""
    for start in starts:
        for node in walk_upstream(graph, [start], _any, visited):
            if _is_sampler(node):
                return node
    return None


def _ends(graph: Graph) -> list[str]:
    """Where pictures come out: what saves them, in the order of the graph, then what shows them."""
    found = [key for key, node in graph.items() if _SAVING.search(node.kind) and not _PICTURES.isdisjoint(node.inputs)]
    return sorted(found, key=lambda key: "preview" in graph[key].kind.casefold()) or list(graph)


def _is_sampler(node: Node) -> bool:
    """Not what only repairs a part of a picture, which has no latent image."""
    inputs = node.inputs
    return not _LATENTS.isdisjoint(inputs) and bool({"steps", "sigmas", "sampler_name"} & inputs.keys())


def _any(_name: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads what belongs to one sampler of a graph."""

    graph: Graph
    sampler: Node
    parts: Sequence[Node]
    """The sampler, and what its inputs lead to, nearest first: noise, guider, sigmas. No sampler before this one."""

    def settings(self) -> ForeignSettings | None:
        positive, negative = self._texts()
        prompt = values.prompt(positive, negative)
        if prompt is None:
            return None
        named = sampler_called(
            self._nearest(("sampler_name",), values.words), self._nearest(("scheduler",), values.words)
        )
        checkpoint, loras = self._model()
        return ForeignSettings(
            prompt=prompt,
            scheduler=named.scheduler,
            num_inference_steps=self._nearest(("steps",), values.steps),
            guidance_scale=self._guidance(),
            seed=self._nearest(("seed", "noise_seed"), values.seed),
            size=self._size(),
            schedule=named.schedule,
            guidance_rescale=0.0,
            clip_skip=self._clip_skip(),
            checkpoint_name=checkpoint,
            loras=loras,
            program="ComfyUI",
        )

    def _nearest(self, names: Iterable[str], usable: Callable[[object], Value | None]) -> Value | None:
        """The first value that can be used."""
        for node in self.parts:
            for name in names:
                if name in node.inputs and (value := usable(value_of(self.graph, node, name))) is not None:
                    return value
        return None

    def _guidance(self) -> float | None:
        """FLUX is told its guidance by a node of its own, and has a CFG scale of 1."""
        scale = self._nearest(("cfg",), values.guidance)
        distilled = self._nearest(("guidance",), values.guidance)
        return distilled if distilled is not None and scale in (None, 1.0) else scale

    def _clip_skip(self) -> int | None:
        """ComfyUI counts from the end: -1 is the last layer, the usual one."""
        layer = self._nearest(("stop_at_clip_layer", "clip_skip"), values.whole)
        return 0 if layer is None else values.clip_skip(-1 - layer)

    def _size(self) -> Size | None:
        for node in _upstream_of(self.sampler, self.graph, _is_picture):
            for names in _SIZES:
                if node.inputs.keys() >= set(names):
                    return values.size(*(value_of(self.graph, node, name) for name in names))
        return None

    def _model(self) -> tuple[str | None, tuple[LoraTag, ...]]:
        """The checkpoint, and the LoRAs on the way to it, the first that was put on it first."""
        checkpoint: str | None = None
        loras: list[LoraTag] = []
        for node in _upstream_of(self.sampler, self.graph, _leads_to_model):
            loras[:0] = _loras(node)
            if checkpoint is None:
                found = (values.file_name(value_of(self.graph, node, name)) for name in _CHECKPOINT)
                checkpoint = next((name for name in found if name is not None), None)
        return checkpoint, tuple(loras[:_MOST_LORAS])

    # --- words ---

    def _texts(self) -> tuple[str, str]:
        """What should be in the picture, and what should not."""
        for node in self.parts:
            for name in _CONDITIONING:
                if name in node.inputs:
                    return self._words(node.inputs[name], "positive"), self._words(
                        node.inputs.get("negative"), "negative"
                    )
        return "", ""

    def _words(self, start: object, role: str) -> str:
        """All texts that lead to a conditioning, each once, in their order."""
        found: dict[str, None] = {}
        visited = set[str]()
        waiting = [start]
        while waiting:
            value = waiting.pop()
            target = link_target(value)
            if target is None:
                found[values.words(value).strip()] = None
            elif target not in visited and target in self.graph:
                visited.add(target)
                waiting.extend(reversed(_towards_words(self.graph[target], role)))
        return ", ".join(text for text in found if text)


def _upstream_of(sampler: Node, graph: Graph, follows: Callable[[str], bool]) -> Iterator[Node]:
    """The sampler itself, and the nodes that its inputs lead to."""
    yield sampler
    yield from walk_upstream(
        graph, (link_target(value) for name, value in sampler.inputs.items() if follows(name)), follows
    )


def _parts_of(graph: Graph, sampler: Node) -> Sequence[Node]:
    return tuple(_upstream_of(sampler, graph, lambda name: not _is_picture(name)))


def _is_picture(name: str) -> bool:
    return name in _LATENTS or name in _PICTURES


def _leads_to_model(name: str) -> bool:
    return name.startswith(("model", "guider", "pipe", "base_model", "lora_stack"))


def _towards_words(node: Node, role: str) -> list[object]:
    """The inputs that hold the words, or lead to them. Some nodes pass both the positive and the negative ones."""
    inputs = node.inputs
    if node.kind == _ZERO:
        return []
    of_role = [inputs[name] for name in (role, f"text_{role}", f"{role}_prompt") if name in inputs]
    if of_role:
        return of_role
    if "populated_text" in inputs:  # a wildcard's text, and what was drawn
        return [inputs["populated_text"]]
    texts = [value for name, value in inputs.items() if _TEXT.fullmatch(name) and _is_text_or_link(value)]
    links = [value for name, value in inputs.items() if name not in _NO_TEXT and link_target(value) is not None]
    return texts or links


def _is_text_or_link(value: object) -> bool:
    return isinstance(value, str) or link_target(value) is not None


def _loras(node: Node) -> list[LoraTag]:
    """Of a node that puts one on a model, or several."""
    found = (values.lora(name, weight) for name, weight in (*_single_lora(node), *_switched_loras(node), *_stack(node)))
    return [lora for lora in found if lora is not None]


def _single_lora(node: Node) -> list[tuple[object, object]]:
    inputs = node.inputs
    weights = (inputs[name] for name in ("strength_model", "lora_model_strength", "strength") if name in inputs)
    return [(inputs["lora_name"], next(weights, 1.0))] if "lora_name" in inputs else []


def _switched_loras(node: Node) -> list[tuple[object, object]]:
    """`"lora_1": {"on": true, "lora": "name", "strength": 1}`."""
    entries = [entry for entry in map(as_object, node.inputs.values()) if entry is not None]
    return [(entry.get("lora"), entry.get("strength")) for entry in entries if entry.get("on") is True]


def _stack(node: Node) -> list[tuple[object, object]]:
    """`lora_count` says how many of `lora_name_1`, `lora_wt_1` and so on count."""
    inputs = node.inputs
    count = min(values.whole(inputs.get("lora_count")) or 0, _MOST_LORAS)
    weight = "lora_wt" if inputs.get("input_mode") == "simple" else "model_str"
    return [(inputs.get(f"lora_name_{n}"), inputs.get(f"{weight}_{n}")) for n in range(1, count + 1)]
