"""Every command of the program: its name, icon, shortcut and the sentence in its tooltip."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.gallery.picture_marks import HIGHEST_RATING
from studio.settings.model import Theme
from studio.ui.icons import icon
from studio.ui.recent_files import RecentFiles


class Commands:
    """All QActions, owned by `parent` so that their shortcuts work in the whole window."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent
        self._of_canvas: tuple[QAction, ...] = ()
        command = self._command
        self.make = command("Make a picture", "spark", "Ctrl+Return", "Start with the settings on the left")
        self.make.setShortcuts([QKeySequence("Ctrl+Return"), QKeySequence("Ctrl+Enter")])
        self.cancel = command("Cancel the running picture", "stop", "Ctrl+.", "Stop within one step")
        self.clear_queue = command("Clear the queue", "queue", "", "Drop what waits; the running picture goes on")
        self.show_queue = command("Show the queue", "queue", "Ctrl+J", "See, reorder and drop what waits")
        self.free_memory = command("Free memory now", "queue", "", "Release the model; the next picture loads it again")
        self.grid = command("Grid of pictures…", "grid", "Ctrl+Shift+G", "Compare the values of one to three settings")
        self.new_seed = command("New seed", "dice", "Ctrl+R", "Roll the dice")
        self.keep_seed = command("Keep the seed", "lock", "Ctrl+L", "Hold or release the seed")
        self.focus_prompt = command("Go to the prompt", "text", "Ctrl+P", "Put the cursor into the prompt")
        self.prompt_history = command("Prompts you used…", "history", "Ctrl+H", "Find a prompt and use it again")
        self.styles = command("Styles around the prompt…", "style", "Ctrl+T", "Tick, add, change or delete styles")

        self.open = command("Open…", "folder", "Ctrl+O", "Start from a picture file, or open a saved canvas")
        self.recent = RecentFiles(parent)
        self.paste = command("Paste as start picture", "copy", "Ctrl+V", "Start from the picture in the clipboard")
        self.edit = command("Edit on the canvas", "brush", "Ctrl+E", "Start from this picture, or repaint a part of it")

        self.show_canvas = command("Back to the canvas", "brush", "Ctrl+Shift+E", "Show what lies on the canvas")
        self.show_canvas.setEnabled(False)
        self.save_canvas = command("Save the canvas…", "save", "Ctrl+Shift+S", "Picture, mask and results as one file")
        self.save_canvas.setEnabled(False)

        self._add_model_commands()

        self.use_settings = command(
            "Use these settings", "sliders", "Ctrl+U", "Put this picture's settings on the left"
        )
        self.only_prompt = command("Use only the prompt", "text", "Ctrl+Alt+U", "All other settings stay as they are")
        self.same_seed = command("Same seed, new prompt", "sprout", "Ctrl+Shift+U", "Keep this seed for another prompt")
        self.copy_picture = command("Copy the picture", "copy", "Ctrl+Shift+C", "To the clipboard, as pixels")
        self.copy_parameters = command("Copy the parameters", "text", "Ctrl+Alt+C", "To the clipboard, as text")
        self.show_in_folder = command("Show in folder", "folder", "Ctrl+Shift+O", "Open the folder with this file")
        self.save_as = command("Save as…", "save", "Ctrl+S", "Save a copy as PNG, JPEG, WebP or AVIF")
        self.delete = command("Delete", "trash", "Del", "Move to the system's trash; can be undone")
        self.undo_delete = command("Undo delete", "undo", "Ctrl+Shift+Z", "Bring the last deleted picture back")
        self._add_gallery_commands()
        self.older = command("Older picture", "down", "Alt+Right", "The next picture in the gallery")
        self.newer = command("Newer picture", "up", "Alt+Left", "The picture before it in the gallery")
        self._add_process_commands()

        self.open_gallery_folder = command("Open gallery folder", "folder", "", "Where your pictures lie")
        self.open_models_folder = command("Open models folder", "folder", "", "Models put here appear in the list")
        self.open_log_folder = command("Open log folder", "log", "", "Where the program writes what it did")
        self.quit = command("Quit", "quit", "Ctrl+Q", "Close; what waits is kept")

        self.palette = command("All commands…", "command", "Ctrl+K", "Find any command by its name")
        self.toggle_left = command(
            "Settings side", "left_panel", "Ctrl+B", "Show or hide the left side", checkable=True
        )
        self.toggle_right = command(
            "Gallery side", "right_panel", "Ctrl+G", "Show or hide the right side", checkable=True
        )
        self.only_picture = command("Only the picture", "image", "F10", "Hide both sides, or bring them back")
        self.next_region = command(
            "Next part of the window", "keyboard", "F6", "Walk through the window with the keyboard"
        )
        self.notices = command("Recent notices", "bell", "", "Read again what was announced")
        self._add_help_commands()
        self.themes = self._theme_commands()
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
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{text}: {tip}" + (f"  ({keys})" if keys else ""))
        action.setCheckable(checkable)
        action.setIconVisibleInMenu(True)
        self._parent.addAction(action)
        return action

    def _add_help_commands(self) -> None:
        command = self._command
        self.show_guide = command("Guide", "guide", "Shift+F1", "What diffusion is, in eight short chapters to try out")
        self.shortcuts = command("Keyboard shortcuts", "keyboard", "F1", "All keys at a glance")
        self.diagnostics = command(
            "Collect diagnostics…", "log", "", "What helps to find a fault: shown, saved as one file, never sent"
        )
        self.about = command("About Latent Studio", "info", "", "Version, licences and where things are")

    def _add_model_commands(self) -> None:
        command = self._command
        self.show_models = command("Models…", "box", "Ctrl+M", "What is on this computer, and what can be had")
        self.tokens = command("Access tokens…", "key", "", "For sites that give some models only to an account")

    def _add_process_commands(self) -> None:
        command = self._command
        self.show_live = command("Show the running picture", "image", "Ctrl+Shift+0", "Look at what is being made")
        self.show_process = command(
            "Process", "process", "Ctrl+Shift+P", "How this picture came out of noise, step by step"
        )
        self.save_steps = command("Save the steps…", "save", "", "As an animation (GIF, WebP), or all on one sheet")
        self.save_steps.setEnabled(False)

    def _add_gallery_commands(self) -> None:
        command = self._command
        self.search_pictures = command(
            "Search pictures", "search", "Ctrl+Shift+F", "By words, settings, ratings and dates"
        )
        self.favourite = command(
            "Favourite", "heart", "F", "Mark the picture, to find it by is:favourite", checkable=True
        )
        self.ratings = self._rating_commands()
        self.show_large = command(
            "Show it large", "image", "Space", "The picture fills the window, its neighbours stand below it"
        )
        self.compare = command("Compare", "compare", "C", "Two to four selected pictures, side by side or in turn")
        self.larger_thumbnails = command("Larger thumbnails", "zoom_in", "Ctrl++", "Fewer and larger in the gallery")
        self.larger_thumbnails.setShortcuts([QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")])
        self.smaller_thumbnails = command("Smaller thumbnails", "zoom_out", "Ctrl+-", "More and smaller in the gallery")
        self.list_or_grid = command("List or grid", "list", "V", "Pictures with what they were made of, or as squares")
        self.go_to_date = command("Go to a date…", "calendar", "G", "A calendar with the days that have pictures")
        self.watched_folders = command(
            "Watched folders…", "folder", "", "Whose pictures are shown where they are; let one go"
        )
        self.export = command("Export…", "save", "Ctrl+Alt+S", "The selected pictures as files, ZIP or contact sheet")
        self.rename = command("Rename…", "text", "F2", "The files of the selected pictures, by a pattern")
        self.similar_colours = command(
            "Similar colours", "palette", "", "Find the pictures whose colours are like those of this one"
        )
        self.edit_marks = command("Tags and note…", "tag", "T", "Words and a note to find the picture by")

    def _rating_commands(self) -> dict[int, QAction]:
        group = QActionGroup(self._parent)
        commands: dict[int, QAction] = {}
        for rating in range(HIGHEST_RATING + 1):
            stars = "No rating" if not rating else f"Rate: {rating} star{'s' * (rating > 1)}"
            action = self._command(stars, "star", str(rating), "Find the best by rating:>=4", checkable=True)
            action.setActionGroup(group)
            commands[rating] = action
        return commands

    def keep_to_gallery(self, view: QWidget) -> None:
        """Single letters and digits act only where pictures are looked through: elsewhere they are typed, or tools."""
        sizes = (self.larger_thumbnails, self.smaller_thumbnails)
        of_pictures = (self.show_large, self.favourite, *self.ratings.values(), self.edit_marks, self.compare)
        for action in (*of_pictures, *sizes, self.go_to_date, self.list_or_grid):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            view.addAction(action)

    def _theme_commands(self) -> dict[Theme, QAction]:
        group = QActionGroup(self._parent)
        names = {Theme.SYSTEM: "Theme: as the system", Theme.LIGHT: "Theme: light", Theme.DARK: "Theme: dark"}
        commands: dict[Theme, QAction] = {}
        for theme, name in names.items():
            action = self._command(name, "theme", "", "Colours of the window", checkable=True)
            action.setActionGroup(group)
            commands[theme] = action
        return commands

    def _place_special_keys(self) -> None:
        """macOS has its own places for these; Delete must not act while text is edited."""
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        for action in (self.undo_delete, self.delete):
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
