"""The one door into the engine."""

from __future__ import annotations

from studio.app.preload import collector_paused, open_torch_libraries
from studio.core.resources import resource_path
from studio.core.session import GenerationSession
from studio.core.sources import PixelSource


def create_session(_sources: PixelSource) -> GenerationSession:
    """Import the engine and make a session. Call it in the thread that will use it: it takes seconds."""
    open_torch_libraries()
    with collector_paused():
        from studio.engine.session import DiffusersSession
    return DiffusersSession(resource_path("latent_rgb.json"))
