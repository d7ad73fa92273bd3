"""The page of the models, in the middle of the window: a search, a list, and a card for the chosen one. No logic."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QItemSelection, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QSplitter,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.core.language import tr
from studio.ui.controls import icon_button, label, prepare_search, separator
from studio.ui.model_manager.model_card import ModelCard
from studio.ui.model_manager.model_delegate import ModelDelegate
from studio.ui.model_manager.model_list_model import ROW, ModelListModel, Shown
from studio.ui.model_manager.model_row import ModelRow
from studio.ui.theme import px

_NAMES = {
    Shown.ALL: tr("All"),
    Shown.HERE: tr("On this computer"),
    Shown.TO_DOWNLOAD: tr("To download"),
    Shown.COMING: tr("Downloads"),
}


class ModelsPage(QWidget):
    """Shows what the model of the list holds.

    Signals:
        address_given(str): a page, a repository or a link that a model may be at.
        files_given(tuple[Path, ...]): files or folders to add.
        search_places_asked(): look where other programs keep their models.
        tokens_asked(str): show the tokens, first that for this server; empty means any.
        close_asked()
    """

    address_given = Signal(str)
    files_given = Signal(object)
    search_places_asked = Signal()
    tokens_asked = Signal(str)
    close_asked = Signal()

    def __init__(self, model: ModelListModel) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAccessibleName(tr("Models"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self._model = model
        self.search = QLineEdit()
        self.address = QLineEdit()
        self.look_up = QPushButton(tr("Look it up"))
        self.look_up_searched = QPushButton(tr("Look it up"))
        self.view = _ModelView(model)
        self.card = ModelCard()
        self._body = QStackedLayout()
        self._filters = QButtonGroup(self)
        self._counts: dict[Shown, QToolButton] = {}
        self._fault = label("", "fault")
        self.give_token = QPushButton(tr("Give a token…"))
        self._server = ""
        self._tip_of_look_up = tr("Ask that site which files there are; nothing is downloaded yet")
        self._lay_out()
        self._connect()

    def choose(self, key: str) -> None:
        """Make this row the current one, if it is listed."""
        number = self._model.number_of(key)
        if number is not None:
            self.view.setCurrentIndex(self._model.index(number))
            self.view.scrollTo(self._model.index(number))

    def show_only(self, shown: Shown) -> None:
        self._counts[shown].setChecked(True)
        self._model.set_shown(shown)

    def show_address_fault(self, text: str, server: str = "") -> None:
        """A sentence under the field of the address; empty takes it away. `server` asks for a token."""
        self._server = server
        self.give_token.setVisible(bool(server))
        self._fault.setText(text)
        self._fault.setVisible(bool(text))

    def set_looking_up(self, *, busy: bool) -> None:
        self.look_up.setEnabled(not busy)
        self.look_up.setText(tr("Looking…") if busy else tr("Look it up"))

    def choose_folder(self) -> Path | None:
        """Ask where to; None: nowhere."""
        name = QFileDialog.getExistingDirectory(self, tr("Move the model to"))
        return Path(name) if name else None

    # --- Qt events ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape takes the search away before it leaves the page; Down goes from the search into what it found."""
        searching = self.search.hasFocus()
        if event.key() == Qt.Key.Key_Escape and searching and self.search.text():
            self.search.clear()
        elif event.key() == Qt.Key.Key_Escape:
            self.close_asked.emit()
        elif event.key() == Qt.Key.Key_Down and searching and self._model.rowCount():
            self.view.setFocus()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        urls = event.mimeData().urls()
        files = tuple(Path(url.toLocalFile()) for url in urls if url.isLocalFile())
        if files:
            self.files_given.emit(files)
        elif urls:
            self.address.setText(urls[0].toString())
            self._on_look_up()
        event.acceptProposedAction()

    # --- how it is put together ---

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head())
        column.addWidget(separator())
        parts = QSplitter(Qt.Orientation.Horizontal)
        parts.setHandleWidth(1)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self._list_side())
        parts.addWidget(self.card)
        parts.setStretchFactor(0, 3)
        parts.setStretchFactor(1, 2)
        parts.setSizes([px(440), px(320)])
        column.addWidget(parts, 1)
        column.addWidget(separator())
        self._ways_in = self._foot()
        column.addLayout(self._ways_in)

    @property
    def foot_height(self) -> int:
        """Of the row in which models are asked for: notices, some of which are about just that, must not cover it."""
        return self._ways_in.sizeHint().height()

    def _head(self) -> QVBoxLayout:
        close = icon_button("close", tr("Back to the picture  (Esc)"), tr("Close the models"))
        close.clicked.connect(self.close_asked)
        tokens = icon_button("key", tr("Access tokens: for sites that ask for an account"), tr("Access tokens"))
        tokens.clicked.connect(lambda: self.tokens_asked.emit(""))
        tip = tr("Words of the name, the kind or what it is good at  (Ctrl+F)")
        prepare_search(self.search, tr("Search models"), tip)
        self.search.setMaximumWidth(px(320))
        first = QHBoxLayout()
        first.setSpacing(px(8))
        first.addWidget(label(tr("Models"), "brand"))
        first.addStretch()
        first.addWidget(self.search, 1)
        first.addWidget(tokens)
        first.addWidget(close)
        second = QHBoxLayout()
        second.setSpacing(px(4))
        for shown, name in _NAMES.items():
            button = QToolButton()
            button.setText(name)
            button.setCheckable(True)
            button.setToolTip(tr("Show: {name}", name=name))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._filters.addButton(button)
            self._counts[shown] = button
            button.clicked.connect(partial(self.show_only, shown))
            second.addWidget(button)
        second.addStretch()
        self._counts[Shown.ALL].setChecked(True)
        head = QVBoxLayout()
        head.setContentsMargins(px(16), px(12), px(12), px(12))
        head.setSpacing(px(12))
        head.addLayout(first)
        head.addLayout(second)
        return head

    def _list_side(self) -> QWidget:
        side = QWidget()
        side.setMinimumWidth(px(320))
        self._body = QStackedLayout()
        self._body.addWidget(self.view)
        self._body.addWidget(self._nothing_found())
        side.setLayout(self._body)
        return side

    def _nothing_found(self) -> QWidget:
        widget = QWidget()
        text = label(tr("No model matches."), "title")
        hint = label(tr("Try fewer words, or look at all of them."), "muted")
        clear = QPushButton(tr("Show all models"))
        clear.setToolTip(tr("Clear the search"))
        clear.clicked.connect(self._show_all)
        self.look_up_searched.setToolTip(self._tip_of_look_up)
        self.look_up_searched.clicked.connect(self._look_up_searched)
        column = QVBoxLayout(widget)
        column.addStretch()
        for part in (text, hint):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part)
        column.addSpacing(px(8))
        for button in (self.look_up_searched, clear):
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch()
        return widget

    def _foot(self) -> QVBoxLayout:
        self.address.setPlaceholderText(tr("Page, repository or link of a model"))
        self.address.setAccessibleName(tr("Address of a model"))
        self.address.setToolTip(
            tr("A page of Hugging Face or Civitai, owner/name, or a link to a .safetensors file. Enter looks it up")
        )
        self.look_up.setToolTip(self._tip_of_look_up)
        choose = QPushButton(tr("Add a file…"))
        choose.setToolTip(tr("Use a model that is already on this computer; you can also drop it here"))
        choose.clicked.connect(self._choose_file)
        places = QPushButton(tr("Find models…"))
        places.setToolTip(tr("Look where A1111, ComfyUI, InvokeAI and Hugging Face keep theirs"))
        places.clicked.connect(self.search_places_asked)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.address, 1)
        for button in (self.look_up, choose, places):
            button.setMinimumHeight(px(32))
            row.addWidget(button)
        foot = QVBoxLayout()
        foot.setContentsMargins(px(16), px(12), px(12), px(12))
        foot.setSpacing(px(4))
        foot.addLayout(row)
        self._fault.setWordWrap(True)
        self._fault.hide()
        self.give_token.setToolTip(tr("Keep a token of your account there in the keyring"))
        self.give_token.setMinimumHeight(px(32))
        self.give_token.hide()
        refused = QHBoxLayout()
        refused.setSpacing(px(8))
        refused.addWidget(self._fault, 1)
        refused.addWidget(self.give_token, 0, Qt.AlignmentFlag.AlignTop)
        foot.addLayout(refused)
        return foot

    def _connect(self) -> None:
        self.search.textChanged.connect(self._model.set_search)
        self._model.modelReset.connect(self._on_reset)
        self._model.dataChanged.connect(self._show_current)
        self.view.selectionModel().selectionChanged.connect(self._on_selection)
        self.address.returnPressed.connect(self._on_look_up)
        self.look_up.clicked.connect(self._on_look_up)
        self.give_token.clicked.connect(lambda: self.tokens_asked.emit(self._server))
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.search.setFocus)

    # --- what the connections call ---

    def _on_reset(self) -> None:
        """What was chosen stays chosen while it is listed; else the first one is."""
        self._body.setCurrentIndex(0 if self._model.rowCount() else 1)
        self.look_up_searched.setVisible(_may_be_address(self.search.text()))
        for shown, button in self._counts.items():
            count = self._model.count(shown)
            button.setText(f"{_NAMES[shown]}  {count}" if count else _NAMES[shown])
        row = self.card.row
        number = self._model.number_of(row.key) if row else None
        if number is None:
            number = 0 if self._model.rowCount() else None
        if number is not None:
            self.view.setCurrentIndex(self._model.index(number))
        self._show_current()

    def _on_selection(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        self._show_current()

    def _show_current(self) -> None:
        index = self.view.currentIndex()
        row: object = index.data(ROW) if index.isValid() else None
        self.card.show_row(row if isinstance(row, ModelRow) else None)

    def _show_all(self) -> None:
        self.search.clear()
        self.show_only(Shown.ALL)

    def _look_up_searched(self) -> None:
        self.address.setText(self.search.text().strip())
        self.search.clear()
        self._on_look_up()

    def _on_look_up(self) -> None:
        text = self.address.text().strip()
        self.show_address_fault("")
        if text and self.look_up.isEnabled():
            self.address_given.emit(text)

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, tr("Add a model"), "", tr("Models (*.safetensors *.sft *.gguf);;All files (*)")
        )
        if name:
            self.files_given.emit((Path(name),))


def _may_be_address(text: str) -> bool:
    """`owner/name`, or a link: what people paste into a search for models."""
    return "/" in text and len(text.split()) == 1


class _ModelView(QListView):
    def __init__(self, model: ModelListModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(ModelDelegate(self))
        self.setAccessibleName(tr("Models"))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
