"""Whatever a file says: no dialect raises, takes long, or gives a setting that cannot be used."""

from __future__ import annotations

import copy
import json
import math
import os
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.imaging.metadata.dialects import read_foreign
from studio.imaging.metadata.foreign_settings import ForeignSettings
from tests.helpers.growth import grows_with_length_alone
from tests.unit.imaging.metadata import samples
from tests.unit.imaging.metadata.hostile import KEYS, hostile_texts

Place: TypeAlias = "tuple[Any, Any]"
"""A container of a JSON document, and a key or index in it."""

CASES = int(os.environ.get("METADATA_CASES", "20000"))
"""Of all tests here together."""
SAMPLES = (
    samples.A1111,
    samples.FOOOCUS,
    samples.SWARMUI,
    samples.INVOKEAI,
    samples.INVOKEAI_2,
    samples.NOVELAI,
    samples.NOVELAI_WEBP,
    samples.NOVELAI_CHARACTERS,
    samples.COMFYUI,
    samples.COMFYUI_FLUX,
)
DOCUMENTS = (
    (samples.FOOOCUS, "parameters"),
    (samples.SWARMUI, "parameters"),
    (samples.INVOKEAI, "invokeai_metadata"),
    (samples.INVOKEAI_2, "sd-metadata"),
    (samples.NOVELAI_CHARACTERS, "Comment"),
    (samples.NOVELAI_WEBP, "parameters"),
    (samples.COMFYUI, "prompt"),
    (samples.COMFYUI_FLUX, "prompt"),
)
STRANGE = (
    None, True, 0, -1, 10**30, 10**400, 1.5, -0.0, math.nan, math.inf, -math.inf, "", "\ud800", "\0", "None", "1e999",
    "9" * 5000, "x" * 20_000, "../../etc/passwd", "<lora:a:1>", "nan", [], [[]], ["3", 0], ["3", "0"], [3, 0], ["6", 0],
    ["9", -1], [["3", 0], 0], {}, {"text": "a"}, {"class_type": "KSampler", "inputs": {}}, {"on": True, "lora": 1},
)  # fmt: skip

numbers = st.integers(0, 10_000)
edits = st.lists(st.tuples(numbers, st.sampled_from((0, 1, 30)), st.text(max_size=5)), min_size=1, max_size=3)
changes = st.lists(st.tuples(numbers, st.sampled_from(STRANGE)), min_size=1, max_size=4)
many = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


def check(texts: dict[str, str]) -> None:
    """What is read can be stored, shown and used: the types say most of it."""
    found = read_foreign(texts)
    if found is None:
        return
    assert isinstance(found, ForeignSettings)
    names = (found.prompt.text, found.prompt.negative, found.vae, found.checkpoint_name, found.program)
    for name in (*names, *(lora.name for lora in found.loras)):
        assert name is None or (name.encode() is not None and len(name) <= 10_000)
    assert found.seed is None or 0 <= found.seed < 2**64
    assert found.guidance_scale is None or 0 <= found.guidance_scale <= 30
    assert found.num_inference_steps is None or 1 <= found.num_inference_steps <= 150
    assert all(math.isfinite(lora.weight) for lora in found.loras)


@settings(max_examples=CASES // 2 // len(SAMPLES), **many)
@given(where=numbers, edits=edits)
def test_texts_that_were_edited_anywhere(where: int, edits: list[tuple[int, int, str]]) -> None:
    for texts in SAMPLES:
        key = sorted(texts)[where % len(texts)]
        text = texts[key]
        for position, removed, inserted in edits:
            begin = position % (len(text) + 1)
            text = text[:begin] + inserted + text[begin + removed :]
        check(texts | {key: text})


@settings(max_examples=CASES * 4 // 10 // len(DOCUMENTS), **many)
@given(changes=changes)
def test_documents_with_a_strange_value_anywhere(changes: list[tuple[int, object]]) -> None:
    for texts, key in DOCUMENTS:
        document = json.loads(texts[key])
        for where, value in changes:
            places = list(places_in(document))
            if places:
                container, place = places[where % len(places)]
                container[place] = copy.deepcopy(value)
        check(texts | {key: json.dumps(document)})


def places_in(value: Any) -> Iterator[Place]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for place, content in inside:
        yield value, place
        yield from places_in(content)


@settings(max_examples=CASES // 10, **many)
@given(texts=st.dictionaries(st.sampled_from((*KEYS, "Software", "Source", "Description")), st.text(max_size=40)))
def test_any_texts_at_all(texts: dict[str, str]) -> None:
    check(texts)
    check({key: f'{{"{text}": 1}}' for key, text in texts.items()} | {"Software": "NovelAI"})


@cache
def texts_of(part: int) -> dict[str, str]:
    return dict(hostile_texts(part))


@pytest.mark.parametrize("name", texts_of(8))
def test_the_longest_and_worst_texts_cost_no_more_than_their_length(name: str) -> None:
    for key in KEYS:

        def reading(length: int, key: str = key) -> Callable[[], object]:
            return partial(check, {key: texts_of(8 // length)[name], "Software": "NovelAI"})

        assert grows_with_length_alone(reading, 8), key
