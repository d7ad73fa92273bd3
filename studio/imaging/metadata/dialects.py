"""The dialects in which picture files tell how they were made, and the order in which they are tried."""

from __future__ import annotations

from typing import Protocol

from studio.imaging.metadata import a1111, comfyui, fooocus, invokeai, novelai, swarmui
from studio.imaging.metadata.foreign_settings import ForeignSettings
from studio.imaging.metadata.texts import Texts


class Dialect(Protocol):
    """What each module of a dialect has. Neither function raises, whatever the texts."""

    def speaks(self, texts: Texts) -> bool:
        """Whether the file has the texts of this dialect: a quick look."""
        ...

    def read(self, texts: Texts) -> ForeignSettings | None:
        """The settings; None if the texts are not what they looked like."""
        ...


DIALECTS: tuple[Dialect, ...] = (fooocus, swarmui, novelai, a1111, invokeai, comfyui)
"""Of a file with several, the first that tells something counts: a graph is the hardest to understand, so the last."""


def read_foreign(texts: Texts) -> ForeignSettings | None:
    """The settings of a picture of another program; None if it does not tell any that can be understood."""
    for dialect in DIALECTS:
        if dialect.speaks(texts) and (settings := dialect.read(texts)) is not None:
            return settings
    return None
