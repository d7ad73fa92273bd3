"""The only place of torch, diffusers and transformers. Its one public class is `DiffusersSession`."""

from __future__ import annotations

from studio.engine import offline as offline  # here, because the libraries read its variables when they are imported
from studio.engine import reproducible as reproducible  # and so is its
