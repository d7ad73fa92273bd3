"""Latent Studio: pictures from words, made on your own machine.

What `__all__` names is the whole public interface for Python: see `studio.app.api` and, for what happens inside,
`studio.app.process_api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.core.version import VERSION

if TYPE_CHECKING:
    from studio.app.api import branch_image, generate_image, open_session
    from studio.app.process_api import look_inside, noise_errors, noisy_image, round_trip

__version__ = VERSION
__all__ = [
    "__version__",
    "branch_image",
    "generate_image",
    "look_inside",
    "noise_errors",
    "noisy_image",
    "open_session",
    "round_trip",
]
_OF_PROCESS = {"look_inside", "noise_errors", "noisy_image", "round_trip"}


def __getattr__(name: str) -> object:
    """Import the interface only when it is asked for (PEP 562): the window must not load it to import its own parts."""
    if name in {"branch_image", "generate_image", "open_session"}:
        from studio.app import api

        return getattr(api, name)
    if name in _OF_PROCESS:
        from studio.app import process_api

        return getattr(process_api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
