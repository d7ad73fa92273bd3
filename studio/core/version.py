"""The version of the program, for every layer: the package's own `__init__` leads to all of them."""

from __future__ import annotations

VERSION = "0.1.0"
