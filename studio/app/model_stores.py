"""The catalogue and the library of models in the user's folders: put together for the window and the command line."""

from __future__ import annotations

from studio.checkpoints.catalogue import Catalogue
from studio.checkpoints.library import LibraryPlaces, ModelLibrary
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.store import CheckpointStore
from studio.core.resources import catalogue_path, resource_path
from studio.settings.paths import UserPaths


def checkpoint_store(paths: UserPaths) -> CheckpointStore:
    """The models that can make pictures."""
    return CheckpointStore(resource_path(), model_library(paths), model_catalogue(paths))


def model_library(paths: UserPaths) -> ModelLibrary:
    """Everything but the bundled models."""
    return ModelLibrary(library_places(paths))


def library_places(paths: UserPaths) -> LibraryPlaces:
    folders = {
        ModelKind.CHECKPOINT: paths.checkpoints,
        ModelKind.LORA: paths.loras,
        ModelKind.TEXTUAL_INVERSION: paths.embeddings,
        ModelKind.VAE: paths.vae,
        ModelKind.CONTROLNET: paths.controlnets,
        ModelKind.UPSCALER: paths.upscalers,
    }
    return LibraryPlaces(folders, paths.library_state, paths.library_cache)


def model_catalogue(paths: UserPaths) -> Catalogue:
    """The program's catalogue with what the user added to it."""
    return Catalogue(catalogue_path(), paths.user_catalogue)
