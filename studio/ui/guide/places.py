"""Where in the guide each word of the glossary is explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from studio.ui import glossary
from studio.ui.glossary import Entry


@dataclass(frozen=True, slots=True)
class Place:
    """A screen of a chapter, both counted from 1."""

    chapter: int
    screen: int


_DIFFUSION, _LATENT = Place(1, 1), Place(4, 1)
_PROMPT, _GUIDANCE = Place(5, 1), Place(5, 2)
_SEEDS, _STEPS = Place(6, 1), Place(6, 2)
_FROM_PICTURES, _REPAINT, _LEARNING = Place(7, 1), Place(7, 2), Place(8, 2)

_ENTRIES_BY_PLACE: Mapping[Place, tuple[Entry, ...]] = {
    _DIFFUSION: (glossary.MAKE, glossary.BATCH),
    _LATENT: (glossary.SIZE, glossary.VAE),
    _PROMPT: (glossary.PROMPT, glossary.CLIP_SKIP, glossary.HISTORY, glossary.STYLES),
    _GUIDANCE: (glossary.NEGATIVE, glossary.GUIDANCE, glossary.RESCALE),
    _SEEDS: (glossary.SEED, glossary.KEEP_SEED, glossary.DICE, glossary.GRID),
    _STEPS: (glossary.STEPS, glossary.SAMPLER, glossary.SCHEDULE),
    _FROM_PICTURES: (glossary.VARY, glossary.STRENGTH, glossary.FIT, glossary.RESTORE_SIZE),
    _REPAINT: (
        glossary.REPAINT,
        glossary.EXTEND,
        glossary.AREA,
        glossary.MASKED_CONTENT,
        glossary.MASK_PADDING,
        glossary.MASK_BLUR,
        glossary.MASK_GROW,
    ),
    _LEARNING: (glossary.MODEL,),
}
_PLACES = {entry: place for place, entries in _ENTRIES_BY_PLACE.items() for entry in entries}
ENTRIES = tuple(sorted(_PLACES, key=lambda entry: entry.name.casefold()))
"""All of them, by name."""


def place_of(entry: Entry) -> Place:
    """Where to read more about it."""
    return _PLACES[entry]
