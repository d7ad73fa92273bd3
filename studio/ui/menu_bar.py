"""The menus of the window: every command at its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from studio.core.language import tr
from studio.ui.commands import Commands
from studio.ui.theme import px


@dataclass(frozen=True, slots=True)
class Submenu:
    """Commands behind one line of a menu."""

    title: str
    entries: tuple[QAction | None, ...]


MenuEntries = tuple[QAction | Submenu | None, ...]
"""Lines of a menu; None is a separator."""


class MenuBar(QMenuBar):
    """Holds all commands; those of the canvas come later."""

    def __init__(self, commands: Commands) -> None:
        super().__init__()
        self.setFixedHeight(px(32))
        self.setAccessibleName(tr("Menus"))
        wanted = _menus(commands)
        made = {title: self.addMenu(title) for title in wanted}
        for title, menu in made.items():
            fill_menu(menu, wanted[title])
        self._make = made[tr("&Make")]

    def add_canvas_menu(self, entries: MenuEntries) -> None:
        menu = QMenu(tr("&Canvas"), self)
        self.insertMenu(self._make.menuAction(), menu)
        fill_menu(menu, entries)


def fill_menu(menu: QMenu, entries: MenuEntries) -> None:
    menu.setToolTipsVisible(True)
    for entry in entries:
        if entry is None:
            menu.addSeparator()
        elif isinstance(entry, Submenu):
            fill_menu(menu.addMenu(entry.title), entry.entries)
        else:
            menu.addAction(entry)


def actions_in(entries: MenuEntries) -> Iterable[QAction]:
    """All commands, those of submenus too, in their order."""
    for entry in entries:
        if isinstance(entry, Submenu):
            yield from actions_in(entry.entries)
        elif entry is not None:
            yield entry


def _menus(commands: Commands) -> dict[str, tuple[QAction | None, ...]]:
    return {
        tr("&File"): (
            commands.open,
            commands.recent.menuAction(),
            commands.save_canvas,
            None,
            commands.save_as,
            commands.export,
            commands.save_steps,
            commands.show_in_folder,
            None,
            commands.watched_folders,
            commands.open_gallery_folder,
            commands.open_models_folder,
            None,
            commands.quit,
        ),
        tr("&Edit"): (
            commands.edit,
            commands.paste,
            None,
            commands.copy_picture,
            commands.copy_parameters,
            None,
            commands.use_settings,
            commands.only_prompt,
            commands.same_seed,
            None,
            commands.favourite,
            *commands.ratings.values(),
            commands.edit_marks,
            commands.rename,
            commands.compare,
            commands.similar_colours,
            None,
            commands.delete,
            commands.undo_delete,
            commands.undo_in_gallery,
            None,
            commands.settings,
        ),
        tr("&Make"): (
            commands.make,
            commands.grid,
            commands.cancel,
            None,
            commands.show_queue,
            commands.hold_queue,
            commands.clear_queue,
            commands.free_memory,
            None,
            commands.new_seed,
            commands.keep_seed,
            None,
            commands.prompt_history,
            commands.styles,
        ),
        tr("&View"): (
            commands.show_large,
            commands.newer,
            commands.older,
            commands.search_pictures,
            commands.go_to_date,
            commands.larger_thumbnails,
            commands.smaller_thumbnails,
            commands.list_or_grid,
            None,
            commands.show_process,
            commands.show_live,
            commands.show_canvas,
            commands.show_models,
            commands.tokens,
            None,
            commands.toggle_left,
            commands.toggle_right,
            commands.only_picture,
            None,
            *commands.themes.values(),
            commands.languages.menuAction(),
            commands.tray,
        ),
        tr("&Help"): (
            commands.show_guide,
            commands.palette,
            commands.shortcuts,
            commands.focus_prompt,
            commands.next_region,
            None,
            commands.notices,
            commands.open_log_folder,
            commands.diagnostics,
            commands.update_check,
            commands.licences,
            commands.about,
        ),
    }
