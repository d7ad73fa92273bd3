"""Parts of a report about the program, for whoever looks into a fault."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReportPart:
    """A file of the report."""

    name: str
    text: str
