"""`studio update-check`: is there a newer version? Asked only where the user has allowed it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from studio.app.terminal import EXIT_FAILURE, HOME, errors_as_sentences, start_paths
from studio.core.version import VERSION

if TYPE_CHECKING:
    from studio.settings.store import SettingsStore


@click.command("update-check")
@click.option("--on/--off", "wish", default=None, help="Allow it from now on, or forbid it (usual).")
@click.option("--json", "as_json", is_flag=True, help="Print the update as JSON; null if there is none.")
@HOME
@click.pass_obj
def update_check(group_home: Path | None, wish: bool | None, as_json: bool, home: Path | None) -> None:
    """Ask the makers' page whether there is a newer version. Nothing is downloaded.

    It is off until --on allows it: then the page is asked by this command, too.
    """
    from studio.settings.store import SettingsStore

    with errors_as_sentences():
        store = SettingsStore(start_paths(home or group_home).settings_file)
        if wish is not None:
            _allow(store, wish)
        if not store.load().settings.updates.check:
            click.echo("The program does not ask for updates. “studio update-check --on” allows it.", err=True)
            sys.exit(0 if wish is False else EXIT_FAILURE)
        _ask(as_json)


def _allow(store: SettingsStore, wish: bool) -> None:
    """Raises StorageError, SettingsTooNew."""
    settings = store.load().settings
    store.save(replace(settings, updates=replace(settings.updates, check=wish)))


def _ask(as_json: bool) -> None:
    """Raises UpdateUnanswered, UpdateUntrusted, ProxyUnusable."""
    import asyncio

    from studio.app import update_check as check

    update = asyncio.run(check.find_update(check.UPDATE_ADDRESS, check.PUBLIC_KEYS))
    if as_json:
        click.echo(json.dumps(None if update is None else asdict(update), ensure_ascii=False, indent=2))
    elif update is None:
        click.echo(f"{VERSION} is the newest version.")
    else:
        click.echo("\n".join(filter(None, (f"{update.version} is there.", update.notes, update.address))))
