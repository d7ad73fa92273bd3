"""What is said about downloads wherever the user is: those left by an earlier session, and how each one ended."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from studio.checkpoints.download.credentials import server_asking
from studio.core.download import Download, DownloadPlan, DownloadResult, DownloadState
from studio.core.errors import StudioError
from studio.core.language import tr, trn
from studio.ui.messages import message_for
from studio.ui.model_manager.model_texts import fetched_text
from studio.ui.notice_bar import Answer, Notice, NoticeBar
from studio.worker.download_service import DownloadService


class DownloadOffers(QObject):
    """Offers to go on with what was left; nothing is fetched before the answer."""

    def __init__(self, notices: NoticeBar, service: DownloadService, ask_token: Callable[[str], None]) -> None:
        """`ask_token` asks the user for the token of a server."""
        super().__init__()
        self._notices = notices
        self._service = service
        self._ask_token = ask_token
        service.restored.connect(self._offer)
        service.paused.connect(self._tell_error)
        service.failed.connect(self._tell_error)
        service.finished.connect(self._tell_finished)
        service.trouble.connect(self._tell_trouble)

    def _offer(self, downloads: tuple[Download, ...]) -> None:
        left = [download.plan for download in downloads if download.state is DownloadState.PAUSED]
        if not left:
            return
        self._notices.show_notice(
            Notice(
                trn("{n} download is not finished", "{n} downloads are not finished", len(left)),
                trn(
                    "“{title}” goes on where it stopped. Nothing is fetched before you say so.",
                    "They go on where they stopped, beginning with “{title}”. Nothing is fetched before you say so.",
                    len(left),
                    title=left[0].title,
                ),
                (Answer(tr("Continue"), lambda: self._resume(left)), Answer(tr("Later"), lambda: None)),
                key="downloads left",
            )
        )

    def _resume(self, plans: list[DownloadPlan]) -> None:
        for plan in plans:
            self._service.resume(plan.id)

    def _tell_error(self, plan: DownloadPlan, error: StudioError) -> None:
        message = message_for(error)
        again = Answer(tr("Try again"), lambda: self._service.resume(plan.id))
        server = server_asking(error)
        token = (Answer(tr("Give a token…"), lambda: self._ask_token(server)),) if server else ()
        text = f"“{plan.title}”: {message.text}"
        notice = Notice(message.title, text, (again, *token), grave=True, key=plan.id)
        self._notices.show_notice(notice)

    def _tell_finished(self, result: DownloadResult) -> None:
        """Once it is a model that can be used, a notice that says so takes the place of this one."""
        self._notices.show_notice(Notice(tr("The download is complete"), fetched_text(result), key=result.plan.id))

    def _tell_trouble(self, error: StudioError) -> None:
        message = message_for(error)
        self._notices.show_notice(Notice(message.title, message.text, grave=True, key="downloads"))
