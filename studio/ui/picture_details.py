"""Below the picture: what it is, how it was made, and what can be done with it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from studio.core.geometry import Size
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.gallery.record import PictureRecord
from studio.ui.commands import Commands
from studio.ui.controls import action_button, icon_button
from studio.ui.elided_label import ElidedLabel
from studio.ui.theme import px


class PictureDetails(QWidget):
    """Prompt, facts and the commands for the shown picture. Its height never changes."""

    def __init__(self, commands: Commands) -> None:
        super().__init__()
        self.setAccessibleName("About this picture")
        self._title = ElidedLabel(look="title")
        self._facts = ElidedLabel(look="facts")
        self._more = icon_button("more", "More about this picture")
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        texts = QVBoxLayout()
        texts.setSpacing(px(4))
        texts.addStretch()
        texts.addWidget(self._title)
        texts.addWidget(self._facts)
        texts.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), 0, px(12), 0)
        row.setSpacing(px(4))
        row.addLayout(texts, 1)
        row.addSpacing(px(12))
        for action in commands.for_picture_bar:
            row.addWidget(action_button(action))
        row.addWidget(self._more)
        self.setFixedHeight(px(64))
        self.show_nothing()

    def offer_more(self, menu: QMenu) -> None:
        """Open `menu` from the last button."""
        self._more.setMenu(menu)

    def show_record(self, record: PictureRecord) -> None:
        parameters = record.parameters
        if parameters is None:
            self._title.set_text(record.path.name)
            self._facts.set_text(f"{record.width} × {record.height}  ·  no settings stored in this picture")
            return
        self._title.set_text(parameters.prompt.text or "(empty prompt)")
        self._facts.set_text(" · ".join(facts_of(record)))

    def show_request(self, request: GenerationRequest) -> None:
        """What is being made just now."""
        self._title.set_text(request.prompt.text or "(empty prompt)")
        self._facts.set_text(
            " · ".join(_facts(request.prompt, request.sampling, request.size, request.checkpoint.name))
        )

    def show_nothing(self) -> None:
        self._title.set_text("No picture yet")
        self._facts.set_text("What made it is shown here: prompt, seed and more.")


def facts_of(record: PictureRecord) -> list[str]:
    """Short facts about how a picture was made, the ones that people compare first."""
    parameters = record.parameters
    if parameters is None:
        return [f"{record.width} × {record.height}"]
    facts = _facts(parameters.prompt, parameters.sampling, parameters.size, parameters.checkpoint_name)
    return [*facts, f"{parameters.seconds:.1f} s"]


def _facts(prompt: Prompt, sampling: Sampling, size: Size, checkpoint_name: str) -> list[str]:
    without = [f"without “{prompt.negative}”"] if prompt.negative else []
    return [
        *without,
        f"seed {sampling.seed}",
        f"{sampling.num_inference_steps} steps",
        f"CFG {sampling.guidance_scale:g}",
        sampling.scheduler.label,
        f"{size.width} × {size.height}",
        checkpoint_name,
    ]
