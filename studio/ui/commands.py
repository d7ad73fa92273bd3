"""Every command of the program: its name, icon, shortcut and the sentence in its tooltip."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.core.language import tr, trn
from studio.gallery.picture_marks import HIGHEST_RATING
from studio.settings.model import Theme
from studio.ui.icons import icon
from studio.ui.keys import keys_text
from studio.ui.language_menu import LanguageMenu
from studio.ui.recent_files import RecentFiles


class Commands:
    """All QActions, owned by `parent` so that their shortcuts work in the whole window."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent
        self._of_canvas: tuple[QAction, ...] = ()
        command = self._command
        self.make = command(tr("Make a picture"), "spark", "Ctrl+Return", tr("Start with the settings on the left"))
        self.make.setShortcuts([QKeySequence("Ctrl+Return"), QKeySequence("Ctrl+Enter")])
        self.cancel = command(tr("Cancel the running picture"), "stop", "Ctrl+.", tr("Stop within one step"))
        self._add_queue_commands()
        self.grid = command(
            tr("Grid of pictures…"), "grid", "Ctrl+Shift+G", tr("Compare the values of one to three settings")
        )
        self.new_seed = command(tr("New seed"), "dice", "Ctrl+R", tr("Roll the dice"))
        self.keep_seed = command(tr("Keep the seed"), "lock", "Ctrl+L", tr("Hold or release the seed"))
        self.focus_prompt = command(tr("Go to the prompt"), "text", "Ctrl+P", tr("Put the cursor into the prompt"))
        self.prompt_history = command(
            tr("Prompts you used…"), "history", "Ctrl+H", tr("Find a prompt and use it again")
        )
        self.styles = command(
            tr("Styles around the prompt…"), "style", "Ctrl+T", tr("Tick, add, change or delete styles")
        )

        self.open = command(tr("Open…"), "folder", "Ctrl+O", tr("Start from a picture file, or open a saved canvas"))
        self.recent = RecentFiles(parent)
        self.paste = command(
            tr("Paste as start picture"), "copy", "Ctrl+V", tr("Start from the picture in the clipboard")
        )
        self.edit = command(
            tr("Edit on the canvas"), "brush", "Ctrl+E", tr("Start from this picture, or repaint a part of it")
        )

        self.show_canvas = command(
            tr("Back to the canvas"), "brush", "Ctrl+Shift+E", tr("Show what lies on the canvas")
        )
        self.show_canvas.setEnabled(False)
        self.save_canvas = command(
            tr("Save the canvas…"), "save", "Ctrl+Shift+S", tr("Picture, mask and results as one file")
        )
        self.save_canvas.setEnabled(False)

        self._add_model_commands()

        self.use_settings = command(
            tr("Use these settings"), "sliders", "Ctrl+U", tr("Put this picture's settings on the left")
        )
        self.only_prompt = command(
            tr("Use only the prompt"), "text", "Ctrl+Alt+U", tr("All other settings stay as they are")
        )
        self.same_seed = command(
            tr("Same seed, new prompt"), "sprout", "Ctrl+Shift+U", tr("Keep this seed for another prompt")
        )
        self.copy_picture = command(tr("Copy the picture"), "copy", "Ctrl+Shift+C", tr("To the clipboard, as pixels"))
        self.copy_parameters = command(tr("Copy the parameters"), "text", "Ctrl+Alt+C", tr("To the clipboard, as text"))
        self.show_in_folder = command(
            tr("Show in folder"), "folder", "Ctrl+Shift+O", tr("Open the folder with this file")
        )
        self.save_as = command(tr("Save as…"), "save", "Ctrl+S", tr("Save a copy as PNG, JPEG, WebP or AVIF"))
        self.delete = command(tr("Delete"), "trash", "Del", tr("Move to the system's trash; can be undone"))
        self.undo_delete = command(tr("Undo delete"), "undo", "Ctrl+Shift+Z", tr("Bring the last deleted picture back"))
        self.undo_in_gallery = command(
            tr("Undo in the gallery"), "undo", "Ctrl+Z", tr("Take back the last delete, rating, tag, name or album")
        )
        self._add_gallery_commands()
        self.older = command(tr("Older picture"), "down", "Alt+Right", tr("The next picture in the gallery"))
        self.newer = command(tr("Newer picture"), "up", "Alt+Left", tr("The picture before it in the gallery"))
        self._add_process_commands()

        self._add_program_commands()

        self.palette = command(tr("All commands…"), "command", "Ctrl+K", tr("Find any command by its name"))
        self.toggle_left = command(
            tr("Settings side"), "left_panel", "Ctrl+B", tr("Show or hide the left side"), checkable=True
        )
        self.toggle_right = command(
            tr("Gallery side"), "right_panel", "Ctrl+G", tr("Show or hide the right side"), checkable=True
        )
        self.only_picture = command(tr("Only the picture"), "image", "F10", tr("Hide both sides, or bring them back"))
        self.next_region = command(
            tr("Next part of the window"), "keyboard", "F6", tr("Walk through the window with the keyboard")
        )
        self.notices = command(tr("Recent notices"), "bell", "", tr("Read again what was announced"))
        self._add_help_commands()
        self.themes, self.languages = self._theme_commands(), LanguageMenu(parent)
        self.tray = command(
            tr("Icon in the system's tray"),
            "circle",
            "",
            tr("How far a picture is, and the commands for waiting, while the window is elsewhere"),
            checkable=True,
        )
        self._place_special_keys()

    @property
    def for_picture(self) -> tuple[QAction, ...]:
        """Commands that need a finished picture."""
        return (
            self.edit,
            self.use_settings,
            self.only_prompt,
            self.same_seed,
            self.copy_picture,
            self.copy_parameters,
            self.show_in_folder,
            self.save_as,
            self.export,
            self.rename,
            self.favourite,
            self.edit_marks,
            self.similar_colours,
            self.delete,
        )

    @property
    def for_picture_bar(self) -> tuple[QAction, ...]:
        """The ones used most, beside the picture; all of them are in its context menu."""
        return (
            self.edit,
            self.use_settings,
            self.same_seed,
            self.show_process,
            self.copy_picture,
            self.save_as,
            self.favourite,
            self.delete,
        )

    @property
    def all(self) -> tuple[QAction, ...]:
        return (*(action for action in self._parent.actions() if action.text()), *self._of_canvas)

    def add(self, of_canvas: tuple[QAction, ...]) -> None:
        """Commands that came later, with the canvas."""
        self._of_canvas += of_canvas

    def _command(self, text: str, icon_name: str, shortcut: str, tip: str, *, checkable: bool = False) -> QAction:
        action = QAction(icon(icon_name), text, self._parent)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
        keys = keys_text(action.shortcut())
        action.setToolTip(f"{text}: {tip}" + (f"  ({keys})" if keys else ""))
        action.setCheckable(checkable)
        action.setIconVisibleInMenu(True)
        self._parent.addAction(action)
        return action

    def _add_queue_commands(self) -> None:
        command = self._command
        self.clear_queue = command(
            tr("Clear the queue"), "queue", "", tr("Drop what waits; the running picture goes on")
        )
        self.hold_queue = command(
            tr("Pause the queue"),
            "pause",
            "",
            tr("The running picture is finished, and the next one waits until you go on"),
            checkable=True,
        )
        self.show_queue = command(tr("Show the queue"), "queue", "Ctrl+J", tr("See, reorder and drop what waits"))
        self.free_memory = command(
            tr("Free memory now"), "queue", "", tr("Release the model; the next picture loads it again")
        )

    def _add_program_commands(self) -> None:
        command = self._command
        self.open_gallery_folder = command(tr("Open gallery folder"), "folder", "", tr("Where your pictures lie"))
        self.open_models_folder = command(
            tr("Open models folder"), "folder", "", tr("Models put here appear in the list")
        )
        self.open_log_folder = command(tr("Open log folder"), "log", "", tr("Where the program writes what it did"))
        self.settings = command(tr("Settings…"), "sliders", "Ctrl+,", tr("Look, language, memory and room on the disk"))
        self.quit = command(tr("Quit"), "quit", "Ctrl+Q", tr("Close; what waits is kept"))

    def _add_help_commands(self) -> None:
        command = self._command
        self.show_guide = command(
            tr("Guide"), "guide", "Shift+F1", tr("What diffusion is, in eight short chapters to try out")
        )
        self.shortcuts = command(tr("Keyboard shortcuts"), "keyboard", "F1", tr("All keys at a glance"))
        self.diagnostics = command(
            tr("Collect diagnostics…"),
            "log",
            "",
            tr("What helps to find a fault: shown, saved as one file, never sent"),
        )
        self.update_check = command(
            tr("Tell me of new versions"),
            "bell",
            "",
            tr("At each start the makers' page is asked; nothing is fetched by itself"),
            checkable=True,
        )
        self.licences = command(
            tr("Licences of others"), "text", "", tr("Of all that the program contains, with their texts")
        )
        self.about = command(tr("About Latent Studio"), "info", "", tr("Version, licences and where things are"))

    def _add_model_commands(self) -> None:
        command = self._command
        self.show_models = command(tr("Models…"), "box", "Ctrl+M", tr("What is on this computer, and what can be had"))
        self.tokens = command(tr("Access tokens…"), "key", "", tr("For sites that give some models only to an account"))

    def _add_process_commands(self) -> None:
        command = self._command
        self.show_live = command(
            tr("Show the running picture"), "image", "Ctrl+Shift+0", tr("Look at what is being made")
        )
        self.show_process = command(
            tr("Process"), "process", "Ctrl+Shift+P", tr("How this picture came out of noise, step by step")
        )
        self.save_steps = command(
            tr("Save the steps…"), "save", "", tr("As an animation (GIF, WebP), or all on one sheet")
        )
        self.save_steps.setEnabled(False)

    def _add_gallery_commands(self) -> None:
        command = self._command
        self.search_pictures = command(
            tr("Search pictures"), "search", "Ctrl+Shift+F", tr("By words, settings, ratings and dates")
        )
        self.favourite = command(
            tr("Favourite"), "heart", "F", tr("Mark the picture, to find it by is:favourite"), checkable=True
        )
        self.ratings = self._rating_commands()
        self.show_large = command(
            tr("Show it large"), "image", "Space", tr("The picture fills the window, its neighbours stand below it")
        )
        self.compare = command(
            tr("Compare"), "compare", "C", tr("Two to four selected pictures, side by side or in turn")
        )
        self.larger_thumbnails = command(
            tr("Larger thumbnails"), "zoom_in", "Ctrl++", tr("Fewer and larger in the gallery")
        )
        self.larger_thumbnails.setShortcuts([QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")])
        self.smaller_thumbnails = command(
            tr("Smaller thumbnails"), "zoom_out", "Ctrl+-", tr("More and smaller in the gallery")
        )
        self.list_or_grid = command(
            tr("List or grid"), "list", "V", tr("Pictures with what they were made of, or as squares")
        )
        self.go_to_date = command(
            tr("Go to a date…"), "calendar", "G", tr("A calendar with the days that have pictures")
        )
        self.watched_folders = command(
            tr("Watched folders…"), "folder", "", tr("Whose pictures are shown where they are; let one go")
        )
        self.export = command(
            tr("Export…"), "save", "Ctrl+Alt+S", tr("The selected pictures as files, ZIP or contact sheet")
        )
        self.rename = command(tr("Rename…"), "text", "F2", tr("The files of the selected pictures, by a pattern"))
        self.similar_colours = command(
            tr("Similar colours"), "palette", "", tr("Find the pictures whose colours are like those of this one")
        )
        self.edit_marks = command(tr("Tags and note…"), "tag", "T", tr("Words and a note to find the picture by"))

    def _rating_commands(self) -> dict[int, QAction]:
        group = QActionGroup(self._parent)
        commands: dict[int, QAction] = {}
        for rating in range(HIGHEST_RATING + 1):
            stars = tr("No rating") if not rating else trn("Rate: {n} star", "Rate: {n} stars", rating)
            action = self._command(stars, "star", str(rating), tr("Find the best by rating:>=4"), checkable=True)
            action.setActionGroup(group)
            commands[rating] = action
        return commands

    def keep_to_gallery(self, view: QWidget) -> None:
        """Single letters and digits act only where pictures are looked through: elsewhere they are typed, or tools."""
        sizes = (self.larger_thumbnails, self.smaller_thumbnails)
        of_pictures = (self.show_large, self.favourite, *self.ratings.values(), self.edit_marks, self.compare)
        for action in (*of_pictures, *sizes, self.go_to_date, self.list_or_grid, self.undo_in_gallery):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            view.addAction(action)

    def _theme_commands(self) -> dict[Theme, QAction]:
        group = QActionGroup(self._parent)
        names = {
            Theme.SYSTEM: tr("Theme: as the system"),
            Theme.LIGHT: tr("Theme: light"),
            Theme.DARK: tr("Theme: dark"),
        }
        commands: dict[Theme, QAction] = {}
        for theme, name in names.items():
            action = self._command(name, "theme", "", tr("Colours of the window"), checkable=True)
            action.setActionGroup(group)
            commands[theme] = action
        return commands

    def _place_special_keys(self) -> None:
        """macOS has its own places for these; Delete must not act while text is edited."""
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        for action in (self.undo_delete, self.delete):
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
