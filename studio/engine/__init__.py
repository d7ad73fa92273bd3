"""The only place of torch, diffusers and transformers. Its one public class is `DiffusersSession`."""

from __future__ import annotations

# Here, because the libraries look at these when they are imported.
from studio.engine import offline as offline
from studio.engine import reproducible as reproducible

from studio.engine import idle_compiler as idle_compiler  # isort: skip - it imports torch
