"""Latent Studio: pictures from words, made on your own machine.

`from studio import generate_image, branch_image` is the whole public interface for Python; see `studio.app.api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.version import VERSION

if TYPE_CHECKING:
    from studio.app.api import branch_image, generate_image, open_session

__version__ = VERSION
__all__ = ["__version__", "branch_image", "generate_image", "open_session"]


def __getattr__(name: str) -> object:
    """Import the interface only when it is asked for (PEP 562): the window must not load it to import its own parts."""
    if name in {"branch_image", "generate_image", "open_session"}:
        from studio.app import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
