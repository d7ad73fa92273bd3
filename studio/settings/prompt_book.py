"""The prompts that were used, and the styles to put around new ones: values, and how they change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from studio.core.request import Prompt

PLACEHOLDER = "{prompt}"
_TYPED = "\0"
"""Stands for what is typed: no style holds it."""


@dataclass(frozen=True, slots=True)
class PromptStyle:
    """Texts to be put around a prompt and a negative prompt, where `{prompt}` stands, else behind them.

    Raises:
        ValueError: for an empty or too long name, or texts that no prompt can have.
    """

    LONGEST_NAME: ClassVar[int] = 80

    name: str
    text: str = PLACEHOLDER
    negative: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > self.LONGEST_NAME:
            raise ValueError(self.name)
        if not all(map(_is_storable, (self.name, self.text, self.negative))):
            raise ValueError(self.name)


@dataclass(frozen=True, slots=True)
class PromptBook:
    """`history` has the newest prompt first and each only once; `applied` are the names of the styles in use."""

    LONGEST_HISTORY: ClassVar[int] = 500

    history: tuple[Prompt, ...] = ()
    styles: tuple[PromptStyle, ...] = ()
    applied: tuple[str, ...] = ()

    def remembering(self, prompt: Prompt) -> PromptBook:
        """With `prompt` as the newest of the history. An empty one is not worth it."""
        if not prompt.text and not prompt.negative:
            return self
        others = (used for used in self.history if used != prompt)
        return replace(self, history=(prompt, *others)[: self.LONGEST_HISTORY])

    def forgetting(self, prompt: Prompt) -> PromptBook:
        """Without `prompt` in the history."""
        return replace(self, history=tuple(used for used in self.history if used != prompt))

    def with_style(self, style: PromptStyle, *, instead_of: str = "") -> PromptBook:
        """With `style`, in the place of the one called `instead_of` if there is one, and applied if that was."""
        names = [known.name for known in self.styles]
        taken = instead_of or style.name
        styles = [style if name == taken else known for name, known in zip(names, self.styles, strict=True)]
        if taken not in names:
            styles.append(style)
        applied = tuple(style.name if name == taken else name for name in self.applied)
        return replace(self, styles=tuple(styles), applied=applied)

    def without_style(self, name: str) -> PromptBook:
        """Without the style called `name`."""
        styles = tuple(style for style in self.styles if style.name != name)
        return replace(self, styles=styles).applying(name, apply=False)

    def applying(self, name: str, *, apply: bool) -> PromptBook:
        """With the style called `name` in use, behind those that are already, or no more in use."""
        others = tuple(applied for applied in self.applied if applied != name)
        return replace(self, applied=(*others, name) if apply else others)

    def without_applied(self) -> PromptBook:
        """With no style in use."""
        return replace(self, applied=())

    def style(self, name: str) -> PromptStyle | None:
        """The style of this name."""
        return next((style for style in self.styles if style.name == name), None)

    @property
    def applied_styles(self) -> tuple[PromptStyle, ...]:
        """The styles in use, in the order in which they are applied."""
        return tuple(style for style in map(self.style, self.applied) if style is not None)

    def styled(self, text: str, negative: str) -> tuple[str, str]:
        """Both texts with the styles in use around them."""
        for style in self.applied_styles:
            text, negative = _around(style.text, text), _around(style.negative, negative)
        return text, negative

    @property
    def starts_of_typed(self) -> tuple[int, int]:
        """Where in the two styled texts that begins which was typed."""
        text, negative = self.styled(_TYPED, _TYPED)
        return text.index(_TYPED), negative.index(_TYPED)


def _around(style: str, text: str) -> str:
    if PLACEHOLDER in style:
        return style.replace(PLACEHOLDER, text)
    return ", ".join(part for part in (text.rstrip(), style.strip()) if part)


def _is_storable(text: str) -> bool:
    """Not too long for a prompt, and without NUL and lone surrogates, which can be neither encoded nor written."""
    usable = all(character != _TYPED and not "\ud800" <= character <= "\udfff" for character in text)
    return usable and len(text) <= Prompt.LONGEST


STARTING_STYLES = (
    PromptStyle(
        "Photograph",
        "photograph of {prompt}, natural light, sharp focus, fine detail",
        "drawing, painting, cartoon, blurry, overexposed",
    ),
    PromptStyle(
        "Watercolour",
        "watercolour painting of {prompt}, soft washes, paper texture, delicate edges",
        "photograph, hard outlines",
    ),
    PromptStyle(
        "Oil painting",
        "oil painting of {prompt}, visible brush strokes, rich colours, canvas texture",
        "photograph, flat colours",
    ),
    PromptStyle(
        "Line drawing",
        "clean line drawing of {prompt}, black ink on white paper",
        "colour, shading, photograph",
    ),
    PromptStyle("No people", PLACEHOLDER, "people, person, face, hands"),
)
"""What there is before the user writes one. All can be changed and deleted."""
