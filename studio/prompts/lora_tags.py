"""Tags for LoRAs that were chosen in another way than by the prompt."""

from __future__ import annotations

from collections.abc import Iterable

from studio.core.addon_names import LoraTag


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
