"""What a model or a search makes of what was typed."""

from __future__ import annotations

from collections.abc import Mapping

from studio.core.language import tr
from studio.core.progress import PromptSyntaxIgnored, PromptTruncated, SamplerReplaced
from studio.gallery.search import query as search
from studio.prompts.syntax import FaultReason, ParsedPrompt

_SEARCH_FAULTS: dict[search.FaultReason, str] = {
    search.FaultReason.QUOTE_UNCLOSED: tr("A quote begins here and does not end: add another one."),
    search.FaultReason.VALUE_MISSING: tr("Something is missing after “{part}”."),
    search.FaultReason.NOT_A_NUMBER: tr("“{part}” is no number. Write 20, >20, <=20 or 10..20."),
    search.FaultReason.NOT_A_SIZE: tr("“{part}” is no size. Write one like 512x768."),
    search.FaultReason.NOT_A_DATE: tr("“{part}” is no date. Write 2026, 2026-11, 2026-11-25, today or yesterday."),
    search.FaultReason.UNKNOWN_CHOICE: tr("“{part}” is none of {choices}."),
    search.FaultReason.NOT_A_COLOUR: tr("“{part}” is no colour. Write one like #ff8800, or one of {choices}."),
    search.FaultReason.NOT_COMPARABLE: tr("“{part}” cannot be compared with < or >: this is no number."),
}


_FAULTS: Mapping[FaultReason, str] = {
    FaultReason.UNCLOSED: tr("This bracket is never closed, so it is read as text. Close it, or write \\ before it."),
    FaultReason.UNOPENED: tr("This bracket closes nothing, so it is read as text. Open it, or write \\ before it."),
    FaultReason.TOO_DEEP: tr(
        "Brackets inside of more than {deepest} others are read as text.", deepest=ParsedPrompt.DEEPEST
    ),
    FaultReason.AND_INSIDE: tr("Inside of brackets AND divides nothing: it is read as a word. Put it outside."),
    FaultReason.LORA_UNREADABLE: tr("This names no LoRA, so it is read as text. Write it as <lora:name:0.8>."),
    FaultReason.WILDCARD_UNKNOWN: tr("There is no file with this name in the folder “wildcards”: it is read as text."),
}


def truncation_text(truncated: PromptTruncated) -> str:
    """What to say about a prompt that is longer than the model reads."""
    which = tr("negative prompt") if truncated.negative else tr("prompt")
    return tr(
        "The model reads {kept} of the {total} tokens of this {which} and does not see its end: "
        "“{cut_text}”. Put what matters first, or shorten it.",
        kept=truncated.kept,
        total=truncated.total,
        which=which,
        cut_text=truncated.cut_text,
    )


def search_fault_text(fault: search.Fault, text: str) -> str:
    """What of the search `text` is not understood, and what would be."""
    sentence = _SEARCH_FAULTS[fault.reason]
    return sentence.format(part=text[fault.start : fault.end], choices=", ".join(fault.choices))


def fault_text(reason: FaultReason) -> str:
    """What is wrong with the syntax of a prompt, and what comes of it."""
    return _FAULTS[reason]


def ignored_syntax_text(ignored: PromptSyntaxIgnored) -> str:
    """What to say about weights and the like in a prompt for a model that reads plain words."""
    which = tr("negative prompt") if ignored.negative else tr("prompt")
    return tr(
        "This model reads the words of the {which} alone: weights like (word:1.2), [from:to:0.5], BREAK and AND have "
        "no effect. Say in words what matters most.",
        which=which,
    )


def sampler_text(replaced: SamplerReplaced) -> str:
    """What to say about a sampler that the model cannot be run with."""
    return tr(
        "This model learned another way from noise to picture than {asked} was made for: it runs with "
        "{used}, and the picture says so. Choose {used} to make this notice go away.",
        asked=replaced.asked.label,
        used=replaced.used.label,
    )
