"""How a picture is known in the whole program, whatever its file is called."""

from __future__ import annotations

from typing import NewType

PictureId = NewType("PictureId", str)
"""A UUID4 as 32 hexadecimal digits."""
