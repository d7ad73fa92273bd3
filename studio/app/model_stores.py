"""The catalogue and the library of models in the user's folders: put together for the window and the command line."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache, partial
from typing import TYPE_CHECKING

from studio.checkpoints.addon_finder import AddonFinder, AddonFolders
from studio.checkpoints.catalogue import Catalogue
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.store import CheckpointStore
from studio.core.addon import Addon, AddonKind
from studio.core.errors import CheckpointDamaged
from studio.core.resources import catalogue_path, resource_path
from studio.settings.paths import UserPaths

if TYPE_CHECKING:
    from studio.checkpoints.download.options import DownloadOptions
    from studio.checkpoints.library import ModelLibrary
    from studio.checkpoints.library_places import LibraryPlaces
    from studio.checkpoints.licences import AcceptedLicences

# What is imported in a function is not needed before the window is painted.


def checkpoint_store(paths: UserPaths) -> CheckpointStore:
    """The models that can make pictures."""
    return CheckpointStore(resource_path(), cache(partial(model_library, paths)), model_catalogue(paths))


def addon_finder(paths: UserPaths) -> AddonFinder:
    """The add-ons that prompts name: in the user's folders, and those that are used where they are.

    It may be asked from several threads: each answer comes from a library of its own.
    """

    def in_place(kind: AddonKind) -> tuple[Addon, ...]:
        with suppress(CheckpointDamaged):  # the list of them: whoever lists the models tells it
            return model_library(paths).addons_in_place(kind)
        return ()

    return AddonFinder(AddonFolders(paths.loras, paths.embeddings, paths.vae), in_place)


def accepted_licences(paths: UserPaths) -> AcceptedLicences:
    """What the user was asked about once."""
    from studio.checkpoints.licences import AcceptedLicences

    return AcceptedLicences(library_places(paths).licences_file)


def model_library(paths: UserPaths) -> ModelLibrary:
    """Everything but the bundled models."""
    from studio.checkpoints.library import ModelLibrary

    return ModelLibrary(library_places(paths))


def library_places(paths: UserPaths) -> LibraryPlaces:
    from studio.checkpoints.library_places import LibraryPlaces

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


def download_options(paths: UserPaths) -> DownloadOptions:
    """`HF_ENDPOINT` names a mirror of the hub, as for other programs; tokens come from the keyring."""
    from studio.checkpoints.download.credentials import KeyringTokens
    from studio.checkpoints.download.options import ENDPOINTS, DownloadOptions, Endpoints

    endpoints = Endpoints(hub=os.environ.get("HF_ENDPOINT", ENDPOINTS.hub).rstrip("/"))
    return DownloadOptions(paths.downloads_file, KeyringTokens().token_for, endpoints=endpoints)
