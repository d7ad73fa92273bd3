"""Another model is chosen: the panel follows, and says which settings it changed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.core.checkpoint import Checkpoint, RecommendedSampling
from studio.core.errors import InvalidSize
from studio.core.language import tr
from studio.ui.model_settings import settings_for, settings_text
from studio.ui.notice_bar import Answer, Notice, NoticeBar
from studio.ui.request_panel import RequestPanel

_NOTICE = "model settings"


class ModelSwitch(QObject):
    """Holds the model that pictures are made with.

    Signals:
        switched(Checkpoint): this model is to be used from now on.
    """

    switched = Signal(object)

    def __init__(self, panel: RequestPanel, notices: NoticeBar, checkpoint: Checkpoint) -> None:
        super().__init__()
        self._panel = panel
        self._notices = notices
        self._checkpoint = checkpoint
        self._used: dict[Path, RecommendedSampling] = {}
        panel.offer(checkpoint)
        panel.model.chosen.connect(self.switch)

    @property
    def checkpoint(self) -> Checkpoint:
        return self._checkpoint

    def switch(self, new: Checkpoint) -> None:
        """Use `new`, with the settings that suit it."""
        old, current = self._checkpoint, self._current_settings()
        self._checkpoint = new
        self._used[old.path] = current
        used = self._used.get(new.path)
        settings = settings_for(new, old, current, used)
        self._panel.offer(new)
        self._panel.sampling.choose(settings)
        self.switched.emit(new)
        if used is None:
            self._tell(new, current, settings)
        else:
            self.go_on()

    def go_on(self) -> None:
        """The settings are as the user wants them: nothing needs to be said about them any more."""
        self._notices.dismiss(_NOTICE)

    def _current_settings(self) -> RecommendedSampling:
        """Those in the panel; the model's best where the size cannot be read."""
        try:
            return self._panel.sampling.chosen()
        except InvalidSize:
            return self._checkpoint.recommended

    def _tell(self, new: Checkpoint, before: RecommendedSampling, now: RecommendedSampling) -> None:
        """Say what was changed, with the way back; or what could be better."""
        choose = self._panel.sampling.choose
        if now != before:
            keep = Answer(tr("Keep mine"), lambda: choose(before))
            self._notices.show_notice(
                Notice(
                    tr("Settings for {name}", name=new.name),
                    tr("Now {settings}.", settings=settings_text(now)),
                    (keep,),
                    key=_NOTICE,
                )
            )
        elif now != new.recommended:
            best = new.recommended
            use = Answer(tr("Use these"), lambda: choose(best))
            self._notices.show_notice(
                Notice(
                    tr("{name} is best at other settings", name=new.name),
                    f"{settings_text(best)}.",
                    (use,),
                    key=_NOTICE,
                )
            )
