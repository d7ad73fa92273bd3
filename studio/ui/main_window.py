"""The one window: what to make on the left, the picture in the middle, what was made on the right. No logic."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from math import ceil

from PySide6.QtCore import QByteArray, QEvent, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QGuiApplication,
    QHideEvent,
    QPaintEvent,
    QResizeEvent,
    QScreen,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QMainWindow,
    QMenu,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from studio.core.language import tr
from studio.settings.model import WindowLayout
from studio.ui.command_palette import CommandPalette
from studio.ui.commands import Commands
from studio.ui.controls import separator
from studio.ui.gallery.gallery_model import GalleryModel
from studio.ui.gallery.gallery_panel import GalleryPanel
from studio.ui.glossary import Entry
from studio.ui.help_card import HelpCard
from studio.ui.icons import application_icon
from studio.ui.job_bar import JobBar
from studio.ui.menu_bar import MenuEntries, actions_in, fill_menu
from studio.ui.notice_bar import NoticeBar
from studio.ui.picture_details import PictureDetails
from studio.ui.picture_view import PictureView
from studio.ui.prompt_editor.completion import PromptNames
from studio.ui.queue_popup import QueuePopup
from studio.ui.request_panel import RequestPanel
from studio.ui.sides import Sides
from studio.ui.splitter import Splitter
from studio.ui.theme import px
from studio.ui.top_bar import TopBar

_SMALLEST = QSize(960, 600)
_USUAL = QSize(1440, 900)
_FRAME = QSize(4, 40)
"""That of the usual desktops, with its title; what it is here nobody knows before the window is there."""
_ROOMY_WIDTH = 1360
_WIDTH_FOR_PAGE, _WIDTH_FOR_GALLERY = 1200, 760
"""Below these the gallery gives way: to a page over the picture, and to the picture."""
_TWO_COLUMNS = 216
"""Width of the gallery side with two pictures in a row, for windows that are not roomy."""


class MainWindow(QMainWindow):
    """Puts the parts together and offers them by name; what they do is connected elsewhere.

    Signals:
        first_painted(): the window is on the screen for the first time.
        watched_changed(bool): whether anybody can see the window.
        layout_changed(): sizes or visibility of the sides changed (to be saved).
        closed(): the window was closed for good.
        came_to_front(): it is the one that is typed into, again.
        guide_asked(Entry): somebody wants to read more about this word of the glossary.
    """

    first_painted = Signal()
    watched_changed = Signal(bool)
    layout_changed = Signal()
    closed = Signal()
    came_to_front = Signal()
    guide_asked = Signal(object)

    def __init__(self, gallery_model: GalleryModel, names: Callable[[], PromptNames] = PromptNames) -> None:
        """`names` is asked for what can be suggested in the prompt."""
        super().__init__()
        self.setWindowTitle(tr("Latent Studio"))
        self.setWindowIcon(application_icon())
        self.setMinimumSize(_smallest(_room_on(self.screen())))
        self.commands = Commands(self)
        self.request_panel = RequestPanel(names)
        self.picture_view = PictureView()
        self.details = PictureDetails(self.commands, lambda picture: gallery_model.row_of(picture) is not None)
        self.job_bar = JobBar(self.commands)
        self.gallery_panel = GalleryPanel(gallery_model)
        self.queue_popup = QueuePopup(self)
        self._bar = TopBar(self.commands)
        self.model_label = self._bar.model
        self._canvas_page: QWidget | None = None
        self._work: QWidget = self.picture_view
        self._follows = False
        """Whether the page in the middle is about the gallery's picture."""
        """What is worked on in the middle, the picture or the canvas, also while a page covers it."""
        self._was_painted = False
        self._may_close: Callable[[], bool] = lambda: True
        self._splitter = Splitter()
        self._picture_menu = QMenu(self)
        self._lay_out()
        self.notices = NoticeBar(self._shown)
        self._pages.currentChanged.connect(self.notices.come_to_front)
        self._fill_picture_menu()
        self._connect_own_commands()

    def come_to_front(self) -> None:
        """Before the user's eyes, also if it was minimised."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def ask_before_closing(self, may_close: Callable[[], bool]) -> None:
        """`may_close` is asked when the window is about to close; False keeps it open."""
        self._may_close = may_close

    # --- the middle ---

    def add_canvas_page(self, page: QWidget) -> None:
        """The page that `show_canvas` shows; it has its own foot in place of the details."""
        self._canvas_page = page
        self._pages.addWidget(page)

    def add_page(self, page: QWidget) -> None:
        """A page that `show_page` can show in the middle."""
        self._pages.addWidget(page)

    @property
    def middle_pixels(self) -> int:
        """How many pixels of the screen the longer side of its middle has."""
        return ceil(max(self._shown.width(), self._shown.height()) * self.devicePixelRatioF())

    def show_page(self, page: QWidget | None, *, alone: bool = False, foot: int = 0, follows: bool = False) -> None:
        """Show this page in the middle, over the picture or the canvas; None takes it away. A page that is shown
        `alone` has all of the window. Notices do not cover the lowest `foot` pixels of it. One that `follows` is about
        the picture that is chosen in the gallery, and stays when that is another one."""
        self._follows = follows
        self._set_middle(page or self._work, alone=alone, foot=foot)

    def show_picture_menu(self, position: QPoint) -> None:
        """What can be done with the gallery's picture, at this place of the screen."""
        self._picture_menu.popup(position)

    def offer_canvas(self, entries: MenuEntries) -> None:
        """Add a menu with the commands of the canvas, and them to the palette."""
        self._bar.menus.add_canvas_menu(entries)
        self.commands.add(tuple(actions_in(entries)))

    def offer_albums(self, menu: QMenu) -> None:
        """Add the albums of the selected pictures to what can be done with them."""
        self._picture_menu.insertMenu(self.commands.delete, menu)

    @property
    def shows_canvas(self) -> bool:
        """Whether the canvas is what is worked on. A page that covers it for a while changes nothing of that."""
        return self._work is self._canvas_page

    def show_canvas(self, *, shown: bool) -> None:
        """Show the canvas in the middle, or the gallery's picture."""
        self._work = (self._canvas_page if shown else None) or self.picture_view
        if shown or not self._follows:
            self.show_page(None)

    def _set_middle(self, page: QWidget, *, alone: bool = False, foot: int = 0) -> None:
        """Only the picture has details below it."""
        self.notices.stand_above(foot)
        self._bar.setVisible(not alone)
        self._pages.setCurrentWidget(page)
        self._sides.put_aside(aside=alone)
        self._make_room()
        of_picture = page is self.picture_view
        self.details.setVisible(of_picture)
        self._details_line.setVisible(of_picture)

    def _make_room(self) -> None:
        """In a window that is narrow for its text the gallery gives way to pages over the picture, or to all."""
        covers = self._pages.currentWidget() is not self._work
        needed = _WIDTH_FOR_PAGE if covers else _WIDTH_FOR_GALLERY
        self._sides.let_right_give_way(gives_way=self.width() < px(needed))

    # --- layout that is kept ---

    def layout_state(self) -> WindowLayout:
        left, _, right = self._splitter.sizes()
        previous = self._kept_widths
        return WindowLayout(
            geometry=b64encode(self.saveGeometry().data()).decode("ascii"),
            left_width=left or previous[0],
            right_width=right or previous[1],
            left_visible=self._sides.wanted[0],
            right_visible=self._sides.wanted[1],
        )

    def restore_layout(self, layout: WindowLayout) -> None:
        """Bring back size, place and sides; Qt moves the window onto a screen that exists."""
        if self.restoreGeometry(QByteArray(b64decode(layout.geometry))):
            self._fit_into_screen()
        else:
            self.resize(QSize(px(_USUAL.width()), px(_USUAL.height())).boundedTo(_room_on(self.screen())))
            if self.width() < px(_ROOMY_WIDTH):
                layout = replace(layout, right_width=px(_TWO_COLUMNS))
        self._kept_widths = (layout.left_width, layout.right_width)
        self._sides.restore(layout.left_visible, layout.right_visible)
        middle = max(1, self.width() - layout.left_width - layout.right_width)
        self._splitter.setSizes([layout.left_width, middle, layout.right_width])

    def _fit_into_screen(self) -> None:
        """Qt makes it as large as a smaller screen, and leaves no room for its frame."""
        if not self.isMaximized() and not self.isFullScreen():
            screen = QGuiApplication.screenAt(self.geometry().center()) or self.screen()
            self.resize(self.size().boundedTo(_room_on(screen)))

    # --- Qt events ---

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close():
            event.ignore()
            return
        event.accept()
        self.closed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.first_painted.emit)  # after this paint has reached the screen

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.watched_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.watched_changed.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.watched_changed.emit(not self.isMinimized())
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.came_to_front.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.layout_changed.emit()
        return False

    # --- how it is put together ---

    def _lay_out(self) -> None:
        self._kept_widths = (px(344), px(304))
        toggle_left, toggle_right = self.commands.toggle_left, self.commands.toggle_right
        self._sides = Sides(self.request_panel, toggle_left, self.gallery_panel, toggle_right)
        self._sides.changed.connect(self.layout_changed)
        self._splitter.addWidget(self.request_panel)
        self._splitter.addWidget(self._middle())
        self._splitter.addWidget(self.gallery_panel)
        self._splitter.setStretchFactor(0, 0)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setStretchFactor(2, 0)
        self._splitter.splitterMoved.connect(self.layout_changed)
        self.request_panel.setMinimumWidth(px(312))
        self.request_panel.setMaximumWidth(px(520))
        self.gallery_panel.setMinimumWidth(px(208))
        self.gallery_panel.setMaximumWidth(px(960))
        self.page = QWidget()
        self.page.setObjectName("page")
        column = QVBoxLayout(self.page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._splitter, 1)
        self.setCentralWidget(self.page)
        self.installEventFilter(self)

    def _middle(self) -> QWidget:
        foot = QFrame()
        foot.setObjectName("foot")
        foot_column = QVBoxLayout(foot)
        foot_column.setContentsMargins(0, 0, 0, 0)
        foot_column.setSpacing(0)
        foot_column.addWidget(self.job_bar)
        self._details_line = separator()
        foot_column.addWidget(self._details_line)
        foot_column.addWidget(self.details)
        self._shown = QWidget()
        self._pages = QStackedLayout(self._shown)
        self._pages.addWidget(self.picture_view)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._shown, 1)
        column.addWidget(foot)
        middle.setMinimumWidth(px(400))
        return middle

    def _fill_picture_menu(self) -> None:
        commands = self.commands
        fill_menu(self._picture_menu, commands.for_picture)
        self._picture_menu.insertAction(commands.edit, commands.show_large)
        self._picture_menu.insertAction(commands.delete, commands.compare)
        self.details.offer_more(self._picture_menu)

    def _connect_own_commands(self) -> None:
        commands = self.commands
        commands.palette.triggered.connect(lambda: CommandPalette(self, commands.all).show_over(self))
        commands.only_picture.triggered.connect(self._sides.toggle_both)
        commands.next_region.triggered.connect(self._go_to_next_region)
        commands.focus_prompt.triggered.connect(self.request_panel.prompt.focus_prompt)
        commands.prompt_history.triggered.connect(self.request_panel.prompt.show_history)
        commands.styles.triggered.connect(self.request_panel.prompt.show_styles)
        self.request_panel.prompt.grid.clicked.connect(commands.grid.trigger)
        commands.new_seed.triggered.connect(self.request_panel.sampling.roll_dice)
        commands.keep_seed.triggered.connect(self.request_panel.sampling.keep_seed.toggle)
        commands.show_queue.triggered.connect(lambda: self.queue_popup.show_above(self.job_bar.queue_anchor()))
        commands.quit.triggered.connect(self.close)
        commands.search_pictures.triggered.connect(self._search_pictures)
        commands.keep_to_gallery(self.gallery_panel.view)
        commands.undo_in_gallery.setEnabled(False)
        commands.undo_in_gallery.triggered.connect(self.notices.undo_newest)
        self.notices.undo_changed.connect(commands.undo_in_gallery.setEnabled)
        self.gallery_panel.connect_browsing(commands)
        self.gallery_panel.browse_bar.size_changed.connect(self.layout_changed)
        self.gallery_panel.browse_bar.list_chosen.connect(self.layout_changed)
        commands.newer.triggered.connect(lambda: self.gallery_panel.step(-1))
        commands.older.triggered.connect(lambda: self.gallery_panel.step(1))
        self.request_panel.help_asked.connect(self._show_help)
        self.details.parent_asked.connect(self.gallery_panel.select)
        for part in (self.picture_view, self.gallery_panel):
            part.menu_requested.connect(self.show_picture_menu)

    def _show_help(self, entry: Entry, anchor: QWidget) -> None:
        card = HelpCard(entry, self)
        card.guide_asked.connect(self.guide_asked)
        card.show_beside(anchor)

    def _search_pictures(self) -> None:
        self._sides.show_right(True)
        self.gallery_panel.focus_search()

    def _go_to_next_region(self) -> None:
        """F6: prompt, picture, job bar, gallery, and around."""
        middle = self._pages.currentWidget() or self._work
        regions: list[tuple[QWidget, QWidget]] = [
            (self.request_panel, self.request_panel.prompt.text),
            (middle, middle),
            (self.gallery_panel, self.gallery_panel.view),
        ]
        visible = [region for region in regions if region[0].isVisible()]
        focus = self.focusWidget()
        here = next((i for i, (region, _) in enumerate(visible) if focus and region.isAncestorOf(focus)), -1)
        target = visible[(here + 1) % len(visible)][1]
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)


def _room_on(screen: QScreen) -> QSize:
    return screen.availableSize() - QSize(px(_FRAME.width()), px(_FRAME.height()))


def _smallest(screen: QSize) -> QSize:
    """No larger than the screen, however large the text is."""
    return QSize(px(_SMALLEST.width()), px(_SMALLEST.height())).boundedTo(screen)
