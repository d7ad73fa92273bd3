"""The words of the starter model: what it can draw, on which backgrounds, and the sentences that say so."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SUBJECTS_FILE = Path(__file__).with_name("subjects.txt")


@dataclass(frozen=True)
class Colour:
    rgb: tuple[int, int, int]
    names: tuple[str, ...]


COLOURS: Mapping[str, Colour] = {
    "white": Colour((255, 255, 255), ("white",)),
    "black": Colour((22, 22, 26), ("black",)),
    "gray": Colour((150, 152, 156), ("gray", "grey")),
    "light gray": Colour((214, 216, 220), ("light gray", "light grey")),
    "red": Colour((214, 44, 48), ("red",)),
    "orange": Colour((250, 146, 40), ("orange",)),
    "yellow": Colour((252, 220, 74), ("yellow",)),
    "green": Colour((60, 164, 84), ("green",)),
    "light green": Colour((184, 228, 180), ("light green", "pale green")),
    "blue": Colour((40, 96, 206), ("blue",)),
    "light blue": Colour((172, 214, 246), ("light blue", "pale blue", "sky blue")),
    "dark blue": Colour((24, 38, 92), ("dark blue", "navy blue")),
    "purple": Colour((128, 72, 188), ("purple", "violet")),
    "pink": Colour((250, 178, 208), ("pink", "light pink")),
    "teal": Colour((54, 170, 172), ("teal", "turquoise")),
    "beige": Colour((240, 226, 200), ("beige", "cream")),
    "brown": Colour((132, 88, 56), ("brown",)),
}

SCENES: Mapping[str, tuple[str, ...]] = {
    "meadow": ("in a meadow", "on grass", "on the grass", "in a green field", "on a green meadow"),
    "beach": ("on the beach", "at the beach", "on a beach"),
    "sunset": ("at sunset", "in front of a sunset"),
    "night": ("at night", "under a night sky", "under the stars"),
    "snow": ("in the snow", "in winter", "on snow"),
    "desert": ("in the desert", "on desert sand"),
    "underwater": ("under water", "underwater", "in the sea", "in the ocean"),
    "space": ("in space", "in outer space"),
    "sky": ("in the sky", "in the clouds", "in a blue sky with clouds"),
    "table": ("on a table", "on a wooden table"),
}
"""How each scene is said; `pictures.py` draws it."""

BACKGROUNDS: Sequence[str] = (*COLOURS, *SCENES)
PAINTS: Sequence[str] = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "black", "white")
"""The colours in which an object can be repainted."""

PREFIXES = ("a photo of", "a picture of", "an image of", "a 3d render of", "a drawing of", "an illustration of")
ADJECTIVES = ("cute", "beautiful", "nice", "lovely", "shiny", "simple", "funny")
SMALL = ("small", "little", "tiny")
SUFFIXES = (", high quality", ", 3d render", ", 3d", ", icon", ", emoji style", ", detailed", ", digital art")


@dataclass(frozen=True)
class Subject:
    """One kind of thing.

    Attributes:
        emoji: The original, a sequence of code points.
        names: What it is called, the usual name first. A name that begins with "-" takes no article.
        colour: Its main colour (one of `COLOURS`) if it may be repainted ("a blue car").
        asked_first: Whether it is among what people ask for first.
    """

    emoji: str
    names: tuple[str, ...]
    colour: str | None
    asked_first: bool

    @property
    def name(self) -> str:
        return self.names[0].removeprefix("-")

    @property
    def code(self) -> str:
        """The code points as the files are named: "1f34e", "2764-fe0f"."""
        return "-".join(f"{ord(character):04x}" for character in self.emoji)


@dataclass(frozen=True)
class View:
    """How a subject is shown: everything a caption can say about a picture.

    Attributes:
        background: One of `BACKGROUNDS`.
        paint: One of `PAINTS`, or None for the object's own colours.
        small: Whether the object is drawn at two thirds of its usual size.
        shift: Place of the object off the middle, in latent cells of 8 pixels to the right and down.
        variant: Which of a scene's few fixed drawings.
        loose: Whether place and size are any, as no caption tells: for little noise only, where they can be seen.
        scale: Factor of the size. Only of loose views, as is `mirrored`.
    """

    background: str = "white"
    paint: str | None = None
    small: bool = False
    shift: tuple[int, int] = (0, 0)
    variant: int = 0
    loose: bool = False
    scale: float = 1.0
    mirrored: bool = False


def parse_subject(line: str) -> Subject:
    """One line of subjects.txt: `emoji [*] [c=colour:]name, name, ...`; a star marks what people ask for first."""
    emoji, _, rest = line.partition(" ")
    asked_first = rest.startswith("* ")
    rest = rest.removeprefix("* ")
    colour = None
    if rest.startswith("c="):
        colour, _, rest = rest.removeprefix("c=").partition(":")
    return Subject(emoji, tuple(name.strip() for name in rest.split(",")), colour, asked_first)


def read_subjects(file: Path = SUBJECTS_FILE) -> tuple[Subject, ...]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(parse_subject(line) for line in lines if line and not line.startswith("#"))


def with_article(name: str) -> str:
    """ "apple" as "an apple", "-grapes" as "grapes"."""
    if name.startswith("-"):
        return name[1:]
    return ("an " if name[0] in "aeiou" else "a ") + name


def plain_prompt(subject: Subject, background: str = "white", paint: str | None = None) -> str:
    """The sentence a newcomer would type for it: "a red car on a blue background"."""
    bare = "-" if subject.names[0].startswith("-") else ""
    name = subject.name if paint is None else f"{paint} {subject.name}"
    return with_article(bare + name) + plain_place(background)


def plain_place(background: str) -> str:
    if background in SCENES:
        return " " + SCENES[background][0]
    return "" if background == "white" else f" on a {background} background"


def caption(subject: Subject, view: View, rng: random.Random) -> str:
    """A random sentence for a picture of `subject` as `view` shows it; it names all that the view changes."""
    text = what(subject, view, rng) + place(view.background, rng)
    if rng.random() < 0.3:
        text = f"{rng.choice(PREFIXES)} {text}"
    if rng.random() < 0.1:
        text += rng.choice(SUFFIXES)
    return text.capitalize() if rng.random() < 0.15 else text


def what(subject: Subject, view: View, rng: random.Random) -> str:
    name = subject.names[0] if rng.random() < 0.6 else rng.choice(subject.names)
    bare, name = name.startswith("-"), name.removeprefix("-")
    colour = view.paint or (subject.colour if rng.random() < 0.3 else None)
    if colour and not name.startswith(colour):
        name = f"{rng.choice(COLOURS[colour].names)} {name}"
    if view.small:
        name = f"{rng.choice(SMALL)} {name}"
    elif rng.random() < 0.1:
        name = f"{rng.choice(ADJECTIVES)} {name}"
    article = rng.choices((with_article(name), f"the {name}", name), (8, 1, 3))[0]
    return name if bare else article


def place(background: str, rng: random.Random) -> str:
    if background in SCENES:
        return " " + rng.choice(SCENES[background])
    if background == "white" and rng.random() < 0.85:
        return ""
    colour = rng.choice(COLOURS[background].names)
    forms = (" on a {} background", ", {} background", " with a {} background", " on {}")
    return rng.choices(forms, (6, 3, 2, 1))[0].format(colour)
