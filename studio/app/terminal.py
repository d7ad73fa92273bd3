"""What every command of the command line needs: its directories, errors as sentences, exit codes, and Ctrl+C."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from studio.app import crash
from studio.core.errors import (
    CheckpointNotFound,
    GenerationCancelled,
    InvalidRequest,
    ModelWorkCancelled,
    StudioError,
)
from studio.core.session import CancelToken
from studio.settings.paths import UserPaths
from studio.ui.messages import message_for, unforeseen_text

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

HOME = click.option("--home", type=click.Path(path_type=Path), help="Keep everything below this folder.")

_log = logging.getLogger("studio.app")


def start_paths(home: Path | None) -> UserPaths:
    """The directories, with the log started in them, where the traceback of an unforeseen exception goes."""
    from studio.app.log import start_logging

    paths = UserPaths.below(home) if home else UserPaths.default()
    paths.create()
    start_logging(paths.log_file)
    crash.on_unknown_exception(on_terminal(paths.log_file))
    return paths


def on_terminal(log: Path) -> Callable[[BaseException], None]:
    """Says an unforeseen exception in a sentence."""
    return lambda error: click.echo(f"studio: {unforeseen_text(error, log)}", err=True)


@contextmanager
def errors_as_sentences() -> Generator[None]:
    """A sentence on the terminal and an exit code; the traceback goes to the log."""
    try:
        yield
    except (GenerationCancelled, ModelWorkCancelled):
        click.echo("Cancelled.", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except StudioError as error:
        _log.info("the command failed", exc_info=error)
        fail(error)


def fail(error: StudioError) -> NoReturn:
    """Say what happened, and end with the exit code for it."""
    usage = isinstance(error, InvalidRequest | CheckpointNotFound)
    click.echo(f"studio: {message_for(error)}", err=True)
    sys.exit(EXIT_USAGE if usage else EXIT_FAILURE)


@contextmanager
def cancelled_by_interrupt() -> Generator[CancelToken]:
    """Ctrl+C sets the token, so that the work stops cleanly between two steps."""
    token = CancelToken()

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        token.cancel()

    previous = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield token
    finally:
        signal.signal(signal.SIGINT, previous)
