"""What a model or a search makes of what was typed."""

from __future__ import annotations

from collections.abc import Mapping

from studio.core.progress import PromptSyntaxIgnored, PromptTruncated, SamplerReplaced
from studio.gallery.search import query as search
from studio.prompts.syntax import FaultReason, ParsedPrompt

_SEARCH_FAULTS: dict[search.FaultReason, str] = {
    search.FaultReason.QUOTE_UNCLOSED: "A quote begins here and does not end: add another one.",
    search.FaultReason.VALUE_MISSING: "Something is missing after “{part}”.",
    search.FaultReason.NOT_A_NUMBER: "“{part}” is no number. Write 20, >20, <=20 or 10..20.",
    search.FaultReason.NOT_A_SIZE: "“{part}” is no size. Write one like 512x768.",
    search.FaultReason.NOT_A_DATE: "“{part}” is no date. Write 2026, 2026-11, 2026-11-25, today or yesterday.",
    search.FaultReason.UNKNOWN_CHOICE: "“{part}” is none of {choices}.",
    search.FaultReason.NOT_A_COLOUR: "“{part}” is no colour. Write one like #ff8800, or one of {choices}.",
    search.FaultReason.NOT_COMPARABLE: "“{part}” cannot be compared with < or >: this is no number.",
}


_FAULTS: Mapping[FaultReason, str] = {
    FaultReason.UNCLOSED: "This bracket is never closed, so it is read as text. Close it, or write \\ before it.",
    FaultReason.UNOPENED: "This bracket closes nothing, so it is read as text. Open it, or write \\ before it.",
    FaultReason.TOO_DEEP: f"Brackets inside of more than {ParsedPrompt.DEEPEST} others are read as text.",
    FaultReason.AND_INSIDE: "Inside of brackets AND divides nothing: it is read as a word. Put it outside.",
    FaultReason.LORA_UNREADABLE: "This names no LoRA, so it is read as text. Write it as <lora:name:0.8>.",
    FaultReason.WILDCARD_UNKNOWN: "There is no file with this name in the folder “wildcards”: it is read as text.",
}


def truncation_text(truncated: PromptTruncated) -> str:
    """What to say about a prompt that is longer than the model reads."""
    which = "negative prompt" if truncated.negative else "prompt"
    return (
        f"The model reads {truncated.kept} of the {truncated.total} tokens of this {which} and does not see its end: "
        f"“{truncated.cut_text}”. Put what matters first, or shorten it."
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
    which = "negative prompt" if ignored.negative else "prompt"
    return (
        f"This model reads the words of the {which} alone: weights like (word:1.2), [from:to:0.5], BREAK and AND have "
        "no effect. Say in words what matters most."
    )


def sampler_text(replaced: SamplerReplaced) -> str:
    """What to say about a sampler that the model cannot be run with."""
    return (
        f"This model learned another way from noise to picture than {replaced.asked.label} was made for: it runs with "
        f"{replaced.used.label}, and the picture says so. Choose {replaced.used.label} to make this notice go away."
    )
