"""How far the work is, on a terminal; in a pipe only what the user would not expect."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

import click

from studio.core.memory import Verdict
from studio.core.progress import (
    PlanChosen,
    PlanLowered,
    Progress,
    PromptSyntaxIgnored,
    PromptTruncated,
    SamplerReplaced,
    StepProgress,
)
from studio.ui.memory_text import lowered_text, plan_text
from studio.ui.messages import ignored_syntax_text, sampler_text, truncation_text


@contextmanager
def progress_bar() -> Generator[Callable[[Progress], None]]:
    """A bar on a terminal; nothing in a pipe. What the user would not expect is always said."""
    if not sys.stderr.isatty():
        yield _say_what_is_unusual
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Loading", total=1.0)

        def show(progress: Progress) -> None:
            if isinstance(progress, StepProgress):
                text = f"Step {progress.step} / {progress.steps}"
                bar.update(task, completed=progress.fraction, description=text)
            else:
                _say_what_is_unusual(progress)

        yield show


def _say_what_is_unusual(progress: Progress) -> None:
    """What the model makes no use of, and a memory that is short."""
    match progress:
        case PromptTruncated():
            click.echo(truncation_text(progress), err=True)
        case PromptSyntaxIgnored():
            click.echo(ignored_syntax_text(progress), err=True)
        case SamplerReplaced():
            click.echo(sampler_text(progress), err=True)
        case PlanChosen(plan) if plan.verdict is not Verdict.FITS or plan.vae_tiled:
            click.echo(plan_text(plan), err=True)
        case PlanLowered():
            click.echo(lowered_text(progress), err=True)
        case _:
            pass
