"""The command line: `studio`, `studio open` and `studio info`; the other commands come from their own modules."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from studio import __version__
from studio.app import crash
from studio.app.preload import collector_paused
from studio.app.terminal import HOME, errors_as_sentences, fail, on_terminal, start_paths
from studio.core.errors import NoParameters, PictureGone

_COMMANDS = {
    "branch": ("branch_command", "branch"),
    "doctor": ("doctor_command", "doctor"),
    "export": ("export_command", "export"),
    "generate": ("generate_command", "generate"),
    "grid": ("grid_command", "grid"),
    "import": ("import_command", "import_"),
    "latent": ("latent_command", "latent"),
    "models": ("models_cli", "models"),
    "noise": ("noise_command", "noise"),
    "trace": ("trace_command", "trace"),
    "update-check": ("update_command", "update_check"),
}
"""The module of `studio.app` that a command is in, and its name there: the window starts without them (see click's
"Lazily Loading Subcommands")."""


class _Studio(click.Group):
    """Imports a command when it is called. `studio FILE` is short for `studio open FILE`: what a file manager calls."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_COMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, name = _COMMANDS[cmd_name]
        return getattr(importlib.import_module(f"studio.app.{module}"), name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        is_command = args[0] in self.list_commands(ctx)
        names_a_file = not is_command and (Path(args[0]).suffix or Path(args[0]).exists())
        return super().resolve_command(ctx, ["open", *args] if names_a_file else args)


@click.group(cls=_Studio, invoke_without_command=True)
@click.version_option(__version__, prog_name="Latent Studio")
@HOME
@click.option("--safe", is_flag=True, help="Start with default settings and the bundled model; yours stay as they are.")
@click.option("--smoke", is_flag=True, help="Open the window, make one picture, print timings as JSON, and leave.")
@click.pass_context
def studio(context: click.Context, home: Path | None, safe: bool, smoke: bool) -> None:
    """Make pictures on your own machine. Without a command the window opens."""
    context.obj = home
    if context.invoked_subcommand is None:
        _open_window(home, safe=safe, smoke=smoke)


@studio.command("open")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_obj
def open_files(home: Path | None, files: tuple[Path, ...]) -> None:
    """Open the window with the picture or the canvas FILE; several go into the gallery. `studio FILE` does the same.

    If there is a window, it opens them.
    """
    for file in files:
        if not file.exists():
            fail(PictureGone(file, "there is no such file"))
    _open_window(home, files=[file.absolute() for file in files])


@studio.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the parameters as JSON.")
def info(file: Path, as_json: bool) -> None:
    """Print how the picture FILE was made."""
    from studio.app.foreign_facts import as_lines, foreign_facts
    from studio.app.own_facts import as_json_object, start_lines
    from studio.imaging.picture_metadata import read_whole_info

    with errors_as_sentences():
        found = read_whole_info(file)
        if found.parameters is not None and as_json:
            click.echo(json.dumps(as_json_object(found.parameters), ensure_ascii=False, indent=2))
        elif found.infotext is not None and not as_json:
            click.echo("\n".join([found.infotext, *start_lines(found.parameters)]))
        elif found.foreign is not None:
            told = foreign_facts(found.foreign)
            click.echo(json.dumps(told, ensure_ascii=False, indent=2) if as_json else as_lines(told))
        else:
            raise NoParameters(file)


def main() -> None:
    studio(prog_name="studio")


def _open_window(home: Path | None, *, safe: bool = False, smoke: bool = False, files: Sequence[Path] = ()) -> NoReturn:
    with errors_as_sentences():
        paths = start_paths(home)
        last_crash = crash.install(paths.crash_file, on_terminal(paths.log_file))
        with collector_paused():  # Qt is imported here, behind the crash hooks
            from studio.app.pyside_imports import import_without_reading_sources

            import_without_reading_sources()
            from studio.app.spoken import speak_chosen

            speak_chosen(paths.settings_file)
            from studio.app.main import run_window
        sys.exit(run_window(paths, last_crash, safe=safe, smoke=smoke, files=files))
