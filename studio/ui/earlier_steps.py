"""The line above the sampling that says that the next picture begins with other settings, as a branch does."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.errors import RegionOfAnother
from studio.core.geometry import Size
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.request import Region, Stretch
from studio.ui.controls import section, small_icon_button
from studio.ui.elided_label import ElidedLabel
from studio.ui.stretch_text import told_stretches
from studio.ui.theme import px


@dataclass(frozen=True, slots=True)
class Beginning:
    """What, besides the settings of its stretches, decides the first steps of a picture."""

    seed: int
    steps: int
    clip_skip: int
    size: Size
    checkpoint_name: str


class EarlierSteps(QWidget):
    """Hidden while there are none. They stay until they are taken away.

    Signals:
        changed(): they were taken away.
        shown(): others are shown, or none.
    """

    changed = Signal()
    shown = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Earlier steps"))
        self.earlier: tuple[Stretch, ...] = ()
        self.regions: tuple[Region, ...] = ()
        self._parent: PictureId | None = None
        self._beginning: Beginning | None = None
        self._title = section("")
        self._told = ElidedLabel(look="muted")
        self.remove = small_icon_button("close", tr("Take the earlier steps away: the next picture is no branch"))
        self.remove.clicked.connect(self._take_away)
        heading = QHBoxLayout()
        heading.setContentsMargins(0, 0, 0, 0)
        heading.addWidget(self._title, 1)
        heading.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(heading)
        column.addWidget(self._told)
        self.hide()

    def show_stretches(
        self,
        earlier: tuple[Stretch, ...],
        parent: PictureId | None,
        beginning: Beginning | None,
        regions: tuple[Region, ...] = (),
    ) -> None:
        """What the next pictures begin with, as `GenerationRequest` has it; `parent` began so and with `beginning`."""
        self.earlier, self._parent, self._beginning = earlier, parent, beginning
        self.regions = regions
        if earlier:
            in_all = tr("Branch after step {step}", step=earlier[-1].until_step)
            in_region = tr("Branch after step {step}, in a region", step=earlier[-1].until_step)
            title = in_region if regions else in_all
            self._title.setText(title.upper())
            self._title.setAccessibleName(title)
            told = tr("Before: ") + "; ".join(told_stretches(earlier))
            self._told.set_text(told)
            self._told.setAccessibleName(told)
        self.setVisible(bool(earlier))
        self.shown.emit()

    def parent_of(self, beginning: Beginning) -> PictureId | None:
        """The picture that one with this beginning is a branch of: another seed makes another picture from the first
        step on.
        """
        return self._parent if beginning == self._beginning else None

    def regions_of(self, beginning: Beginning) -> tuple[Region, ...]:
        """Those of a picture with this beginning. Raises RegionOfAnother where there are some of another one."""
        if self.regions and beginning != self._beginning:
            raise RegionOfAnother
        return self.regions

    def _take_away(self) -> None:
        self.show_stretches((), None, None)
        self.changed.emit()
