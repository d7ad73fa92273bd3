"""`studio doctor`: is everything there that the program needs?"""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from studio.app.terminal import EXIT_FAILURE, HOME, errors_as_sentences, start_paths

if TYPE_CHECKING:
    from studio.app.doctor import Finding
    from studio.settings.paths import UserPaths

_log = logging.getLogger("studio.app")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.option(
    "--hashes", is_flag=True, help="Also read all models and compare them with their hashes: minutes if large."
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write a ZIP file with versions, settings and log, to send to whoever helps; prompts are not in it.",
)
@HOME
@click.pass_obj
def doctor(group_home: Path | None, as_json: bool, hashes: bool, report: Path | None, home: Path | None) -> None:
    """Look at everything that the program needs: folders, disk, memory, Qt, gallery, models, keyring, engine.

    Says what is wrong and what helps; ends with 1 if anything is wrong.
    """
    from studio.app.doctor import Level, examine

    with errors_as_sentences():
        findings: list[Finding] = []
        paths = start_paths(home or group_home)
        for finding in examine(paths, hashes=hashes):
            findings.append(finding)
            _log.info("%s: %s: %s", finding.level, finding.subject, finding.text)
            if not as_json:
                click.echo("\n".join(finding.lines()))
        if as_json:
            click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
        if report is not None:
            _write_report(findings, paths, report)
        if any(finding.level is Level.FAULT for finding in findings):
            sys.exit(EXIT_FAILURE)


def _write_report(findings: list[Finding], paths: UserPaths, file: Path) -> None:
    from studio.app import diagnostics
    from studio.core.errors import SettingsTooNew
    from studio.settings.model import Settings
    from studio.settings.store import SettingsStore

    try:
        settings = SettingsStore(paths.settings_file).load().settings
    except SettingsTooNew:  # among the findings
        settings = Settings()
    diagnostics.save(diagnostics.collect(findings, paths, settings), file)
