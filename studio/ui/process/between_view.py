"""The way from one picture to another, or from one seed to another, as a strip of frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from studio.core.errors import InvalidSeed, StudioError
from studio.core.language import tr
from studio.core.request import Sampling
from studio.imaging.interpolation import even_shares
from studio.ui.controls import icon_button, label, mode_button
from studio.ui.elided_label import ElidedLabel
from studio.ui.flow_layout import FlowLayout
from studio.ui.icons import icon
from studio.ui.messages import message_for
from studio.ui.process.invitation import Invitation
from studio.ui.process.no_picture import NoPicture
from studio.ui.process.picture_pane import PicturePane
from studio.ui.process.step_player import StepPlayer
from studio.ui.step_strip import StepStrip
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.core.study import StudiedPicture

FEWEST_FRAMES, MOST_FRAMES, _USUAL_FRAMES = 3, 33, 9
_PICTURES = tr("Choose another picture, and see what lies between its latent and this one’s.")
_READY = tr("The latents in between are decoded, from this picture’s to that of the other one.")
_SEEDS = tr(
    "The same prompt and settings as on the left, from noise between that of two seeds. Euler a and LCM draw noise "
    "in each step, which is that of the nearer seed: with them the frames jump in the middle."
)


@dataclass(frozen=True, slots=True, eq=False)
class ShownFrames:
    """The finished frames, the first one first, and what each is called."""

    pixels: tuple[Pixels, ...]
    names: tuple[str, ...]


class BetweenView(QWidget):
    """
    Signals:
        gallery_asked(): as `choose_asked`, the one that is selected in the gallery besides this.
        choose_asked(): another picture is to be chosen; `show_other` is to follow.
        pictures_asked(int): so many frames from the picture that is looked at to the chosen one.
        seeds_asked(int, int): so many frames from the seed on the left to this one.
        stop_asked(): no more frames are wanted.
        save_asked(ShownFrames)
    """

    choose_asked = Signal()
    gallery_asked = Signal()
    pictures_asked = Signal(int)
    seeds_asked = Signal(object, int)
    stop_asked = Signal()
    save_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.of_pictures = mode_button(
            tr("Two pictures"),
            tr("what lies between the latents of two pictures"),
            "",
            lambda: self._set_of_seeds(False),
        )
        self.of_seeds = mode_button(
            tr("Two seeds"),
            tr("what the prompt on the left becomes between two seeds"),
            "",
            lambda: self._set_of_seeds(True),
        )
        self._group = QButtonGroup(self)
        self._group.addButton(self.of_pictures)
        self._group.addButton(self.of_seeds)
        self.choose = QPushButton(tr("Other…"))
        self.choose.setAccessibleName(tr("Other picture"))
        self.choose.setToolTip(tr("Choose the picture at the end of the way"))
        self.from_gallery = icon_button(
            "image",
            tr("Take the other picture that is selected in the gallery: select two there, with Ctrl"),
            tr("Other selected picture"),
        )
        self.seed = QLineEdit("1")
        self.seed.setFixedWidth(px(120))
        self.seed.setAccessibleName(tr("Seed at the end of the way"))
        self.seed.setToolTip(tr("The seed at the end; the one at the beginning is that on the left"))
        self.seed_name = label(tr("to seed"), "muted")
        self.count = QSpinBox()
        self.count.setRange(FEWEST_FRAMES, MOST_FRAMES)
        self.count.setValue(_USUAL_FRAMES)
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.count.setFixedWidth(px(56))
        self.count.setAccessibleName(tr("Frames"))
        self.count.setToolTip(tr("How many pictures, both ends among them"))
        self.make = QPushButton(tr("Make the frames"))
        self.stop = QPushButton(tr("Stop"))
        self.stop.setToolTip(tr("Make no more of them; those that are there stay"))
        self.invitation = Invitation("", "", "")
        self.nothing = NoPicture(
            tr("Between two pictures"),
            tr("What lies between the latents of two pictures: first, one to begin with is needed."),
        )
        self.pane = PicturePane(tr("On the way"), "")
        self.strip = StepStrip(
            tr("Frames"), tr("The frames from one end to the other: point at one, or use the arrow keys")
        )
        self.player = StepPlayer()
        self.play = icon_button("play", tr("Play the frames"), tr("Play"))
        self.save = icon_button("save", tr("Save the frames as GIF, WebP, MP4 or a sheet"), tr("Save the frames"))
        self.told = ElidedLabel(look="muted")
        self._has_picture = False
        self._is_picture_there = True
        self._other = ""
        self._why = ""
        self._expected = 0
        self._frames: list[Pixels] = []
        self._lay_out()
        self._connect()
        self.of_pictures.setChecked(True)
        self._set_of_seeds(False)

    @property
    def frames(self) -> tuple[Pixels, ...]:
        """Those that are there."""
        return tuple(self._frames)

    # --- what it is told ---

    def invite(self) -> None:
        """There is no picture to begin with; between seeds can be looked at nevertheless."""
        self._is_picture_there = False
        self._await(_PICTURES)

    def await_picture(self, why: str) -> None:
        """The one to begin with cannot be used yet, and why."""
        self._is_picture_there = True
        self._await(why)

    def _await(self, why: str) -> None:
        self._has_picture = False
        if not self.of_seeds.isChecked():
            self.stop_asked.emit()
            self.forget(why)

    def show_picture(self, _studied: StudiedPicture) -> None:
        """The way can begin there."""
        self._has_picture = self._is_picture_there = True
        if not self.of_seeds.isChecked():
            self.stop_asked.emit()
            self.forget(_PICTURES)

    def show_other(self, name: str) -> None:
        """This picture is at the end of the way."""
        self._other = name
        self._tell_other()
        self._show_state()

    def _tell_other(self) -> None:
        has_other = self._other and not self.of_seeds.isChecked()
        self.told.set_text(tr("To {name}", name=self._other) if has_other else "")

    def _tell_making(self) -> None:
        made = len(self._frames)
        self.told.set_text(tr("Frame {number} of {count} is being made.", number=made + 1, count=self._expected))

    def tell_nothing_selected(self) -> None:
        """There is no other picture to take."""
        self.told.set_text(tr("Select two pictures in the gallery, with Ctrl: the other one is the end of the way."))

    def begin(self, count: int) -> None:
        """So many frames come from now on."""
        self.forget(tr("The first frame is being made."))
        self._expected = count
        self._tell_making()
        self._show_state()

    def add_frame(self, pixels: Pixels) -> None:
        """The next one; it is shown if the last one was looked at."""
        follows = self.strip.current == max(0, len(self._frames) - 1)
        self._frames.append(pixels)
        current = len(self._frames) - 1 if follows else self.strip.current
        self.strip.show_steps(self._frames)
        self.player.set_steps(len(self._frames))
        self._show_frame(current)
        if len(self._frames) < self._expected:
            self._tell_making()
        else:
            self._tell_other()
        self._show_state()

    def end(self) -> None:
        """No more come."""
        self._expected = len(self._frames)
        self._tell_other()
        if not self._frames:
            self.forget(_SEEDS if self.of_seeds.isChecked() else _PICTURES)
        self._show_state()

    def show_fault(self, error: StudioError) -> None:
        """A frame could not be made."""
        message = message_for(error)
        self.end()
        self.told.set_text(f"{message.title}: {message.text}")

    def forget(self, why: str) -> None:
        """The frames; `why` stands in their place."""
        self._frames, self._expected = [], 0
        self.player.set_steps(0)
        self.strip.show_steps([])
        self.pane.show_nothing(why)
        self.pane.set_hint("")
        self._why = why
        self._tell_other()
        self._show_state()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing plays while nobody looks."""
        super().hideEvent(event)
        self.player.stop()

    # --- what is asked ---

    def _ask(self) -> None:
        if not self.of_seeds.isChecked():
            self.pictures_asked.emit(self.count.value())
            return
        try:
            seed = _seed_in(self.seed.text())
        except InvalidSeed as error:
            self.told.set_text(message_for(error).text)
        else:
            self.seeds_asked.emit(seed, self.count.value())

    def _save(self) -> None:
        names = [frame_text(place, self._expected) for place in range(len(self._frames))]
        self.save_asked.emit(ShownFrames(tuple(self._frames), tuple(names)))

    def _set_of_seeds(self, of_seeds: bool) -> None:
        self.stop_asked.emit()
        self.choose.setVisible(not of_seeds)
        self.from_gallery.setVisible(not of_seeds)
        self.seed_name.setVisible(of_seeds)
        self.seed.setVisible(of_seeds)
        self.forget(_SEEDS if of_seeds else _PICTURES)

    def _show_frame(self, index: int) -> None:
        self.strip.set_current(index)
        self.player.go_to(index)
        self.pane.show_exact(self._frames[index])
        self.pane.set_hint(frame_text(index, self._expected))

    def _show_state(self) -> None:
        is_making = len(self._frames) < self._expected
        can_begin = self.of_seeds.isChecked() or (self._has_picture and bool(self._other))
        self._show_buttons(is_making=is_making)
        self.make.setEnabled(can_begin)
        self.make.setToolTip(
            tr("Make the frames, between the pictures that wait in the queue")
            if can_begin
            else tr("Choose the other picture first")
            if self._is_picture_there
            else tr("Make or open a picture first")
        )
        self._show_invitation(can_begin=can_begin)
        for control in (self.play, self.save):
            control.setEnabled(len(self._frames) > 1)
        self.strip.setEnabled(bool(self._frames))

    def _show_buttons(self, *, is_making: bool) -> None:
        """Making them, or stopping that. Keys that were for the one are for the other: else they go to what is next."""
        goes, comes = (self.make, self.stop) if is_making else (self.stop, self.make)
        has_keys = goes.hasFocus() or (is_making and self.invitation.run.hasFocus())
        comes.setVisible(True)
        if has_keys:
            comes.setFocus()
        goes.setVisible(False)

    def _show_invitation(self, *, can_begin: bool) -> None:
        """In place of frames that nobody asked for yet."""
        of_seeds = self.of_seeds.isChecked()
        self.invitation.title.setText(tr("Between two seeds") if of_seeds else tr("Between two pictures"))
        is_ready = can_begin and not of_seeds
        self.invitation.why.setText(_READY if is_ready else self._why)
        self.invitation.run.setText(self.make.text() if can_begin else tr("Choose another picture"))
        self.invitation.run.setToolTip(self.make.toolTip() if can_begin else self.choose.toolTip())
        self.invitation.set_offering(offers=of_seeds or self._has_picture)
        has_frames = bool(self._frames or self._expected)
        invitation = self.invitation if of_seeds or self._is_picture_there else self.nothing
        self._middle.setCurrentWidget(self.pane if has_frames else invitation)
        self._foot.setVisible(has_frames)

    def _accept(self) -> None:
        if self.make.isEnabled():
            self._ask()
        else:
            self.choose_asked.emit()

    def _show_playing(self) -> None:
        self.play.setIcon(icon("pause" if self.player.is_playing else "play"))
        self.play.setAccessibleName(tr("Pause") if self.player.is_playing else tr("Play"))

    # --- how it is put together ---

    def _connect(self) -> None:
        self.choose.clicked.connect(self.choose_asked)
        self.from_gallery.clicked.connect(self.gallery_asked)
        self.make.clicked.connect(self._ask)
        self.invitation.accepted.connect(self._accept)
        self.seed.returnPressed.connect(self._ask)
        self.stop.clicked.connect(self.stop_asked)
        self.strip.chosen.connect(self._show_frame)
        self.play.clicked.connect(self.player.toggle)
        self.player.moved.connect(self._show_frame)
        self.player.changed.connect(self._show_playing)
        self.save.clicked.connect(self._save)

    def _lay_out(self) -> None:
        ask = QWidget()
        groups = FlowLayout(ask, spacing=px(8))  # in some languages both have no room in one row
        groups.addWidget(
            _group(self.of_pictures, self.of_seeds, self.choose, self.from_gallery, self.seed_name, self.seed)
        )
        groups.addWidget(_group(label(tr("Frames"), "muted"), self.count, self.make, self.stop))
        for widget in (self.choose, self.seed, self.count, self.make, self.stop):
            widget.setFixedHeight(px(32))
        self._foot = QWidget()
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(px(8))
        foot.addWidget(self.play, 0, Qt.AlignmentFlag.AlignVCenter)
        foot.addWidget(self.strip, 1)
        foot.addWidget(self.save, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(ask)
        middle = QWidget()
        self._middle = QStackedLayout(middle)
        for part in (self.invitation, self.nothing, self.pane):
            self._middle.addWidget(part)
        column.addWidget(middle, 1)
        column.addWidget(self.told)
        column.addWidget(self._foot)


def _group(*widgets: QWidget) -> QWidget:
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(px(8))
    for widget in widgets:
        row.addWidget(widget)
    return group


def frame_text(index: int, count: int) -> str:
    """ "Frame 3 of 9, 25 % of the way"."""
    return tr(
        "Frame {index} of {count}, {percent} % of the way",
        index=index + 1,
        count=count,
        percent=round(100 * even_shares(max(2, count))[index]),
    )


def _seed_in(text: str) -> int:
    """Raises InvalidSeed."""
    try:
        seed = int(text)
    except ValueError as error:
        raise InvalidSeed(text, Sampling.HIGHEST_SEED) from error
    if not 0 <= seed <= Sampling.HIGHEST_SEED:
        raise InvalidSeed(seed, Sampling.HIGHEST_SEED)
    return seed
