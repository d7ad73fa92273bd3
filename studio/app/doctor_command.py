"""`studio doctor`: is everything there that the program needs?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from studio.app.terminal import EXIT_FAILURE, HOME, errors_as_sentences, start_paths


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@HOME
@click.pass_obj
def doctor(group_home: Path | None, as_json: bool, home: Path | None) -> None:
    """Look at everything that the program needs: folders, disk, memory, Qt, gallery, models, keyring, engine.

    Says what is wrong and what helps; ends with 1 if anything is wrong.
    """
    from studio.app.doctor import Finding, Level, examine

    with errors_as_sentences():
        findings: list[Finding] = []
        for finding in examine(start_paths(home or group_home)):
            findings.append(finding)
            if not as_json:
                click.echo(f"{finding.level:<6} {finding.subject + ':':<20} {finding.text}")
            if finding.advice and not as_json:
                click.echo(f"{'':<27} {finding.advice}")
        if as_json:
            click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
        if any(finding.level is Level.FAULT for finding in findings):
            sys.exit(EXIT_FAILURE)
