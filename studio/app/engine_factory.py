"""The one door into the engine."""

from __future__ import annotations

from studio.app.preload import collector_paused, extensions_opened_first, import_numpy, open_torch_libraries
from studio.core.resources import resource_path
from studio.core.session import GenerationSession
from studio.core.sources import PixelSource


def create_session(sources: PixelSource) -> GenerationSession:
    """A session that finds the pictures which requests start from in `sources`.

    Imports the engine: call it in the thread that will use it, it takes seconds.
    """
    import_numpy()
    open_torch_libraries()
    with collector_paused(), extensions_opened_first():
        from studio.checkpoints.model_size import read_model_size
        from studio.engine.session import DiffusersSession
    return DiffusersSession(resource_path("latent_rgb.json"), sources, resource_path("configs"), read_model_size)
