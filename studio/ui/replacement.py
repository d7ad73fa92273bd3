"""One change of a text, as a value: what the keys of the editor come to before Qt hears of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Replacement:
    """Put `text` in place of what stands from `start` to `end`, then select from `select_start` to `select_end`.

    All places are indices of characters, those to be selected in the changed text.
    """

    start: int
    end: int
    text: str
    select_start: int
    select_end: int

    def apply_to(self, whole: str) -> str:
        """The changed text."""
        return whole[: self.start] + self.text + whole[self.end :]
