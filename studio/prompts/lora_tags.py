"""Tags for LoRAs that are put into a prompt or changed in it."""

from __future__ import annotations

from collections.abc import Iterable

from studio.core.addon_names import LoraTag
from studio.prompts.syntax import SpanKind


def with_lora_tags(text: str, tags: Iterable[LoraTag]) -> str:
    """The prompt, with those `tags` at its end whose names it does not have yet (in a comment it has none)."""
    from studio.prompts.language import read_prompt  # not before the window is painted

    named = {tag.name.casefold() for tag in read_prompt(text).loras}
    missing = [str(tag) for tag in tags if tag.name.casefold() not in named]
    if not missing:
        return text
    before = text.rstrip()
    if "#" in before.rpartition("\n")[2]:
        before += "\n"  # or they would go on with its comment
    return " ".join([part for part in (before, *missing) if part])


def with_lora_weight(text: str, name: str | None, weight: float) -> str:
    """The prompt with this weight in the tags of the LoRA `name`, or in all tags, for the text encoder too.

    Tags are what `read_prompt` takes for them, also where a choice is still open.
    """
    from studio.prompts.language import read_prompt  # not before the window is painted

    parts: list[str] = []
    read = 0
    for start, end, kind in read_prompt(text).spans:
        if kind is not SpanKind.LORA:
            continue
        [tag] = read_prompt(text[start:end]).loras
        if name is None or tag.name.casefold() == name.casefold():
            parts += text[read:start], str(LoraTag(tag.name, weight, weight))
            read = end
    return "".join([*parts, text[read:]])
