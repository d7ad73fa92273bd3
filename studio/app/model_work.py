"""What the page of the models does to the disk, in the background."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from studio.app.memory_verdict import PROCESSOR, memory_verdict
from studio.app.model_stores import (
    accepted_licences,
    checkpoint_store,
    download_options,
    model_catalogue,
    model_library,
)
from studio.checkpoints.catalogue_entry import CatalogueEntry
from studio.checkpoints.download_plans import catalogue_plan, known_addresses, listed_plan, manifest_of, repair_plan
from studio.checkpoints.inspect_file import leaves_prediction_untold
from studio.checkpoints.installed_model import AnyModel, InstalledModel
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.network_sizes import NetworkSizes
from studio.checkpoints.preflight import free_bytes, preflight
from studio.checkpoints.scan import FoundModel, scan
from studio.checkpoints.usual_places import usual_places
from studio.checkpoints.work_progress import OnProgress
from studio.core.checkpoint import Checkpoint, ModelFamily, Prediction
from studio.core.download import DownloadPlan, DownloadResult
from studio.core.errors import RepairImpossible
from studio.core.resources import resource_path
from studio.core.session import CancelToken
from studio.imaging.thumbnail import thumbnail_of_file
from studio.settings.paths import UserPaths
from studio.ui.messages import message_for
from studio.ui.model_manager.model_operations import Checked, ModelOperations, ModelsFound


class ModelWork:
    """Made in the window's thread. Everything but `operations` and `close` is called in two in the background: copying,
    moving and checking files in one, all that is quick in the other; each has a library of its own."""

    def __init__(self, paths: UserPaths) -> None:
        self.device = PROCESSOR
        """Where pictures are made, as far as that is known."""
        self._folder = paths.checkpoints
        self._closing = CancelToken()
        self._sizes = NetworkSizes(resource_path("configs", "sizes.json"))
        self._library = model_library(paths)
        self._files = model_library(paths)
        self._catalogue = model_catalogue(paths)
        self._store = checkpoint_store(paths)
        self._licences = accepted_licences(paths)
        self._hub = download_options(paths).endpoints.hub

    def operations(self) -> ModelOperations:
        return ModelOperations(
            look=self._look,
            add=self._add,
            check=self._check,
            move=self._move,
            adopt=self._adopt,
            choose_prediction=self._choose_prediction,
            removal=self._library.removal,
            remove=self._library.remove,
            find_others=self._find_others,
            use_others=self._use_others,
            is_accepted=self._licences.has,
            accept=self._licences.accept,
            plan=self._plan,
            prepare=self._prepare,
        )

    def close(self) -> None:
        """Cancel what runs: it leaves nothing half done."""
        self._closing.cancel()

    def _look(self) -> ModelsFound:
        content = self._library.look()
        entries = self._catalogue.read().entries
        return ModelsFound(
            self._store.default(),
            self._store.described(content.models),
            entries,
            {entry.id: memory_verdict(entry, self._sizes, self.device) for entry in entries},
            self._thumbnails(content.models),
            tuple(message_for(problem).text for problem in content.problems),
            content.broken,
            frozenset(model.path for model in content.models if _is_untold(model)),
            free_bytes(self._folder),
        )

    def _choose_prediction(self, model: InstalledModel, prediction: Prediction) -> InstalledModel:
        return self._described(self._library.choose_prediction(model, prediction))

    def _described(self, model: InstalledModel) -> InstalledModel:
        """With its name and settings of the catalogue, if it came from there."""
        [described] = self._store.described([model])
        return described

    def keep_thumbnail(self, identity: str, picture: Path) -> None:
        """From now on the model of this identity is shown by it. Raises StorageError, PictureUnreadable."""
        self._library.thumbnails.keep(identity, thumbnail_of_file(picture))

    def _thumbnails(self, models: Iterable[InstalledModel]) -> dict[Path, Path]:
        found = {model.root: self._library.thumbnails.of(model) for model in models}
        return {root: file for root, file in found.items() if file is not None}

    def _adopt(self, result: DownloadResult) -> InstalledModel:
        folder = result.plan.folder
        entries = self._catalogue.read().entries
        entry = next((entry for entry in entries if self._library.folder_for(entry.kind, entry.id) == folder), None)
        return self._described(self._library.adopt(folder, manifest_of(result, entry), cancel=self._closing))

    def _add(self, path: Path, how: HowToAdd, on_progress: OnProgress, cancel: CancelToken) -> InstalledModel:
        return self._described(self._files.add_local(path, how, on_progress=on_progress, cancel=cancel))

    def _move(
        self, model: InstalledModel, folder: Path, on_progress: OnProgress, cancel: CancelToken
    ) -> InstalledModel:
        return self._described(self._files.move(model, folder, on_progress=on_progress, cancel=cancel))

    def _check(self, model: AnyModel, on_progress: OnProgress, cancel: CancelToken) -> Checked:
        catalogue = self._catalogue.read()
        published = frozenset(known_addresses(catalogue))
        verification = self._files.verify(model, published=published, on_progress=on_progress, cancel=cancel)
        try:
            repair = repair_plan(model, self._files.manifest(model), verification, catalogue)
        except RepairImpossible:  # the window then does not offer it
            repair = None
        return Checked(verification, repair)

    def _plan(self, entry: CatalogueEntry) -> DownloadPlan | None:
        """What has to be fetched, if there is room for it; files that another model has are taken from there."""
        folder = self._library.folder_for(entry.kind, entry.id)
        plan = catalogue_plan(entry, folder, licence_accepted=True, endpoint=self._hub)
        return None if plan is None else self._with_room(plan, entry)

    def _prepare(self, plan: DownloadPlan, entry: CatalogueEntry | None) -> DownloadPlan:
        if entry is not None:
            plan = listed_plan(plan, entry, self._library.folder_for(entry.kind, entry.id))
        return self._with_room(plan, entry)

    def _with_room(self, plan: DownloadPlan, entry: CatalogueEntry | None) -> DownloadPlan:
        preflight(plan, entry, self._licences).check()
        self._library.reuse_files(plan)
        return plan

    def _find_others(self) -> tuple[FoundModel, ...]:
        installed = frozenset(model.path for model in self._library.installed())
        found = scan(usual_places(Path.home()), installed=installed, cancel=self._closing).models
        return tuple(model for model in found if not model.installed)

    def _use_others(self, others: tuple[FoundModel, ...]) -> int:
        for found in others:
            self._library.add_local(found.model.path, HowToAdd.IN_PLACE, name=found.name)
        return len(others)


def _is_untold(model: InstalledModel) -> bool:
    """Few models are of the kind whose files may not tell: theirs are looked into once more."""
    checkpoint = model.model
    if not isinstance(checkpoint, Checkpoint) or checkpoint.family is not ModelFamily.STABLE_DIFFUSION_2:
        return False
    return not checkpoint.path.is_dir() and leaves_prediction_untold(checkpoint.path)
