"""Every error has a sentence, and every sentence a next step."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

from studio.checkpoints.installed_model import Removal, SharedFile
from studio.checkpoints.manifest import ManifestFile
from studio.checkpoints.verification import FileCheck, FileState, Verification
from studio.core.errors import DiskFull, EngineFailed, OutOfMemory, StudioError, UnknownScheduler
from studio.core.progress import PromptSyntaxIgnored, PromptTruncated, SamplerReplaced
from studio.core.scheduler import SchedulerName
from studio.ui.messages import (
    ignored_syntax_text,
    message_for,
    readable_bytes,
    sampler_text,
    truncation_text,
)
from studio.ui.messages.library_texts import removal_text, verification_text


def leaves(base: type[StudioError]) -> list[type[StudioError]]:
    """All that are raised: those that are told apart have a code of their own."""
    own = [base] if "code" in vars(base) and base is not StudioError else []
    return [*own, *(leaf for child in base.__subclasses__() for leaf in leaves(child))]


def example(leaf: type[StudioError]) -> StudioError:
    """An instance with a plausible fact in every field."""
    facts: dict[str, object] = {}
    for field in fields(leaf):
        hint = str(get_type_hints(leaf)[field.name])
        if "tuple" in hint:
            facts[field.name] = ("euler", "ddim")
        elif "Path" in hint:
            facts[field.name] = Path("some/file")
        elif "int" in hint or "float" in hint:
            facts[field.name] = 7
        else:
            facts[field.name] = "a fact"
    return leaf(**facts)


@pytest.mark.parametrize("leaf", leaves(StudioError), ids=lambda leaf: leaf.code)
def test_every_leaf_has_a_message_with_its_facts(leaf: type[StudioError]) -> None:
    message = message_for(example(leaf))
    assert message.title
    assert "{" not in message.text
    assert message.text.endswith(".")
    assert message.text.count(".") + message.text.count(":") >= 1
    assert len(message.text) > 20


def test_sizes_are_written_for_people() -> None:
    assert readable_bytes(12) == "12 bytes"
    assert readable_bytes(1536) == "1.5 kB"
    assert readable_bytes(5 * 2**30) == "5.0 GB"
    assert "2.0 GB" in message_for(OutOfMemory("cuda", 2 * 2**30, None)).text
    assert "an unknown amount" in message_for(OutOfMemory("cuda", 2 * 2**30, None)).text
    assert "x needs 1.5 kB, free are 0 bytes." in message_for(DiskFull(Path("x"), 1536, 0)).text
    spare = message_for(DiskFull(Path("x"), 46 * 2**20, 2**31, 2**31)).text
    assert "x needs 46.0 MB and 2.0 GB to spare, free are 2.0 GB." in spare


def test_a_reason_that_ends_as_a_sentence_does_is_not_ended_twice() -> None:
    assert ": 16. Try again" in message_for(EngineFailed("ValueError: cannot be greater than: 16.")).text


def test_the_known_samplers_are_listed() -> None:
    assert "euler, ddim" in message_for(UnknownScheduler("eular", ("euler", "ddim"))).text


def test_a_cut_prompt_is_told_with_what_was_cut() -> None:
    text = truncation_text(PromptTruncated(negative=True, kept=30, total=40, cut_text="in the rain"))
    assert "negative prompt" in text
    assert "30 of the 40" in text
    assert "in the rain" in text


def test_removing_a_model_says_what_is_freed_and_what_still_uses_it() -> None:
    shared = (SharedFile("clip.safetensors", 2 * 2**30, ("SDXL", "FLUX")), SharedFile("t5", 2**30, ("FLUX",)))

    assert removal_text(Removal("Ink", 1536, (), None)) == ("“Ink” is in the trash. Emptying it frees 1.5 kB.")
    assert removal_text(Removal("Ink", 0, shared, None)).endswith(
        "3.0 GB stay, because they are shared with: SDXL, FLUX."
    )
    assert removal_text(Removal("Ink", 0, (), Path("elsewhere/ink"))).endswith("were left alone: elsewhere/ink.")


def test_verifying_a_model_says_who_vouches_for_it_and_which_file_is_bad() -> None:
    fact = ManifestFile("model.safetensors", 10, "0" * 64)
    published = ManifestFile("model.safetensors", 10, "0" * 64, published=True)

    def text(fact: ManifestFile, state: FileState) -> str:
        return verification_text(Verification("Ink", (FileCheck(fact, state, None),)))

    two = tuple(FileCheck(fact, FileState.INTACT, None) for _ in range(2))
    assert "its file is as its source published it" in text(published, FileState.INTACT)
    assert "no source vouches for it" in text(fact, FileState.INTACT)
    assert "all 2 files are as they first came" in verification_text(Verification("Ink", two))
    assert "from now on" in text(fact, FileState.PINNED)
    assert text(fact, FileState.DAMAGED).startswith("model.safetensors is damaged.")
    assert text(fact, FileState.MISSING).startswith("model.safetensors is missing.")


def test_a_sampler_that_was_replaced_is_named_with_the_one_that_runs() -> None:
    text = sampler_text(SamplerReplaced(SchedulerName.DPMPP_2M, SchedulerName.EULER))
    assert "DPM++ 2M" in text
    assert "runs with Euler" in text


def test_syntax_without_effect_names_the_prompt_that_has_it() -> None:
    assert "negative prompt" in ignored_syntax_text(PromptSyntaxIgnored(negative=True))
    assert "negative" not in ignored_syntax_text(PromptSyntaxIgnored(negative=False))
