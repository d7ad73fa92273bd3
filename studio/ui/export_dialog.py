"""Asks how pictures are to be exported: as what, in which format, with or without what made them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QGridLayout, QVBoxLayout, QWidget

from studio.core.language import tr
from studio.imaging.export import JPEG_XL, export_endings
from studio.imaging.export_many import Packing
from studio.ui.controls import accept_or_cancel, label
from studio.ui.theme import px

_PACKINGS = {
    Packing.FILES: tr("Files in a folder"),
    Packing.ZIP: tr("One ZIP file"),
    Packing.SHEET: tr("One contact sheet"),
}
_FORMATS = {
    ".png": tr("PNG, exact"),
    ".jpg": tr("JPEG, small"),
    ".webp": tr("WebP, small and sharp"),
    ".avif": tr("AVIF, smallest"),
    JPEG_XL: tr("JPEG XL, small and sharp"),
}
_WITH = tr("Other programs of this kind can read how the pictures were made. Their names tell a part of it, too.")
_WITHOUT = tr("Nothing but pixels: no text, EXIF or XMP, and numbers for names.")
_SHEET_WITH = tr("The pictures have their names below them. The sheet itself tells nothing else.")
_SHEET_WITHOUT = tr("Pictures alone, without names.")


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What `ExportWish` says, but for the place."""

    packing: Packing
    ending: str
    with_settings: bool


class ExportDialog(QDialog):
    """
    Signals:
        decided(ExportChoice)
    """

    decided = Signal(object)

    def __init__(self, parent: QWidget, pictures: int) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(
            tr("Export 1 picture") if pictures == 1 else tr("Export {pictures:,} pictures", pictures=pictures)
        )
        self.setMinimumWidth(px(440))
        self.packing = _combo(tr("Export as"), tr("What the pictures become"), _PACKINGS.values())
        self._endings = [ending for ending in _FORMATS if ending in export_endings()]
        self.format = _combo(tr("Format"), tr("How the pictures are written"), map(_FORMATS.__getitem__, self._endings))
        self.with_settings = QCheckBox(tr("With their settings"))
        self.with_settings.setToolTip(tr("Whether the copies tell how the pictures were made"))
        self.with_settings.setChecked(True)
        self._explanation = label("", "muted")
        self._explanation.setWordWrap(True)
        self._lay_out()
        self.packing.currentIndexChanged.connect(self._explain)
        self.with_settings.toggled.connect(self._explain)
        self._explain()

    @property
    def choice(self) -> ExportChoice:
        """As it is now."""
        packing, ending = tuple(_PACKINGS)[self.packing.currentIndex()], self._endings[self.format.currentIndex()]
        return ExportChoice(packing, ending, self.with_settings.isChecked())

    def accept(self) -> None:
        choice = self.choice
        super().accept()
        self.decided.emit(choice)

    def _explain(self) -> None:
        is_sheet, told = self.choice.packing is Packing.SHEET, self.choice.with_settings
        self.with_settings.setText(tr("With their names") if is_sheet else tr("With their settings"))
        texts = (_SHEET_WITHOUT, _SHEET_WITH) if is_sheet else (_WITHOUT, _WITH)
        self._explanation.setText(texts[told])

    def _lay_out(self) -> None:
        rows = QGridLayout()
        rows.setHorizontalSpacing(px(16))
        rows.setVerticalSpacing(px(8))
        rows.setColumnStretch(1, 1)
        for row, (name, field) in enumerate(((tr("Export as"), self.packing), (tr("Format"), self.format))):
            name_label = label(name)
            name_label.setBuddy(field)
            rows.addWidget(name_label, row, 0)
            rows.addWidget(field, row, 1)
        _, buttons = accept_or_cancel(self, tr("Export…"))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(12))
        column.addLayout(rows)
        column.addWidget(self.with_settings)
        column.addWidget(self._explanation)
        column.addSpacing(px(4))
        column.addLayout(buttons)


def _combo(name: str, tip: str, texts: Iterable[str]) -> QComboBox:
    field = QComboBox()
    field.setAccessibleName(name)
    field.setToolTip(tip)
    field.addItems(list(texts))
    field.setFixedHeight(px(32))
    return field
