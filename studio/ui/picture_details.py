"""Below the picture: what it is, how it was made, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from studio.core.geometry import Size
from studio.core.grid import PlaceInGrid
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.result import PictureParameters
from studio.core.task import ImageToImage, Inpaint, TextToImage
from studio.gallery.family import parent_of
from studio.gallery.record import PictureRecord
from studio.ui.commands import Commands
from studio.ui.controls import action_button, icon_button, offer_menu
from studio.ui.elided_label import ElidedLabel
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.imaging.metadata.foreign_settings import ForeignSettings

_ROOM_FOR_LINK = 700
"""Design pixels: as wide as the middle of a window of 1360."""


class PictureDetails(QWidget):
    """Prompt, facts and the commands for the shown picture. Its height never changes.

    Signals:
        parent_asked(PictureId): show the picture that this one was made from.
    """

    parent_asked = Signal(object)

    def __init__(self, commands: Commands, is_known: Callable[[PictureId], bool]) -> None:
        """`is_known` tells whether a picture is in the gallery."""
        super().__init__()
        self.setAccessibleName(tr("About this picture"))
        self._is_known = is_known
        self._parent_id: PictureId | None = None
        self._has_parent = False
        self._record: PictureRecord | None = None
        """The picture that is told of; None for what is being made."""
        self._made_from = QToolButton()
        self._made_from.setObjectName("link")
        self._made_from.setText(tr("See original"))
        self._made_from.setToolTip(tr("Show the picture that this one was made from"))
        self._made_from.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._made_from.clicked.connect(lambda: self.parent_asked.emit(self._parent_id))
        self.family_button = icon_button(
            "family", tr("Family: what it was made from, and what was made from it"), tr("Family")
        )
        self._title = ElidedLabel(look="title")
        self._facts = ElidedLabel(look="facts")
        self._more = icon_button("more", tr("More about this picture"))
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
        row.addWidget(self._made_from)
        row.addWidget(self.family_button)
        for action in commands.for_picture_bar:
            row.addWidget(action_button(action))
        row.addWidget(self._more)
        self.setFixedHeight(px(64))
        self.show_nothing()

    def offer_more(self, menu: QMenu) -> None:
        """Open `menu` from the last button."""
        offer_menu(self._more, menu)

    def show_record(self, record: PictureRecord) -> None:
        parameters = record.parameters
        self._offer_parent(parent_of(record))
        self._record = record
        if parameters is None:
            self._title.set_text(record.path.name)
            self._facts.set_text(" · ".join(facts_of(record)))
            return
        self._title.set_text(parameters.prompt.text or tr("(empty prompt)"))
        self._facts.set_text(" · ".join(facts_of(record)))

    @property
    def facts(self) -> str:
        """What is said about the picture, in short."""
        return self._facts.text()

    def show_relatives(self, record: PictureRecord, *, known: bool = False, in_grid: PlaceInGrid | None = None) -> None:
        """Whether relatives are known, and which cell of a grid it is; looked for after `show_record`. Something else
        may be told of by then, as the next cell that is made."""
        if record != self._record:
            return
        self.family_button.setVisible(known)
        if in_grid is not None:
            cell = tr("cell {cell} of {n}", cell=in_grid.cell, n=in_grid.cells)
            grid = tr("grid “{name}”", name=in_grid.grid)
            self._facts.set_text(" · ".join((cell, self._facts.text(), grid)))  # what differs in it is seen first

    def show_foreign(self, record: PictureRecord, settings: ForeignSettings | None) -> None:
        """What another program's picture tells, if anything; read from its file, so it comes after `show_record`."""
        if settings is None:
            self._facts.set_text(
                tr(
                    "{width} × {height}  ·  no settings stored in this picture",
                    width=record.width,
                    height=record.height,
                )
            )
            return
        self._title.set_text(settings.prompt.text or record.path.name)
        self._facts.set_text(" · ".join(foreign_facts_of(record, settings)))

    def show_request(self, request: GenerationRequest) -> None:
        """What is being made just now."""
        self._offer_parent(None)
        self._record = None
        self._title.set_text(request.prompt.text or tr("(empty prompt)"))
        self._facts.set_text(
            " · ".join([*_facts(request.sampling, request.size, request.checkpoint.name), *_without(request.prompt)])
        )

    def _offer_parent(self, parent: PictureId | None) -> None:
        self._parent_id = parent
        self.family_button.hide()
        self._has_parent = parent is not None and self._is_known(parent)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """In a narrow window the texts need it more: the family has the picture before, too."""
        self._made_from.setVisible(self._has_parent and self.width() >= px(_ROOM_FOR_LINK))

    def show_nothing(self) -> None:
        self._offer_parent(None)
        self._record = None
        self._title.set_text(tr("No picture yet"))
        self._facts.set_text(tr("What made it is shown here: prompt, seed and more."))


def facts_of(record: PictureRecord) -> list[str]:
    """Short facts about how a picture was made, the ones that people compare first, what may be long last."""
    parameters = record.parameters
    if parameters is None:
        return [f"{record.width} × {record.height}"]
    facts = _facts(parameters.sampling, parameters.size, parameters.checkpoint_name)
    begun = [*start_facts(parameters), *_branch_facts(parameters)]
    # The proof comes first: where the window is narrow, the end is what is cut off.
    proof, seconds = _proof(parameters.unchanged_pixels), f"{parameters.seconds:.1f} s"
    return [*proof, *begun, *facts, seconds, *_without(parameters.prompt)]


def foreign_facts_of(record: PictureRecord, settings: ForeignSettings) -> list[str]:
    """The same of another program's picture, as far as it tells. Its size is that of the file."""
    told = {
        tr("seed {}"): settings.seed,
        tr("{} steps"): settings.num_inference_steps,
        "CFG {:g}": settings.guidance_scale,
        "{}": settings.scheduler.label if settings.scheduler else None,
    }
    facts = [words.format(value) for words, value in told.items() if value is not None]
    size, origin = (
        f"{record.width} × {record.height}",
        tr("made with {program}", program=settings.program or tr("another program")),
    )
    model = [settings.checkpoint_name] if settings.checkpoint_name else []
    return [*facts, size, *model, origin, *_without(settings.prompt)]


def start_facts(parameters: PictureParameters) -> list[str]:
    """What the picture started from."""
    match parameters.task:
        case TextToImage():
            return []
        case ImageToImage(strength=strength):
            return [tr("varied at strength {strength:g}", strength=strength)]
        case Inpaint(strength=strength):
            return [tr("repainted at strength {strength:g}", strength=strength)]


def _branch_facts(parameters: PictureParameters) -> list[str]:
    if not parameters.earlier:
        return []
    step = parameters.earlier[-1].until_step
    if not parameters.regions:
        return [tr("branched after step {step}", step=step)]
    return [tr("branched after step {step}, in a region", step=step)]


def _proof(checked: int | None) -> list[str]:
    return (
        [] if checked is None else [tr("unchanged outside the mask: yes ({checked:,} pixels checked)", checked=checked)]
    )


def _without(prompt: Prompt) -> list[str]:
    return [tr("without “{negative}”", negative=prompt.negative)] if prompt.negative else []


def _facts(sampling: Sampling, size: Size, checkpoint_name: str) -> list[str]:
    return [
        tr("seed {seed}", seed=sampling.seed),
        tr("{steps} steps", steps=sampling.num_inference_steps),
        f"CFG {sampling.guidance_scale:g}",
        sampling.scheduler.label,
        f"{size.width} × {size.height}",
        checkpoint_name,
    ]
