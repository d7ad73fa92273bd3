"""The choices that prompts leave are made before a request is sent, away from the window: files may have to be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.core.errors import StudioError
from studio.core.request import GenerationRequest
from studio.ui.background import RunInBackground


class PromptChoices:
    """`studio.ui.generate_action.MakeChoices` with the files of the folder `wildcards`."""

    def __init__(self, wildcards: Path, run: RunInBackground, failed: Callable[[StudioError], None]) -> None:
        self._wildcards = wildcards
        self._run = run
        self._failed = failed

    def __call__(self, request: GenerationRequest, then: Callable[[tuple[GenerationRequest, ...]], None]) -> None:
        from studio.prompts.expansion import leaves_choices, without_choices  # not before the window is painted

        if leaves_choices(request):
            self._run(lambda: without_choices(request, self._wildcards), done=then, failed=self._failed)
        else:
            then((request,))
