"""Which model pictures are made with, and what else could be chosen."""

from __future__ import annotations

from collections.abc import Callable

from studio.checkpoints.addon_finder import AddonFinder
from studio.checkpoints.store import CheckpointStore
from studio.core.checkpoint import Checkpoint
from studio.core.errors import CheckpointError, StudioError
from studio.ui.main_window import MainWindow
from studio.ui.messages import message_for
from studio.ui.model_switch import ModelSwitch
from studio.ui.notice_bar import Notice
from studio.worker.background import BackgroundThread


class ModelChoice:
    """Begins with the model of last time; `notices` tell if it is gone. What is installed is looked at in `scan`."""

    def __init__(
        self,
        window: MainWindow,
        store: CheckpointStore,
        addons: AddonFinder,
        last_time: str,
        scan: BackgroundThread,
        announce: Callable[[StudioError], None],
    ) -> None:
        """`last_time` is a model's name or its entry in the catalogue, empty at the first start."""
        self._panel = window.request_panel
        self._store = store
        self._addons = addons
        self._scan = scan
        self._announce = announce
        self.notices: list[Notice] = []
        self.switch = ModelSwitch(self._panel, window.notices, self._of_last_time(last_time))
        self._panel.model.refresh_asked.connect(self.offer_models)
        self._panel.sampling.fine.unfolded.connect(self.offer_vaes)

    def offer_models(self) -> None:
        """Look at what is installed, in the background."""
        self._scan.run(self._store.installed, done=self._panel.model.offer, failed=self._announce)

    def offer_vaes(self) -> None:
        self._scan.run(self._addons.vaes, done=self._panel.sampling.fine.offer_vaes, failed=self._announce)

    def _of_last_time(self, name: str) -> Checkpoint:
        """If it is gone, the program's own, and a notice."""
        if not name:
            return self._store.default()
        try:
            return self._store.find(name)
        except CheckpointError as error:
            message = message_for(error)
            self.notices.append(Notice(message.title, message.text))
            return self._store.default()
