"""What is said of a model that has come, and what is offered: to see what it makes, and to use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtCore import QObject, Signal

from studio.checkpoints.installed_model import InstalledModel
from studio.core.checkpoint import Checkpoint
from studio.core.download import DownloadResult
from studio.core.family import family_traits
from studio.core.language import tr
from studio.ui.model_manager.model_operations import ModelsFound
from studio.ui.model_manager.model_texts import fetched_text
from studio.ui.model_manager.picture_maker import PICTURED_KINDS, maker_of
from studio.ui.notice_bar import Answer, Notice, NoticeBar


class ModelArrivals(QObject):
    """
    Signals:
        model_chosen(Checkpoint): make pictures with this one.
        test_picture_asked(InstalledModel, Checkpoint): make one with the checkpoint that stands for it in the list.
        prompt_part_asked(str): add this to the prompt.
    """

    model_chosen = Signal(object)
    test_picture_asked = Signal(object, object)
    prompt_part_asked = Signal(str)

    def __init__(
        self, notices: NoticeBar, checkpoint: Callable[[], Checkpoint], found: Callable[[], ModelsFound | None]
    ) -> None:
        """`checkpoint` tells the one in use, `found` what is on this computer, once that is known."""
        super().__init__()
        self._notices = notices
        self._checkpoint = checkpoint
        self._found = found

    def tell(self, model: InstalledModel, result: DownloadResult | None = None) -> None:
        """With what one wants of it first. Of what was fetched this says in one notice what two would."""
        title, key = tr("{name} is there", name=model.name), f"arrived {model.root}"
        fetched = "" if result is None else f"{fetched_text(result)} "
        if result is not None:
            key = result.plan.id
        if model.kind not in PICTURED_KINDS:
            self._notices.show_notice(Notice(title, fetched + tr("It can be used now."), key=key))
            return
        sample = Answer(tr("Make a test picture"), partial(self.make_test_picture, model))
        text = tr("A test picture with its best settings shows what it makes, and stands for it in the list.")
        answers = (sample, *self._way_to_use(model), Answer(tr("Later"), _do_nothing))
        self._notices.show_notice(Notice(title, fetched + text, answers, key=key))

    def make_test_picture(self, model: InstalledModel) -> None:
        """Ask for one, or say that nothing here can make it."""
        maker = maker_of(model, self._checkpoints())
        if maker is not None:
            self.test_picture_asked.emit(model, maker)
            return
        text = (
            tr(
                "It changes models of {family}, and none is on this computer. Download or add one first.",
                family=family_traits(model.family).label,
            )
            if model.family
            else tr("It is not known which models it changes.")
        )
        self._notices.show_notice(Notice(tr("No model for {name}", name=model.name), text, key="no maker"))

    def _way_to_use(self, model: InstalledModel) -> tuple[Answer, ...]:
        if isinstance(model.model, Checkpoint):
            return (Answer(tr("Use it"), partial(self.model_chosen.emit, model.model)),)
        if model.prompt_part:
            return (Answer(tr("Add to the prompt"), partial(self.prompt_part_asked.emit, model.prompt_part)),)
        return ()

    def _checkpoints(self) -> Iterator[Checkpoint]:
        """That in use first; the bundled one, which is small, last."""
        yield self._checkpoint()
        found = self._found()
        if found is not None:
            yield from (model.model for model in found.installed if isinstance(model.model, Checkpoint))
            yield found.bundled


def _do_nothing() -> None:
    """The answer was no."""
