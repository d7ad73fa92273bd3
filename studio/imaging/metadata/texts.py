"""The texts of a picture file by their keyword in a PNG file, whatever the format of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Texts: TypeAlias = Mapping[str, str]

PARAMETERS = "parameters"
"""A1111's infotext, in PNG files and as EXIF UserComment in others; some programs write JSON there."""
LONGEST_TEXT = 4 * 2**20
"""Bytes; longer ones are not read."""
