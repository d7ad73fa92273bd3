"""The menus of the window: every command at its place."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from studio.core.language import tr
from studio.ui.commands import Commands
from studio.ui.theme import px


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

    def add_canvas_menu(self, groups: tuple[tuple[QAction, ...], ...]) -> None:
        """The commands of the canvas, with a line between two groups."""
        menu = QMenu(tr("&Canvas"), self)
        self.insertMenu(self._make.menuAction(), menu)
        for group in groups:
            fill_menu(menu, (*group, None))


def fill_menu(menu: QMenu, actions: tuple[QAction | None, ...]) -> None:
    """None is a separator."""
    menu.setToolTipsVisible(True)
    for action in actions:
        if action is None:
            menu.addSeparator()
        else:
            menu.addAction(action)


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
