"""From what a person wants to have to a download that may begin: the licence is asked about, the files looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from studio.checkpoints.catalogue_entry import CatalogueEntry, Repository
from studio.checkpoints.download.credentials import server_asking
from studio.core.download import DownloadPlan
from studio.core.errors import StudioError
from studio.core.language import tr
from studio.ui.background import RunInBackground
from studio.ui.messages import message_for
from studio.ui.model_manager.model_list_model import Shown
from studio.ui.model_manager.model_operations import ModelOperations
from studio.ui.model_manager.model_rows import download_key
from studio.ui.model_manager.model_texts import plan_text
from studio.ui.model_manager.models_page import ModelsPage
from studio.ui.notice_bar import Answer, Notice, NoticeBar


class ModelFetches(QObject):
    """
    Signals:
        asked(DownloadPlan): fetch this; the user agreed.
        look_up_asked(str): what is at this address?
    """

    asked = Signal(object)
    look_up_asked = Signal(str)

    def __init__(
        self,
        page: ModelsPage,
        operations: ModelOperations,
        run: RunInBackground,
        notices: NoticeBar,
        announce: Callable[[StudioError], None],
    ) -> None:
        super().__init__()
        self._page = page
        self._operations = operations
        self._run = run
        self._notices = notices
        self._announce = announce
        self._listed: dict[str, CatalogueEntry] = {}
        """Entries whose files are being asked for, by the address that was given."""
        page.address_given.connect(self._look_up)

    def fetch(self, entry: CatalogueEntry) -> None:
        """Have this entry of the catalogue, once its licence is accepted."""
        self._run(
            lambda: self._operations.is_accepted(entry.licence),
            done=lambda accepted: self._download_or_ask(entry, accepted=accepted),
            failed=self._announce,
        )

    def begin(self, plan: DownloadPlan) -> None:
        """Have what `plan` says, and show it among the downloads."""
        self.asked.emit(plan)
        self._page.search.clear()  # what is searched for may hide it
        self._page.show_only(Shown.COMING)
        self._page.choose(download_key(plan.id))

    # --- what the service of the downloads found ---

    def on_looked_up(self, text: str, plan: DownloadPlan) -> None:
        self._page.set_looking_up(busy=False)
        entry = self._listed.pop(text, None)
        if entry is not None:
            self._prepare(plan, entry)
            return
        self._page.address.clear()
        answers = (Answer(tr("Download"), lambda: self._prepare(plan, None)), Answer(tr("Leave it"), lambda: None))
        self._notices.show_notice(
            Notice(tr("Download “{title}”?", title=plan.title), plan_text(plan), answers, key="looked up")
        )

    def on_lookup_failed(self, text: str, error: StudioError) -> None:
        self._page.set_looking_up(busy=False)
        if self._listed.pop(text, None) is not None:
            self._announce(error)
        else:
            self._page.show_address_fault(message_for(error).text, server_asking(error))

    # --- on the way ---

    def _look_up(self, text: str) -> None:
        self._page.set_looking_up(busy=True)
        self.look_up_asked.emit(text)

    def _download_or_ask(self, entry: CatalogueEntry, *, accepted: bool) -> None:
        if accepted:
            self._download_entry(entry)
            return
        licence = entry.licence
        gated = (
            tr(" Accept its page there first, with an account of yours, and give a token of it.")
            if licence.gated
            else ""
        )
        self._page.card.ask(
            tr(
                "{name} is under {licence}. {allows}{gated}",
                name=entry.name,
                licence=licence.name,
                allows=tr(licence.allows),
                gated=gated,
            ),
            tr("Accept and download"),
            lambda: self._accept_and_download(entry),
        )

    def _accept_and_download(self, entry: CatalogueEntry) -> None:
        self._run(
            lambda: self._operations.accept(entry.licence),
            done=lambda _: self._download_entry(entry),
            failed=self._announce,
        )

    def _download_entry(self, entry: CatalogueEntry) -> None:
        self._run(
            lambda: self._operations.plan(entry), done=lambda plan: self._fetch(entry, plan), failed=self._announce
        )

    def _fetch(self, entry: CatalogueEntry, plan: DownloadPlan | None) -> None:
        if plan is not None:
            self.asked.emit(plan)
        elif isinstance(entry.origin, Repository):
            self._listed[entry.origin.address] = entry
            self._look_up(entry.origin.address)

    def _prepare(self, plan: DownloadPlan, entry: CatalogueEntry | None) -> None:
        agreed = replace(plan, licence_accepted=True)
        self._run(lambda: self._operations.prepare(agreed, entry), done=self.begin, failed=self._announce)
