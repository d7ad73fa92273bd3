"""Runs a module in a process forked from one that has imported the engine: a process of its own all the same.

Where the system cannot fork, in a fresh one.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.context import BaseContext
from pathlib import Path


def run_warm(module: str, arguments: Sequence[str], folder: Path, timeout: float) -> subprocess.CompletedProcess[str]:
    """`python -m MODULE ARGUMENTS` in this folder.

    Raises:
        TimeoutExpired: the process has been killed.
    """
    with tempfile.TemporaryDirectory() as outputs:
        out, err = Path(outputs, "out"), Path(outputs, "err")
        process = _context().Process(target=_run, args=(module, arguments, folder, dict(os.environ), out, err))  # pyright: ignore[reportAttributeAccessIssue]
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(arguments), timeout)
        return subprocess.CompletedProcess(list(arguments), process.exitcode, out.read_text(), err.read_text())


@cache
def _context() -> BaseContext:
    """The server lives until this process ends."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.helpers.warm_preload"])
    return context


def _run(
    module: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], out: Path, err: Path
) -> None:
    for stream, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), stream)
    sys.stdout, sys.stderr = (os.fdopen(stream, "w", buffering=1) for stream in (1, 2))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    warnings.simplefilter("default")
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()  # pyright: ignore[reportAttributeAccessIssue]  multiprocessing leaves without them
