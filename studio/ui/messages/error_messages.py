"""The sentences about errors: what happened, and what to do next.

Fields of the error stand in braces; `{x:bytes}` writes a size, `{x:list}` a list of names, `{x:similar}` a sentence
about them if there are any, `{x:addon}` what people call a kind of add-on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from string import Formatter
from typing import cast

from studio.core.addon import AddonKind
from studio.core.errors import StudioError
from studio.core.language import tr
from studio.ui.messages.sizes import readable_bytes

_ADDON_WORDS = {
    AddonKind.LORA.value: "LoRA",
    AddonKind.TEXTUAL_INVERSION.value: tr("embedding"),
    AddonKind.VAE.value: "VAE",
}


@dataclass(frozen=True, slots=True)
class UserMessage:
    """`title` is a few words, `text` says the fact and the next step."""

    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.title}. {self.text}"


def message_for(error: StudioError) -> UserMessage:
    """The message about `error`. Every leaf of StudioError has one (a test proves it)."""
    title, text = _messages()[type(error)]
    facts = {field.name: getattr(error, field.name) for field in fields(error)}
    if isinstance(reason := facts.get("reason"), str):
        facts["reason"] = reason.rstrip(". \n")  # libraries end theirs as a sentence, and ours goes on
    return UserMessage(title, _FORMATTER.vformat(text, (), facts))


@cache
def _messages() -> Mapping[type[StudioError], tuple[str, str]]:
    """Looked up, and put into the language of the window, when there is something to say."""
    from studio.ui.messages.model_errors import MODEL_ERRORS
    from studio.ui.messages.request_errors import REQUEST_ERRORS
    from studio.ui.messages.work_errors import WORK_ERRORS

    return {**REQUEST_ERRORS, **MODEL_ERRORS, **WORK_ERRORS}


class _FactFormatter(Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        if format_spec == "bytes":
            return readable_bytes(value) if isinstance(value, int) else tr("an unknown amount")
        if format_spec == "spare":
            return tr(" and {size} to spare", size=readable_bytes(value)) if isinstance(value, int) and value else ""
        if format_spec == "list":
            return ", ".join(cast("tuple[str, ...]", value)) or tr("none")
        if format_spec == "similar":
            names = ", ".join(tr("“{name}”", name=name) for name in cast("tuple[str, ...]", value))
            return tr(" There is {names}.", names=names) if names else ""
        if format_spec == "addon":
            return _ADDON_WORDS.get(str(value), str(value))
        return str(super().format_field(value, format_spec))


_FORMATTER = _FactFormatter()
